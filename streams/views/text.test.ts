import { describe, expect, it } from 'vitest'
import { folded, luceneQuery, searchWords, sortName } from './text.ts'

describe('text', () => {
  it('folds case and accents', () => expect(folded('Amélie, Ça ĳ Å’s')).toBe('amelie, ca ij a\'s'))

  it('sorts names without their article and marks', () => {
    expect(['The Matrix', 'A Bug’s Life', 'An Angel', 'Alien', '…And Justice', 'The', '千と千尋'].map(sortName))
      .toEqual(['matrix', 'bug s life', 'angel', 'alien', 'and justice', 'the', '千と千尋'])
  })

  it('splits a search into words as the index does', () => {
    expect(searchWords('Schindler’s  List: "E.T." (1982)')).toEqual(['schindler\'s', 'list', 'e.t', '1982'])
  })

  it('asks for each word as it is, as a prefix and, if long enough, misspelt', () => {
    expect(luceneQuery('et')).toBe('((et^4 OR et*^2))')
    expect(luceneQuery('Star wars')).toBe('((star^4 OR star*^2 OR star~1) AND (wars^4 OR wars*^2 OR wars~1)) OR "star wars"^8')
    expect(luceneQuery('terminator')).toBe('((terminator^4 OR terminator*^2 OR terminator~2))')
  })

  it('lets no query syntax through, and asks nothing where there is no word', () => {
    expect(luceneQuery('name:x* AND -[a TO b]~9 \\ "')).toMatch(/^[a-z0-9 ()^*~"]+(?:AND|OR|[a-z0-9 ()^*~"])*$/)
    expect(luceneQuery('') ?? luceneQuery(' "*?:\\/ ')).toBeUndefined()
  })

  it('bounds what it asks for', () => expect(luceneQuery('x'.repeat(10_000) + ' y'.repeat(10_000))?.length).toBeLessThan(1_000))
})
