import type { TitleCard } from '@cdlc/streams/views/content/title.ts'
import { expect, test } from 'vitest'
import { cardOf } from '../shared/testing.ts'
import { list } from './listing.ts'
import { viewsOf } from './testing.ts'

const cards: readonly TitleCard[] = [
  cardOf('A', { name: 'Alpha', release_year: 1990, genres: ['drama'] }),
  cardOf('B', { name: 'Beta', release_year: 1991, genres: ['crime', 'drama'] }),
  cardOf('C', { name: 'Gamma', release_year: 1999, genres: ['crime'], countries: ['GB', 'US'] }),
  cardOf('D', { name: 'Delta', kind: 'series' }),
]
const views = viewsOf({
  cards,
  histograms: { A: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1], B: [5, 0, 0, 0, 0, 0, 0, 0, 0, 0], C: [0, 0, 0, 0, 0, 0, 0, 3, 0, 0] },
})
const ids = async (listing: Parameters<typeof list>[1], slice = { offset: 0, limit: 20 }): Promise<string> =>
  (await list(views, listing, slice)).map(({ title_id }) => title_id).join('')

test('by popularity: most ratings first, and who has none is left out', async () => {
  expect(await ids({ sort: 'popularity' })).toBe('BCA')
})
test('by rating: best first', async () => {
  expect(await ids({ sort: 'rating' })).toBe('ACB')
})
test('filters hold in every order', async () => {
  expect(await ids({ sort: 'popularity', year: 1990 })).toBe('A')
  expect(await ids({ sort: 'popularity', genre: 'drama' })).toBe('BA')
  expect(await ids({ sort: 'popularity', kind: 'series' })).toBe('')
  expect([await ids({ sort: 'popularity', decade: 1990 }), await ids({ sort: 'popularity', decade: 1980 }), await ids({ sort: 'popularity', decade: 2000 })]).toEqual(['BCA', '', ''])
  expect([await ids({ sort: 'popularity', country: 'US' }), await ids({ sort: 'popularity', country: 'FR' })]).toEqual(['C', ''])
})
test('pages follow each other and tell of one more', async () => {
  expect(await ids({ sort: 'popularity' }, { offset: 0, limit: 1 })).toBe('BC')
  expect(await ids({ sort: 'popularity' }, { offset: 2, limit: 1 })).toBe('A')
})
test('what words find is put in order too, unrated last', async () => {
  expect(await ids({ sort: 'popularity', q: 'any' })).toBe('BCAD')
})
test("other orders are the catalogue's", async () => {
  expect(await ids({ sort: 'title' })).toBe('ABCD')
})
