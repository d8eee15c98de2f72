import { describe, expect, it } from 'vitest'
import type { ClickHouseReader } from '../../runtime/readers.ts'
import { created, drive } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import view, { engagementByDay } from './engagement.ts'

const topic = 'user.activity'
interface Some { readonly profile_id?: string; readonly half_stars?: number; readonly occurred_at?: number; readonly version?: number }
const done = (activity_id: string, over: Some = {}) => ({
  profile_id: 'p1', activity_id, kind: 'rated', title_id: 't1', subject_kind: null, subject_id: null, other_id: null, half_stars: 8, occurred_at: 5, version: 1, ...over,
})
const recorded = (...given: Parameters<typeof done>): Change => created(topic, { type: 'ActivityRecorded', ...done(...given) })
const withdrawn = (...given: Parameters<typeof done>): Change => created(topic, { type: 'ActivityWithdrawn', ...done(...given) })

describe('engagement', () => {
  it('given activities, has a row for each, whoever did it', () => {
    const driven = drive(view).apply(recorded('a1'), recorded('a2'), recorded('a1', { profile_id: 'p2' }))
    expect(driven.rows('activities')).toEqual([done('a1'), done('a2'), done('a1', { profile_id: 'p2' })])
  })

  it('given one told anew, or at another time, has it once, as it is now', () => {
    const driven = drive(view).apply(recorded('a1'), recorded('a1', { half_stars: 2, version: 2 }))
    expect(driven.rows('activities')).toEqual([done('a1', { half_stars: 2, version: 2 })])
    expect(driven.apply(recorded('a1', { occurred_at: 9, version: 3 })).rows('activities')).toEqual([done('a1', { occurred_at: 9, version: 3 })])
  })

  it('given one that is withdrawn, has it no longer, until it is done again', () => {
    const driven = drive(view).apply(recorded('a1'), recorded('a2'), withdrawn('a1', { version: 2 }))
    expect(driven.rows('activities')).toEqual([done('a2')])
    expect(driven.apply(recorded('a1', { occurred_at: 9, version: 3 })).rows('activities')).toEqual([done('a1', { occurred_at: 9, version: 3 }), done('a2')])
  })

  it('given an event of a type that is younger than it, keeps what it has', () => {
    const unknown = (activity_id: string): Change => created(topic, { type: 'Unknown', ...done(activity_id) })
    expect(drive(view).apply(recorded('a1'), unknown('a1'), unknown('a2')).rows('activities')).toEqual([done('a1')])
  })

  it('is asked by day and kind, between two instants that are no part of the question', async () => {
    const asked: (readonly [string, unknown])[] = []
    const reader: ClickHouseReader = {
      table: (row) => row,
      run: async (sql, params) => {
        asked.push([sql, params])
        return []
      },
    }
    await engagementByDay(reader, { from: 86_400_000, to: 172_800_000 })
    expect(asked).toEqual([[expect.stringMatching(/FROM activities\s+WHERE .*\{from:Int64\}.*\{to:Int64\}.* GROUP BY day, kind ORDER BY day, kind/), { from: 86_400_000, to: 172_800_000 }]])
    expect(asked[0]?.[0]).not.toMatch(/86400000|172800000/)
  })
})
