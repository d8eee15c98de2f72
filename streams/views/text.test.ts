import { describe, expect, it } from 'vitest'
import { folded, luceneQuery, searchText, sortName } from './text.ts'

describe('text', () => {
  it('folds case and accents', () => expect(folded('Amélie, Ça ĳ Å')).toBe('amelie, ca ij a'))

  it('sorts names by their words, without their article', () => {
    expect(['The Matrix', 'A Bug’s Life', 'An Angel', 'Alien³', '…And Justice', 'The', '千と千尋', '!!!'].map(sortName))
      .toEqual(['matrix', 'bug s life', 'angel', 'alien3', 'and justice', 'the', '千と千尋', '!!!'])
  })

  it('indexes the words of all names, and what marks part as one word too', () => {
    expect(searchText('M*A*S*H: The  Movie', null, 'Spider-Man')).toBe('m a s h the movie spider man mash spiderman')
    expect(searchText('…')).toBe('')
  })

  it('asks for each word as it is, as a prefix and, if long enough, misspelt', () => {
    expect(luceneQuery('ET')).toBe('((et^4 OR et*^2))')
    expect(luceneQuery('Star wars')).toBe('((star^4 OR star*^2 OR star~1) AND (wars^4 OR wars*^2 OR wars~1)) OR "star wars"^8')
    expect(luceneQuery('terminator')).toBe('((terminator^4 OR terminator*^2 OR terminator~2))')
  })

  it('asks for what marks part in one word or in all of its own', () => {
    expect(luceneQuery('e.t.')).toBe('(((et^4 OR et*^2) OR ((e^4 OR e*^2) AND (t^4 OR t*^2)))) OR "e t"^8')
  })

  it('lets no query syntax of the user through', () => {
    expect(luceneQuery('name:x* AND -[a TO b]~9 \\ "')?.replace(/[~^][1-9]|\*\^2|(?<=\) )(?:AND|OR)(?= )|OR(?= [a-z0-9]+[*~])/g, ''))
      .toMatch(/^[a-z0-9() "]+$/)
  })

  it('asks nothing where there is no word', () => {
    expect(luceneQuery('')).toBeUndefined()
    expect(luceneQuery(' "*?:\\/ ')).toBeUndefined()
  })

  it('bounds what it asks for', () => {
    expect(luceneQuery('x'.repeat(10_000) + '-y'.repeat(10_000) + ' z'.repeat(10_000))?.length).toBeLessThan(10_000)
  })
})
