import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alikeQuery, anyWordQuery, begunQuery, folded, luceneQuery, searchText, searchWords, sortName } from './text.ts'

describe('text', () => {
  it('folds case and accents', () => expect(folded('Amélie, Ça ĳ Å')).toBe('amelie, ca ij a'))

  it('sorts names by their words, without their article', () => {
    expect(['The Matrix', 'A Bug’s Life', 'An Angel', 'Alien³', '…And Justice', 'The', '千と千尋', '!!!'].map(sortName))
      .toEqual(['matrix', 'bug s life', 'angel', 'alien3', 'and justice', 'the', '千と千尋', '!!!'])
  })

  it('indexes the words of all names, and what marks and spaces part as one word too', () => {
    expect(searchText('M*A*S*H: The  Movie', null, 'Spider-Man')).toBe('m a s h the movie spider man mash mashthemovie spiderman')
    expect(searchText('…')).toBe('')
  })

  it('has other scripts in Latin letters, parted where they meet, and each Han character by itself', () => {
    expect([searchText('Сталкер'), searchText('기생충'), searchText('となりのトトロ')]).toEqual(['stalker', 'gisaengchung', 'tonarino totoro tonarinototoro'])
    expect(searchText('千と千尋の神隠し')).toBe('千 to 千 尋 no 神 隠 shi')
    expect(luceneQuery('сталкер')).toBe(luceneQuery('Stalker'))
    expect(luceneQuery('神隠')).toBe('(神^4 AND 隠^4) OR "神 隠"^8')
    expect(luceneQuery('tonari no totoro')).toMatch(/ OR tonarinototoro\^4 OR tonarinototoro\*\^2$/)
  })

  it('asks for each word as it is, as a prefix and, if long enough, misspelt', () => {
    expect(luceneQuery('ET')).toBe('((et^4 OR et*^2))')
    expect(luceneQuery('Star wars')).toBe('((star^4 OR star*^2 OR star~1) AND (wars^4 OR wars*^2 OR wars~1)) OR "star wars"^8 OR starwars^4 OR starwars*^2')
    expect(luceneQuery('star wrs')).toBe('((star^4 OR star*^2 OR star~1) AND (wrs^4 OR wrs*^2 OR wrs~1)) OR "star wrs"^8 OR starwrs^4 OR starwrs*^2')
    expect(luceneQuery('wrs')).toBe('((wrs^4 OR wrs*^2))')
    expect(luceneQuery('terminator')).toBe('((terminator^4 OR terminator*^2 OR terminator~2))')
  })

  it('asks for beginnings alone while a name is typed', () => {
    expect(begunQuery('star w')).toBe('((star^4 OR star*^2) AND (w^4 OR w*^2)) OR "star w"^8 OR starw^4 OR starw*^2')
    expect(begunQuery('e.t')).toBe('(((et^4 OR et*^2) OR (e AND t))) OR "e t"^8')
    expect(begunQuery('?')).toBeUndefined()
  })

  it('asks for beginnings with one letter wrong behind the first, where it is told to', () => {
    const slip = /\/(.*)\//.exec(alikeQuery('termi') ?? '')?.[1] ?? ''
    const begins = (word: string) => new RegExp(`^(?:${slip})$`).test(word)
    expect(['terminator', 'tarminator', 'trminator', 'tterminator', 'temrinator', 'terim', 'tern'].map(begins)).toEqual([true, true, true, true, true, true, false])
    expect(['xerminator', 'eterminator', 'tarninator'].map(begins)).toEqual([false, false, false])
    expect(alikeQuery('ter')).toBe(luceneQuery('ter'))
    expect(alikeQuery('x'.repeat(10_000))?.length).toBeLessThan(500)
    expect(alikeQuery('star wars')).toMatch(/^\(\(star\^4 OR star\*\^2 OR star~1\) AND \(wars\^4 OR wars\*\^2 OR \/\(w\.rs\|.*\)\.\*\/\)\)/)
  })

  it('has the same words of plain letters on their own as beside others', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
      expect(searchWords(text)).toEqual(searchWords(`${text} é`).slice(0, -1))
    }))
  })

  it('asks for what marks part in one word or in all of its own', () => {
    expect(luceneQuery('e.t.')).toBe('(((et^4 OR et*^2) OR (e AND t))) OR "e t"^8')
  })

  it('lets no query syntax of the user through', () => {
    expect(luceneQuery('a:b* AND')).toBe('(((ab^4 OR ab*^2) OR (a AND b)) AND (and^4 OR and*^2 OR and~1)) OR "a b and"^8 OR aband^4 OR aband*^2')
    expect(luceneQuery('"-[x]~9 \\ (')).toBe('(((x9^4 OR x9*^2) OR (x AND 9))) OR "x 9"^8')
  })

  it('asks nothing where there is no word', () => {
    expect(luceneQuery('')).toBeUndefined()
    expect(luceneQuery(' "*?:\\/ ')).toBeUndefined()
  })

  it('bounds what it asks for', () => {
    expect(luceneQuery('x'.repeat(10_000) + '-y'.repeat(10_000) + ' z'.repeat(10_000))?.length).toBeLessThan(10_000)
  })

  it('asks for any word of a name, without articles where there are others', () => {
    expect(anyWordQuery('Star Wars: The Last Jedi*')).toBe('star OR wars OR last OR jedi')
    expect(anyWordQuery('The E.T. Matrix')).toBe('e OR t OR et OR matrix^4 OR matrix~1')
    expect([anyWordQuery('The'), anyWordQuery('?*')]).toEqual(['the', undefined])
    expect(anyWordQuery('ab '.repeat(9_000) + 'x'.repeat(9_000))?.length).toBeLessThan(1_000)
  })
})
