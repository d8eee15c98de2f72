import type { CdcRows, Events } from '@cdlc/schemas/generated/topics.ts'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DrivenProcessor, driveProcessor } from '../../runtime/processor-testing.ts'
import { created, deleted, snapshot, updated } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import processor, { FAN_OUT_LIMIT, REMEMBERED } from './feed-fan-out.ts'

const relations = 'user.relations-by-other'
type Told = Omit<Events['user.activity'], 'event_id'>
type Relation = Pick<CdcRows[typeof relations], 'profile_id' | 'other_id' | 'follow' | 'version'>
const done = (id: number, version = id, over: Partial<Told> = {}): Change => created('user.activity', {
  profile_id: 'actor', activity_id: `a${id}`, type: 'ActivityRecorded', kind: 'rated', title_id: 't', subject_kind: null, subject_id: null, other_id: null, half_stars: 8,
  occurred_at: id * 1_000, version, ...over,
} satisfies Told)
const undone = (id: number, version: number): Change => done(id, version, { type: 'ActivityWithdrawn' })
const follow = (follower: string, version: number, state = 'following'): Relation => ({ profile_id: follower, other_id: 'actor', follow: state, version })
const given = async (...changes: readonly Change[]): Promise<DrivenProcessor> => (await driveProcessor(processor)).apply(...changes)
/** Who has which activity in their feed, and with how many half stars, after all that was emitted. */
function feeds(driven: DrivenProcessor): Readonly<Record<string, readonly string[]>> {
  const entries = new Map<string, [string, string]>()
  for (const { before, after } of driven.emitted()) {
    const row = after ?? before
    const [follower, id] = [String(row?.['follower_id']), String(row?.['activity_id'])]
    if (after === null) entries.delete(`${follower} ${id}`)
    else entries.set(`${follower} ${id}`, [follower, `${id} ${String(after['half_stars'])}`])
  }
  return Object.fromEntries([...Map.groupBy(entries.values(), ([follower]) => follower)].map(([follower, of]) => [follower, of.map(([, entry]) => entry).toSorted()]))
}

describe('feed-fan-out', () => {
  it('given two followers, delivers an activity to both', async () => {
    expect(feeds(await given(created(relations, follow('f', 1)), created(relations, follow('g', 2)), done(3)))).toEqual({ f: ['a3 8'], g: ['a3 8'] })
  })

  it('given one who asks to follow, delivers nothing until they are let in', async () => {
    const driven = await given(done(1), created(relations, follow('f', 2, 'requested')), done(3))
    expect(feeds(driven)).toEqual({})
    expect(feeds(driven.apply(updated(relations, follow('f', 2, 'requested'), follow('f', 4))))).toEqual({ f: ['a1 8', 'a3 8'] })
  })

  it('given a follower who leaves, takes out what is remembered', async () => {
    expect(feeds(await given(created(relations, follow('f', 1)), done(2), done(3), deleted(relations, follow('f', 4))))).toEqual({})
  })

  it('given a follower who is mute from now on, changes nothing', async () => {
    const driven = await given(created(relations, follow('f', 1)), done(2))
    expect(driven.apply(updated(relations, follow('f', 1), follow('f', 3))).emitted()).toHaveLength(1)
  })

  it('given an activity told anew, changes the entry; withdrawn, removes it from every feed', async () => {
    const driven = await given(created(relations, follow('f', 1)), done(2), done(2, 3, { half_stars: 2 }))
    expect(feeds(driven)).toEqual({ f: ['a2 2'] })
    expect(feeds(driven.apply(undone(2, 4)))).toEqual({})
  })

  it('given a withdrawal of what is long forgotten, removes it all the same', async () => {
    const driven = await given(created(relations, follow('f', 1)), ...Array.from({ length: REMEMBERED + 10 }, (_, n) => done(n + 2)))
    expect(driven.state('recent')).toHaveLength(REMEMBERED)
    expect(feeds(driven)['f']).toHaveLength(REMEMBERED + 10)
    expect(feeds(driven.apply(undone(2, 900)))['f']).toHaveLength(REMEMBERED + 9)
  })

  it('given the same again, tells nothing', async () => {
    const driven = await given(created(relations, follow('f', 1)), done(2), done(2), snapshot(relations, follow('f', 1)))
    expect(driven.emitted()).toHaveLength(1)
  })

  it('given a thousand followers, delivers to all of them, step by step; past the limit, to nobody, but withdraws from all', async () => {
    const crowd = Array.from({ length: FAN_OUT_LIMIT }, (_, n) => created(relations, follow(`f${n}`, n + 1)))
    const driven = await given(...crowd, done(2_000))
    expect(Object.keys(feeds(driven))).toHaveLength(FAN_OUT_LIMIT)
    driven.apply(created(relations, follow('late', 2_001)), done(2_002))
    expect([Object.keys(feeds(driven)).length, feeds(driven)['f0'], feeds(driven)['late']]).toEqual([FAN_OUT_LIMIT, ['a2000 8'], undefined])
    expect([feeds(driven.apply(undone(2_000, 2_003))), driven.state('sweep')]).toEqual([{}, []])
  })

  it('leaves every follower with what the actor has done and not withdrawn, however the topics interleave and repeat themselves', async () => {
    const acts = fc.array(fc.record({ id: fc.nat(4), withdraws: fc.boolean() }), { maxLength: 14 })
    const follows = fc.array(fc.record({ follower: fc.constantFrom('f', 'g'), follows: fc.boolean() }), { maxLength: 10 })
    await fc.assert(fc.asyncProperty(acts, follows, fc.array(fc.boolean(), { maxLength: 30 }), fc.nat(6), fc.nat(6), async (done_, relations_, picks, repeatActs, repeatFollows) => {
      const standing = new Map<number, string>()
      const ofActor = done_.flatMap(({ id, withdraws }, n): Change[] => {
        if (withdraws) return standing.delete(id) ? [undone(id, n + 1)] : []
        standing.set(id, `a${id} ${(n % 10) + 1}`)
        return [done(id, n + 1, { half_stars: (n % 10) + 1 })]
      })
      const following = new Map<string, Relation>()
      const ofFollowers = relations_.flatMap(({ follower, follows: begins }, n): Change[] => {
        const before = following.get(follower)
        const after = follow(follower, n + 1)
        if (!begins) return before !== undefined && following.delete(follower) ? [deleted(relations, before)] : []
        following.set(follower, after)
        return [before === undefined ? created(relations, after) : updated(relations, before, after)]
      })
      // Connect that dies sends the last ones again
      const queues = [[...ofActor, ...ofActor.slice(ofActor.length - Math.min(repeatActs, ofActor.length))], [...ofFollowers, ...ofFollowers.slice(ofFollowers.length - Math.min(repeatFollows, ofFollowers.length))]]
      const driven = await given()
      for (let turn = 0; queues.some(({ length }) => length > 0); turn++) {
        const next = queues[picks[turn % Math.max(1, picks.length)] === true ? 1 : 0]?.shift() ?? queues[0]?.shift() ?? queues[1]?.shift()
        if (next !== undefined) driven.apply(next)
      }
      const expected = standing.size === 0 ? {} : Object.fromEntries([...following.keys()].map((follower) => [follower, [...standing.values()].toSorted()]))
      expect(feeds(driven)).toEqual(expected)
    }), { numRuns: 500 })
  })
})
