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
    expect(luceneQuery('star wrs')).toBe('((star^4 OR star*^2 OR star~1) AND (wrs^4 OR wrs*^2 OR wrs~1)) OR "star wrs"^8')
    expect(luceneQuery('wrs')).toBe('((wrs^4 OR wrs*^2))')
    expect(luceneQuery('terminator')).toBe('((terminator^4 OR terminator*^2 OR terminator~2))')
  })

  it('asks for what marks part in one word or in all of its own', () => {
    expect(luceneQuery('e.t.')).toBe('(((et^4 OR et*^2) OR (e AND t))) OR "e t"^8')
  })

  it('lets no query syntax of the user through', () => {
    expect(luceneQuery('a:b* AND')).toBe('(((ab^4 OR ab*^2) OR (a AND b)) AND (and^4 OR and*^2 OR and~1)) OR "a b and"^8')
    expect(luceneQuery('"-[x]~9 \\ (')).toBe('(((x9^4 OR x9*^2) OR (x AND 9))) OR "x 9"^8')
  })

  it('asks nothing where there is no word', () => {
    expect(luceneQuery('')).toBeUndefined()
    expect(luceneQuery(' "*?:\\/ ')).toBeUndefined()
  })

  it('bounds what it asks for', () => {
    expect(luceneQuery('x'.repeat(10_000) + '-y'.repeat(10_000) + ' z'.repeat(10_000))?.length).toBeLessThan(10_000)
  })
})
