/** What becomes of rows of an import, and by which ids they are known again. */
import { decodeTime } from 'ulid'
import { describe, expect, test } from 'vitest'
import { itemIds } from './import-ids.ts'
import { atSocial, decideRating, decideStanding, decideViewing, type There } from './import-row.ts'
import { rowsOfUpload } from './import-rows.ts'
import type { Film, ImportRow, Item } from './interchange/rows.ts'

const film: Film = { name: 'Heat', year: 1995 }
const rowOf = (item: Item, line = 2): ImportRow => ({ ...item, file: 'diary.csv', line, columns: {} })
const viewing = (some: object = {}): ImportRow =>
  rowOf({ kind: 'viewing', film, watched_on: '1970-01-11', half_stars: 8, liked: false, rewatch: false, tags: [], logged_on: null, ...some })
const rating = rowOf({ kind: 'rating', film, half_stars: 8, rated_on: '2020-01-01' })
const entry = rowOf({ kind: 'list_entry', list: 'lists/a.csv', position: 1, film, note: '' })
const seen = { viewing_id: 'V', title_id: 'T', watched_on: 10, half_stars: 8 }
const there = (some: Partial<There> = {}): There => ({ viewings: [], ratings: new Map(), social: new Set(), ...some })
const standing = (row: ImportRow | null, some: Partial<There> = {}, title_id: string | null = 'T') => {
  const { state, found_id } = decideStanding({ row, item_id: 'I' }, title_id, there(some), 'L')
  return found_id === null ? state : `${state} ${found_id}`
}

describe('how a row stands', () => {
  test.each<[string, ImportRow | null, Partial<There>, string | null, string]>([
    ['a viewing of a title that was never seen', viewing(), {}, 'T', 'matched'],
    ['one of the same day and stars', viewing(), { viewings: [seen] }, 'T', 'present V'],
    ['one of the same day without stars', viewing({ half_stars: null }), { viewings: [seen] }, 'T', 'present V'],
    ['one of the same day with other stars', viewing({ half_stars: 2 }), { viewings: [seen] }, 'T', 'conflict V'],
    ['one of another day', viewing({ watched_on: '1970-01-12' }), { viewings: [seen] }, 'T', 'matched'],
    ['one of no day, of a title that was seen', viewing({ watched_on: null, half_stars: null }), { viewings: [seen] }, 'T', 'present V'],
    ['one of another title', viewing(), { viewings: [{ ...seen, title_id: 'U' }] }, 'T', 'matched'],
    ['one that came before, whatever its title', viewing(), { viewings: [{ ...seen, viewing_id: 'I', title_id: 'U' }] }, null, 'present I'],
    ['one without a title', viewing(), {}, null, 'unmatched'],
    ['a rating of a title without one', rating, {}, 'T', 'matched'],
    ['one of the same stars', rating, { ratings: new Map([['T', { half_stars: 8 }]]) }, 'T', 'present'],
    ['one of other stars', rating, { ratings: new Map([['T', { half_stars: 9 }]]) }, 'T', 'conflict'],
    ['an entry that its list has', entry, { social: new Set([atSocial.list_entry('L', 'T')]) }, 'T', 'present'],
    ['an entry that another list has', entry, { social: new Set([atSocial.list_entry('M', 'T')]) }, 'T', 'matched'],
    ['a list, which has no title', rowOf({ kind: 'list', key: 'a', name: 'A', description: '', tags: [], ranked: false, created_on: null }), {}, null, 'matched'],
    ['a comment', rowOf({ kind: 'kept', what: 'comment' }), {}, null, 'kept'],
    ['a row that cannot be read', rowOf({ kind: 'kept', what: 'unreadable' }), {}, null, 'problem'],
    ['no row', null, {}, null, 'problem'],
  ])('%s', (_, row, some, title_id, expected) => {
    expect(standing(row, some, title_id)).toBe(expected)
  })
})

test('of two ratings the newer stays, of one day the one that is there; a person may say otherwise', () => {
  const brought = { half_stars: 8, rated_on: '2020-01-02' }
  const known = (day: string) => ({ half_stars: 2, rated_at: Date.parse(day) })
  expect([
    decideRating(brought, undefined, null), decideRating(brought, known('2020-01-01'), null), decideRating(brought, known('2020-01-02'), null), decideRating(brought, known('2020-01-03'), null),
    decideRating({ half_stars: 8, rated_on: null }, known('2020-01-01'), null), decideRating(brought, { half_stars: 8, rated_at: 0 }, 'take'),
    decideRating(brought, known('2020-01-03'), 'take'), decideRating(brought, undefined, 'skip'),
  ]).toEqual(['rate', 'rate', 'skipped', 'skipped', 'skipped', 'present', 'rate', 'skipped'])
})

test('a viewing is added once, and changes another only where the person says so', () => {
  expect([
    decideViewing({ resolution: null, found_id: null }, false), decideViewing({ resolution: null, found_id: null }, true), decideViewing({ resolution: null, found_id: 'V' }, false),
    decideViewing({ resolution: 'take', found_id: 'V' }, false), decideViewing({ resolution: 'take', found_id: null }, false), decideViewing({ resolution: 'skip', found_id: null }, false),
  ]).toEqual(['add', 'present', 'skipped', 'revise', 'add', 'skipped'])
})

describe('an id', () => {
  const ids = (...rows: readonly ImportRow[]) => itemIds('P', 'letterboxd', rows)
  test('is the same of the same row in another place, and of the day that it is of', () => {
    const [first = ''] = ids(viewing())
    expect(ids(rating, { ...viewing({ liked: true }), line: 9, file: 'elsewhere.csv' })[1]).toBe(first)
    expect([decodeTime(first), first.length]).toEqual([10 * 86_400_000, 26])
  })
  test('is another of the second that says the same, of another profile or source, and of other words', () => {
    const others = [
      ...ids(viewing(), viewing()), ...ids(viewing({ half_stars: 9 }), viewing({ tags: ['a'] }), viewing({ watched_on: null })),
      ...itemIds('Q', 'letterboxd', [viewing()]), ...itemIds('P', 'imdb', [viewing()]),
    ]
    expect(new Set(others).size).toBe(others.length)
  })
})

test('nothing of an upload is dropped: what is wrong with a row stands beside it, and what is of no row is a row', () => {
  const kept = { ...rowOf({ kind: 'kept', what: 'unreadable' }), line: 3 }
  const problems = [{ file: 'diary.csv', line: 3, message: 'a' }, { file: 'diary.csv', line: 3, message: 'b' }, { file: 'x.zip', line: null, message: 'a zip in a zip' }]
  const list = rowOf({ kind: 'list', key: 'lists/a.csv', name: 'A', description: '', tags: [], ranked: false, created_on: null })
  expect(rowsOfUpload('P', { source: 'letterboxd', rows: [list, viewing(), kept, entry], problems })).toMatchObject([
    { row_number: 0, state: 'waiting', message: null }, { row_number: 1, state: 'waiting', of_row: null }, { row_number: 2, state: 'problem', message: 'a; b' },
    { row_number: 3, state: 'waiting', of_row: 0 }, { row_number: 4, kind: 'kept', state: 'problem', row: null, message: 'x.zip: a zip in a zip' },
  ])
})
