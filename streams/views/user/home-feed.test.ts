import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import { byText } from '../text.ts'
import view, { feedPage, type FeedEntry } from './home-feed.ts'

const topic = 'user.feed-entries'
const entry = (activity_id: string, occurred_at: number, over: Partial<FeedEntry> = {}): FeedEntry => ({
  follower_id: 'f1', occurred_at, activity_id, profile_id: 'p1', kind: 'rated', title_id: 't1', subject_kind: null, subject_id: null, other_id: null, half_stars: 8, version: 1, ...over,
})

describe('home-feed', () => {
  it('given deliveries to two followers, has a feed for each, newest first', () => {
    const driven = drive(view).apply(created(topic, entry('a1', 5)), created(topic, entry('a1', 5, { follower_id: 'f2' })), created(topic, entry('a2', 9)))
    expect(driven.rows('entries')).toEqual([entry('a1', 5), entry('a2', 9), entry('a1', 5, { follower_id: 'f2' })])
    expect(view.rows.entries).toMatchObject({ key: ['follower_id', 'occurred_at', 'activity_id'], clustering: { occurred_at: 'desc', activity_id: 'desc' } })
  })

  it('given an entry changed in its place, has it as it is now', () => {
    const changed = entry('a1', 5, { half_stars: 2, version: 2 })
    expect(drive(view).apply(created(topic, entry('a1', 5)), updated(topic, entry('a1', 5), changed)).rows('entries')).toEqual([changed])
  })

  it('given an entry whose time changes, moves it', () => {
    expect(drive(view).apply(created(topic, entry('a1', 5)), updated(topic, entry('a1', 5), entry('a1', 9))).rows('entries')).toEqual([entry('a1', 9)])
  })

  it('given an entry delivered again, has it once', () => {
    expect(drive(view).apply(created(topic, entry('a1', 5)), created(topic, entry('a1', 5)), snapshot(topic, entry('a1', 5))).rows('entries')).toEqual([entry('a1', 5)])
  })

  it('given an entry taken out, by its place alone, has it no longer', () => {
    const driven = drive(view).apply(created(topic, entry('a1', 5)), created(topic, entry('a2', 5)), deleted(topic, entry('a1', 5, { half_stars: null, version: 7 })))
    expect(driven.rows('entries')).toEqual([entry('a2', 5)])
  })

  it('pages after the last entry seen, and from the newest where none was', async () => {
    const questions: unknown[] = []
    const reader: ScyllaReader = {
      table: (row) => row,
      run: async (...question) => {
        questions.push(question)
        return []
      },
    }
    await feedPage(reader, { follower_id: 'f1', limit: 3 })
    await feedPage(reader, { follower_id: 'f1', limit: 3, after: { occurred_at: 5, activity_id: 'a1' } })
    const from = 'SELECT follower_id, occurred_at, activity_id, profile_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, version FROM entries WHERE follower_id = ?'
    expect(questions).toEqual([
      [`${from} LIMIT ?`, ['f1', 3]],
      [`${from} AND (occurred_at, activity_id) < (?, ?) LIMIT ?`, ['f1', 5, 'a1', 3]],
    ])
  })

  it('follows from what stands in the end, whatever was delivered and taken out on the way', () => {
    const rows = fc.record({ follower_id: someOf('f1', 'f2'), activity_id: someOf('a1', 'a2'), occurred_at: someOf(1, 2, 3), half_stars: someOf(1, 2) })
    const history = histories(view, { [topic]: rows.map((row) => entry(row.activity_id, row.occurred_at, { ...row, version: 0 })) })
    const idOf = (row: Readonly<Record<string, unknown>>): string => `${String(row['follower_id'])} ${String(row['activity_id'])}`
    fc.assert(fc.property(history, ({ changes, final }) => {
      expect(drive(view).apply(...changes).rows('entries').toSorted((a, b) => byText(idOf(a), idOf(b)))).toEqual(final[topic])
    }))
  })
})
