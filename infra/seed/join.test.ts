import { expect, test } from 'vitest'
import { detailsFinder, type VegaMovie } from './join.ts'

const movie = (title: unknown, released: string, rest: Partial<VegaMovie> = {}): VegaMovie => ({
  Title: title, 'Release Date': released, 'MPAA Rating': 'PG', 'Running Time min': 101, Distributor: 'Harbour Pictures', Director: 'Ada Example', ...rest,
})
const film = (name: string, release_year: number | null, original_name: string | null = null) => ({ name, original_name, release_year })

test('a film is found by name and year, whatever the article and accents', () => {
  const find = detailsFinder([movie('Café Light', 'Jun 12 1995')])
  expect(find(film('The Cafe Light', 1995))).toEqual({ director: 'Ada Example', studio: 'Harbour Pictures', runtime_minutes: 101, mpaa_rating: 'PG', released_on: '1995-06-12' })
})

test('the year may differ by one, then the day of release is left out', () => {
  const find = detailsFinder([movie('Light', 'Jun 12 1995')])
  expect(find(film('Light', 1996))).toMatchObject({ studio: 'Harbour Pictures', released_on: null })
  expect(find(film('Light', 1997))).toBeNull()
  expect(find(film('Light', null))).toBeNull()
})

test('of several films of one name the nearest year wins', () => {
  const find = detailsFinder([movie('Light', 'Jun 12 1996', { Director: 'Near Miss' }), movie('Light', 'Jun 12 1995')])
  expect(find(film('Light', 1995))?.director).toBe('Ada Example')
})

test('a film is found by its original name too', () => {
  expect(detailsFinder([movie('La Luce', 'Jun 12 1995')])(film('The Light', 1995, 'La Luce'))).not.toBeNull()
})

test('a two-digit year that became a future one is put back', () => {
  expect(detailsFinder([movie('Light', 'Dec 31 2046')])(film('Light', 1946))?.released_on).toBe('1946-12-31')
})

test('names that are numbers, empty cells and invented ratings do no harm', () => {
  const find = detailsFinder([
    movie(1776, 'Jan 01 1972', { 'MPAA Rating': 'Open', 'Running Time min': 0, Distributor: ' ', Director: null }),
    movie(null, 'Jun 12 1995'), movie('Undated', 'soon'),
  ])
  expect(find(film('1776', 1972))).toEqual({ director: null, studio: null, runtime_minutes: null, mpaa_rating: null, released_on: null })
  expect(find(film('Undated', 1995))).toBeNull()
})

test('titles of honour are not part of a name', () => {
  expect(detailsFinder([movie('Light', 'Jun 12 1995', { Director: 'Sir Ada Example', 'MPAA Rating': 'Not Rated' })])(film('Light', 1995)))
    .toMatchObject({ director: 'Ada Example', mpaa_rating: 'NR' })
})
