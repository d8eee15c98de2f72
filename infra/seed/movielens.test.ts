import { expect, test } from 'vitest'
import { decodeText, parseMovieLens, parseTable } from './movielens.ts'

const item = 'item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n'
const user = 'user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n7\t30\tF\twriter\t00000\n8\t31\tM\tother\t00000\n'
const inter = 'user_id:token\titem_id:token\trating:float\ttimestamp:float\n'
const film = '1\tLighthouse, The\t1995\tDrama Sci-Fi\n'

test('films come with spoken names, years and genre slugs', () => {
  const { films } = parseMovieLens({ item: `${item}${film}2\tCloud, The\t1990\tunknown\n`, user, inter })
  expect(films).toEqual([
    { item_id: '1', name: 'The Lighthouse', original_name: null, release_year: 1995, genres: ['drama', 'science-fiction'] },
    { item_id: '2', name: 'The Cloud', original_name: null, release_year: 1990, genres: [] },
  ])
})

test('a lost name, a year in the name and a year that is none are coped with', () => {
  const { films } = parseMovieLens({ item: `${item}1\tunkonwn\tunkonwn\tunknown\n2\tSequel III: More (1994)\tV\tChildren's\n`, user, inter })
  expect(films.map(({ name, release_year, genres }) => ({ name, release_year, genres }))).toEqual([
    { name: 'Unknown Title', release_year: null, genres: [] },
    { name: 'Sequel III: More', release_year: 1994, genres: ['children'] },
  ])
})

test('ratings come oldest first, the same order every time', () => {
  const rows = ['8\t1\t4\t200', '7\t1\t3\t200', '7\t1\t5\t100']
  const parse = (lines: readonly string[]) => parseMovieLens({ item: item + film, user, inter: `${inter}${lines.join('\n')}\n` }).ratings
  expect(parse(rows).map(({ user_id, stars, rated_at_ms }) => [user_id, stars, rated_at_ms])).toEqual([['7', 5, 100_000], ['7', 3, 200_000], ['8', 4, 200_000]])
  expect(parse(rows.toReversed())).toEqual(parse(rows))
})

test.each([
  ['7\t9\t4\t100', "film '9' is not in 'ml-100k.item'"],
  ['9\t1\t4\t100', "user '9' is not in 'ml-100k.user'"],
  ['7\t1\t6\t100', "rating '6' is not a whole number from 1 to 5"],
  ['7\t1\t4\tnoon', "timestamp 'noon' is not a whole number"],
  ['7\t1', "line 2: no value for 'rating' in '7\t1'"],
])('the rating %j is refused by name', (line, message) => {
  expect(() => parseMovieLens({ item: item + film, user, inter: inter + line })).toThrow(message)
})

test('columns are found by name, whatever their order and line ends', () => {
  expect(parseTable('a.user', 'age:token\tuser_id:token\r\n30\t7\r\n\r\n', ['user_id', 'age'])).toEqual([{ user_id: '7', age: '30' }])
  expect(() => parseTable('a.user', 'age:token\n30\n', ['user_id'])).toThrow("reading 'a.user': no column 'user_id'")
})

test('a byte-order mark, UTF-8 and Latin-1 are all read', () => {
  expect(decodeText(new TextEncoder().encode('\ufeffCafé'))).toBe('Café')
  expect(decodeText(Uint8Array.from([0x43, 0x61, 0x66, 0xe9]))).toBe('Café')
})
