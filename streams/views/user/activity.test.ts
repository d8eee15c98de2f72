import type { Events } from '@cdlc/schemas/generated/topics.ts'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { created, drive } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import view, { activitiesOf, activityPage, type Activity } from './activity.ts'

const topic = 'user.activity'
type Told = Omit<Events[typeof topic], 'event_id'>
const done = (activity_id: string, occurred_at: number, over: Partial<Activity> = {}): Activity => ({
  profile_id: 'p1', occurred_at, activity_id, kind: 'rated', title_id: 't1', subject_kind: null, subject_id: null, other_id: null, half_stars: 8, version: 1, ...over,
})
const told = (type: Told['type'], activity: Activity): Change => created(topic, { type, ...activity })
const recorded = (activity: Activity): Change => told('ActivityRecorded', activity)
const withdrawn = (activity: Activity): Change => told('ActivityWithdrawn', activity)

/** Answers each question from these rows of its profile, newest first, and keeps what it was asked. */
function asked(rows: readonly Activity[] = []) {
  const questions: [string, readonly unknown[]][] = []
  const reader: ScyllaReader = {
    table: (row) => row,
    run: async (cql, params) => {
      questions.push([cql, params])
      return rows.filter(({ profile_id }) => profile_id === params[0]) as never
    },
  }
  return { reader, questions }
}

describe('activity', () => {
  it('given what two profiles have done, has it by who did it, newest first', () => {
    const driven = drive(view).apply(recorded(done('a1', 5)), recorded(done('a2', 9)), recorded(done('a1', 7, { profile_id: 'p2' })))
    expect(driven.rows('by_actor')).toEqual([done('a1', 5), done('a2', 9), done('a1', 7, { profile_id: 'p2' })])
    expect(view.rows.by_actor).toMatchObject({ key: ['profile_id', 'occurred_at', 'activity_id'], clustering: { occurred_at: 'desc', activity_id: 'desc' } })
  })

  it('given an activity told anew, has it as it is now', () => {
    expect(drive(view).apply(recorded(done('a1', 5)), recorded(done('a1', 5, { half_stars: 2, version: 2 }))).rows('by_actor')).toEqual([done('a1', 5, { half_stars: 2, version: 2 })])
  })

  it('given one that is withdrawn, has it no longer, and leaves alone what was done at the same time', () => {
    const driven = drive(view).apply(recorded(done('a1', 5)), recorded(done('a2', 5)), withdrawn(done('a1', 5, { half_stars: null, version: 2 })))
    expect(driven.rows('by_actor')).toEqual([done('a2', 5)])
  })

  it('given one that is withdrawn and done again later, has it once, at its new time', () => {
    const driven = drive(view).apply(recorded(done('a1', 5)), withdrawn(done('a1', 5, { version: 2 })), recorded(done('a1', 9, { version: 3 })))
    expect(driven.rows('by_actor')).toEqual([done('a1', 9, { version: 3 })])
  })

  it('given an event of a type that is younger than it, keeps what it has', () => {
    expect(drive(view).apply(recorded(done('a1', 5)), told('Unknown', done('a1', 5, { version: 2 })), told('Unknown', done('a2', 5))).rows('by_actor')).toEqual([done('a1', 5)])
  })

  it('pages after the last activity seen, and from the newest where none was', async () => {
    const { reader, questions } = asked()
    await activityPage(reader, { profile_id: 'p1', limit: 3 })
    await activityPage(reader, { profile_id: 'p1', limit: 3, after: { occurred_at: 5, activity_id: 'a1' } })
    const from = 'SELECT profile_id, occurred_at, activity_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, version FROM by_actor WHERE profile_id = ?'
    expect(questions).toEqual([
      [`${from} LIMIT ?`, ['p1', 3]],
      [`${from} AND (occurred_at, activity_id) < (?, ?) LIMIT ?`, ['p1', 5, 'a1', 3]],
    ])
  })

  it('asks each of several profiles for a page after the same place, and answers the newest of them all', async () => {
    const [first, second, third] = [done('b', 9, { profile_id: 'p2' }), done('b', 5), done('a', 5, { profile_id: 'p2' })]
    const { reader, questions } = asked([second, first, third, done('z', 1)])
    expect(await activitiesOf(reader, ['p1', 'p2', 'p3'], { limit: 3, after: { occurred_at: 10, activity_id: 'c' } })).toEqual([first, second, third])
    expect(questions.map(([, params]) => params)).toEqual(['p1', 'p2', 'p3'].map((profile) => [profile, 10, 'c', 3]))
    expect(await activitiesOf(reader, [], { limit: 3 })).toEqual([])
  })

  it('has what stands, of any life of activities that keep their time until they are withdrawn', () => {
    const acts = fc.array(fc.record({ id: fc.constantFrom('a1', 'a2'), withdraws: fc.boolean(), at: fc.integer({ min: 1, max: 3 }) }), { maxLength: 20 })
    fc.assert(fc.property(acts, (lives) => {
      const standing = new Map<string, Activity>()
      const events = lives.flatMap(({ id, withdraws, at }, n): Change[] => {
        const before = standing.get(id)
        if (withdraws) return before !== undefined && standing.delete(id) ? [withdrawn({ ...before, version: n })] : []
        const after = done(id, before?.occurred_at ?? at, { version: n })
        standing.set(id, after)
        return [recorded(after)]
      })
      const byId = (rows: Iterable<{ readonly activity_id?: unknown }>) => new Map([...rows].map((row) => [row.activity_id, row]))
      const rows = drive(view).apply(...events).rows('by_actor')
      expect([byId(rows), rows.length]).toEqual([byId(standing.values()), standing.size])
    }))
  })
})
