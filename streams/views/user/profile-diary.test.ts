import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { created, deleted, drive, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import { byText } from '../text.ts'
import view, { diaryPage } from './profile-diary.ts'

const topic = 'cdc.user.ratings'
const rating = (rated_at: number, half_stars = 8, version = 1) => ({ profile_id: 'p1', title_id: 't1', rated_at, half_stars, version })
const idOf = (row: Readonly<Record<string, unknown>>): string => `${row['profile_id']}${row['title_id']}`

describe('profile-diary', () => {
  it('given a rating, has an entry', () => {
    expect(drive(view).apply(created(topic, rating(5))).rows('entries')).toEqual([rating(5)])
  })

  it('given a rating changed at another time, moves its entry', () => {
    const driven = drive(view).apply(created(topic, rating(5)), updated(topic, rating(5), rating(9, 6, 2)))
    expect(driven.rows('entries')).toEqual([rating(9, 6, 2)])
    expect(driven.rows('ratings')).toEqual([rating(9, 6, 2)])
  })

  it('given a rating changed at the same time, keeps one entry', () => {
    const driven = drive(view).apply(created(topic, rating(5)), updated(topic, rating(5), rating(5, 6, 2)))
    expect(driven.rows('entries')).toEqual([rating(5, 6, 2)])
  })

  it('given a removed rating, has none', () => {
    const driven = drive(view).apply(created(topic, rating(5)), deleted(topic, rating(5)))
    expect([...driven.rows('entries'), ...driven.rows('ratings')]).toEqual([])
  })

  it('pages after the last entry seen', async () => {
    const asked: unknown[] = []
    const reader: ScyllaReader = {
      table: (row) => row,
      run: (cql, params) => {
        asked.push([cql, params])
        return Promise.resolve([])
      },
    }
    await diaryPage(reader, { profile_id: 'p1', limit: 3, after: { rated_at: 5, title_id: 't1' } })
    const page = 'FROM entries WHERE profile_id = ? AND (rated_at, title_id) < (?, ?) LIMIT ?'
    expect(asked).toEqual([[expect.stringContaining(page), ['p1', 5, 't1', 3]]])
  })

  it('follows from the final table, whatever happened on the way', () => {
    const rows = fc.record({
      profile_id: someOf('p1', 'p2'), title_id: someOf('t1', 't2'), rated_at: someOf(1, 2, 3), half_stars: fc.integer({ min: 1, max: 10 }),
    })
    const history = histories(view, { [topic]: rows.map((row) => ({ ...row, version: 0 })) })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const driven = drive(view).apply(...changes)
      expect(driven.rows('ratings')).toEqual(final[topic])
      expect(driven.rows('entries').toSorted((a, b) => byText(idOf(a), idOf(b)))).toEqual(final[topic])
    }))
  })
})
