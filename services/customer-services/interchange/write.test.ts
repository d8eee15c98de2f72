import fc from 'fast-check'
import { expect, test } from 'vitest'
import { markdownOf } from './markup.ts'
import { readUpload } from './read.ts'
import type { Film, ImportRow, Item } from './rows.ts'
import { shelfOf } from './shelf.ts'
import { letterboxdExport, saidBy, textFrom, writtenFiles, zipOf } from './testing-files.ts'
import { imdbRatings, imdbWatchlist } from './write.ts'

/** A value with its keys in order, as text. */
const stable = (value: unknown): string => JSON.stringify(value, (_, inner: unknown) =>
  (inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1))) : inner))
const sorted = (rows: readonly unknown[]): readonly string[] => rows.map(stable).sort()
const again = async (rows: readonly ImportRow[]) => readUpload(await zipOf(await writtenFiles(shelfOf(rows))))

test('an export of Letterboxd goes out as it came in, file by file', async () => {
  const { rows } = await readUpload(await zipOf(letterboxdExport))
  const files = await writtenFiles(shelfOf(rows))
  expect(Object.keys(files).sort()).toEqual(Object.keys(letterboxdExport).sort())
  const lines = (text: string | undefined): readonly string[] => (text ?? '').replaceAll('\r\n', '\n').split('\n').sort()
  // one of watched.csv is told by the first day that the film was logged on
  const moved = letterboxdExport['watched.csv']?.replace('2020-01-01,Alien', '2020-02-01,Alien')
  for (const [path, text] of Object.entries({ ...letterboxdExport, 'watched.csv': moved })) expect(lines(files[path]), path).toEqual(lines(text))
})

const oneLine = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.constantFrom('Good, the Bad', '"Quoted"', '=SUM(A1)', '+1', '-1', '@home', '🎬', 'Amélie', '0', "O'Brien; x", '\uFEFFmark', 'tab\there'),
).map((text) => text.replaceAll(/\p{Cc}|[\u2028\u2029]/gu, '').replaceAll(/\s+/gu, ' ').trim()).filter((text) => text !== '')
const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10))
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null })
const stars = fc.integer({ min: 1, max: 10 })
const tags = fc.uniqueArray(oneLine.map((tag) => tag.replaceAll(',', '').trim()).filter((tag) => tag !== ''), { maxLength: 4 })
const prose = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => markdownOf(text.replaceAll(/\p{Cc}/gu, '\n').trim())).filter((text) => markdownOf(text) !== '')
const oneFilm = fc.record({ name: oneLine, year: maybe(fc.integer({ min: 1870, max: 2100 })) })
const films = fc.uniqueArray(oneFilm, { minLength: 1, maxLength: 4, selector: ({ name, year }) => `${name.toLowerCase()} ${year}` })

const itemsOf = (all: readonly Film[]): fc.Arbitrary<readonly Item[]> => {
  const film = fc.constantFrom(...all)
  const viewing = fc.record({
    kind: fc.constant('viewing' as const), film, watched_on: maybe(day), half_stars: maybe(stars), liked: fc.boolean(), rewatch: fc.boolean(), tags, logged_on: maybe(day),
  })
  const rating = fc.record({ kind: fc.constant('rating' as const), film, half_stars: stars, rated_on: maybe(day) })
  const like = fc.record({ kind: fc.constant('like' as const), film, liked_on: maybe(day) })
  const watchlist_entry = fc.record({ kind: fc.constant('watchlist_entry' as const), film, added_on: maybe(day) })
  const head = fc.record({ name: oneLine, description: prose, tags, ranked: fc.boolean(), created_on: maybe(day) })
  const list = fc.tuple(head, fc.array(fc.record({ film, note: fc.oneof(prose, fc.constant('')) }), { maxLength: 3 }))
  const lists = fc.array(list, { maxLength: 3 }).map((some) => some.flatMap(([said, entries], at): readonly Item[] => {
    const key = `lists/${at}.csv`
    return [{ kind: 'list', key, ...said }, ...entries.map((entry, index): Item => ({ kind: 'list_entry', list: key, position: index + 1, ...entry }))]
  }))
  const review = fc.tuple(viewing, prose.filter((text) => text !== ''), fc.boolean(), maybe(day))
  const reviewed = fc.array(review, { maxLength: 3 }).map((some) => some.flatMap(([seen, body, spoiler, written_on]): readonly Item[] => [
    seen,
    { kind: 'review', film: seen.film, body, half_stars: seen.half_stars, watched_on: seen.watched_on, rewatch: seen.rewatch, tags: seen.tags, written_on, spoiler, viewing: null },
  ]))
  return fc.tuple(fc.array(fc.oneof(viewing, rating, like, watchlist_entry), { maxLength: 8 }), lists, reviewed).map((parts) => parts.flat())
}
const columns = fc.dictionary(fc.constantFrom('Date', 'Content', 'Comment'), fc.string({ unit: 'grapheme', maxLength: 12 }), { minKeys: 3, maxKeys: 3 })
const keptFiles = fc.constantFrom(['comments.csv', 'comment'], ['deleted/comments.csv', 'deleted'], ['orphaned/comments.csv', 'orphaned'], ['likes/lists.csv', 'other'])
const kept = fc.array(fc.tuple(keptFiles, columns), { maxLength: 4 })
  .map((some) => some.map(([[file = '', what], cells]) => {
    const two = { Date: cells['Date'], Content: cells['Content'] }
    return { kind: 'kept', what, file, line: 1, columns: file === 'likes/lists.csv' ? two : cells } as ImportRow
  }))
const placed = (item: Item): ImportRow => ({ ...item, file: '', line: 1, columns: {} })

test('what is written is read as the same rows again, whatever people write', async () => {
  await fc.assert(fc.asyncProperty(films.chain(itemsOf), kept, async (items, keptRows) => {
    const rows = [...items.map(placed), ...keptRows]
    const { rows: back, problems } = await again(rows)
    expect(problems).toEqual([])
    const bare = (all: readonly ImportRow[]) => sorted(saidBy(all.map((row) => (row.kind === 'review' ? { ...row, viewing: null } : row))))
    expect(bare(back)).toEqual(bare(rows))
    // each review came back with a viewing of its film and day
    for (const row of back) if (row.kind === 'review') expect(back[row.viewing ?? -1]).toMatchObject({ kind: 'viewing', film: row.film, watched_on: row.watched_on })
    expect(sorted(saidBy((await again(back)).rows))).toEqual(sorted(saidBy(back)))
  }), { numRuns: 150 })
})
test('rows that could not be read come back as they came', async () => {
  const broken = 'Date,Name,Year,Letterboxd URI,Rating\nsoon,Alien,1979,u,9\n2020-01-01,Heat,1995,u,4\n'
  const { rows } = await readUpload(Buffer.from(broken), 'ratings.csv')
  expect(saidBy((await again(rows)).rows)).toEqual(saidBy(rows.toReversed()))
})
test('ratings and the watchlist go out as IMDb gives them, and are read again', async () => {
  const line = fc.tuple(oneLine, maybe(fc.integer({ min: 1870, max: 2100 })), stars, maybe(day), fc.oneof(prose, fc.constant('')))
  await fc.assert(fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 5 }), async (some) => {
    const film = (name: string, year: number | null, at: number): Film =>
      ({ name, year, ...(at % 2 === 0 ? { imdb_id: `tt013309${at}` } : {}), ...(at % 3 === 0 ? { original_name: `${name} o` } : {}) })
    const rows = some.flatMap(([name, year, half_stars, on, note], at): readonly ImportRow[] => [
      placed({ kind: 'rating', film: film(name, year, at), half_stars, rated_on: on }),
      placed({ kind: 'watchlist_entry', film: film(name, year, at), added_on: on, ...(note === '' ? {} : { note }) }),
    ])
    const [ratings, watchlist] = await Promise.all([imdbRatings(shelfOf(rows)), imdbWatchlist(shelfOf(rows))].map(async (text) => Buffer.from(await textFrom(text))))
    expect(saidBy((await readUpload(ratings ?? Buffer.alloc(0), 'ratings.csv')).rows)).toEqual(saidBy(rows.filter(({ kind }) => kind === 'rating')))
    expect(saidBy((await readUpload(watchlist ?? Buffer.alloc(0), 'watchlist.csv')).rows)).toEqual(saidBy(rows.filter(({ kind }) => kind === 'watchlist_entry')))
  }), { numRuns: 50 })
})
test('a viewing of which nothing is known is told beside others of its film, and alone by watched.csv', async () => {
  const seen = (name: string, watched_on: string | null): ImportRow =>
    placed({ kind: 'viewing', film: { name, year: 1979 }, watched_on, half_stars: null, liked: false, rewatch: false, tags: [], logged_on: '2020-01-01' })
  const rows = [seen('Alien', null), seen('Alien', '2019-01-01'), seen('Heat', null), seen('Ran', null), seen('Ran', null)]
  expect(sorted(saidBy((await again(rows)).rows))).toEqual(sorted(saidBy(rows)))
  expect((await writtenFiles(shelfOf(rows)))['diary.csv']).not.toContain('Heat')
})
test('lists of one name go into files of their own', async () => {
  const lists = ['a', 'b'].map((key): ImportRow => placed({ kind: 'list', key, name: 'Été ’24', description: '', tags: [], ranked: false, created_on: null }))
  expect(Object.keys(await writtenFiles(shelfOf(lists))).filter((path) => path.startsWith('lists/'))).toEqual(['lists/ete-24.csv', 'lists/ete-24-2.csv'])
})
