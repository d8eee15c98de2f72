import type { CdcRows, Events } from '@cdlc/schemas/generated/topics.ts'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DrivenProcessor, driveProcessor } from '../../runtime/processor-testing.ts'
import { created, deleted, snapshot, updated } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import processor, { CAUGHT_UP_AT, FAN_OUT_LIMIT, REMEMBERED } from './feed-fan-out.ts'

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
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const many = (...numbers: readonly number[]): readonly Change[] => numbers.map((n) => created(relations, follow(`f${n}`, n)))
const gone = (...numbers: readonly number[]): readonly Change[] => numbers.map((n) => deleted(relations, follow(`f${n}`, n)))
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
    expect(driven.apply(updated(relations, follow('f', 1), follow('f', 4))).emitted()).toHaveLength(1)
    expect(driven.apply(deleted(relations, follow('f', 3))).emitted()).toHaveLength(1)
  })

  it('given an activity told anew, changes the entry; withdrawn, removes it from every feed', async () => {
    const driven = await given(created(relations, follow('f', 1)), done(2), done(2, 3, { half_stars: 2 }))
    expect(feeds(driven)).toEqual({ f: ['a2 2'] })
    expect(feeds(driven.apply(undone(2, 4)))).toEqual({})
  })

  it('given a withdrawal of what is long forgotten, removes it all the same', async () => {
    const driven = await given(created(relations, follow('f', 1)), ...range(2, REMEMBERED + 11).map((n) => done(n)))
    expect(driven.state('recent')).toHaveLength(REMEMBERED)
    expect(feeds(driven)['f']).toHaveLength(REMEMBERED + 10)
    expect(feeds(driven.apply(undone(2, 900)))['f']).toHaveLength(REMEMBERED + 9)
  })

  it('given how things were before a snapshot read them, tells nothing', async () => {
    const driven = await given(done(1), snapshot(relations, follow('f', 4)), created(relations, follow('f', 2, 'requested')), deleted(relations, follow('f', 3)))
    expect(driven.emitted()).toHaveLength(1)
  })

  it('given the same again, tells nothing', async () => {
    const driven = await given(created(relations, follow('f', 1)), done(2), done(2), snapshot(relations, follow('f', 1)))
    expect(driven.emitted()).toHaveLength(1)
  })

  it('given one told anew that is long forgotten, changes it in the feeds, and remembers no newer one the less', async () => {
    const driven = await given(...many(1), ...range(2, REMEMBERED + 11).map((n) => done(n)), done(3, 900, { half_stars: 2 }))
    expect(feeds(driven)['f1']).toContain('a3 2')
    expect(driven.state('recent').map(({ activity_id }) => activity_id)).toEqual(range(12, REMEMBERED + 11).map((n) => `a${n}`))
  })

  it('given one told late that is older than all of fifty, delivers it and remembers the fifty', async () => {
    const driven = await given(...many(1), ...range(2, REMEMBERED + 1).map((n) => done(n)), done(1, 900))
    expect(feeds(driven)['f1']).toContain('a1 8')
    expect(driven.state('recent').map(({ activity_id }) => activity_id)).toEqual(range(2, REMEMBERED + 1).map((n) => `a${n}`))
  })

  it('given a withdrawal of what is long forgotten, removes it from those too who follow no longer, or they had it when they come back', async () => {
    const driven = await given(...many(1), ...range(2, REMEMBERED + 11).map((n) => done(n)), ...gone(1), undone(3, 900), created(relations, follow('f1', 901)))
    expect(feeds(driven)['f1']).toEqual(range(2, REMEMBERED + 11).filter((n) => n !== 3).map((n) => `a${n} 8`).toSorted())
    expect(driven.state('former')).toEqual([])
  })

  it('given more followers than one step tells, says to each what the entry was before', async () => {
    const driven = await given(...many(...range(1, 700)), done(1_000), done(1_000, 2_000, { half_stars: 2 }), undone(1_000, 2_001))
    expect(driven.emitted().map(({ op, before, after }) => `${op} ${String(before?.['half_stars'])} ${String(after?.['half_stars'])}`))
      .toEqual(['c undefined 8', 'u 8 2', 'd 2 undefined'].flatMap((told) => Array<string>(700).fill(told)))
    expect([driven.state('sweep'), driven.state('recent')]).toEqual([[], []])
  })

  it('given what another event left half done, tells everybody all the same', async () => {
    const isDone = { put: 'sweep', row: { profile_id: 'actor', of: 'a1 1', row: 'follower', follower_id: 'f2' } } as const
    const begun = { ...processor, apply: (event: Change, state: Parameters<typeof processor.apply>[1]) => (event.topic === 'begun' ? [isDone] : processor.apply(event, state)) }
    const driven = (await driveProcessor(begun)).apply(...many(1, 2, 3), { topic: 'begun', op: 'c', before: null, after: {} }, done(4))
    expect([Object.keys(feeds(driven)), driven.state('sweep')]).toEqual([['f1', 'f2', 'f3'], []])
  })

  it('given a thousand followers, delivers to all of them, step by step; past the limit, to nobody, but withdraws from all', async () => {
    const driven = await given(...many(...range(1, FAN_OUT_LIMIT)), done(2_000))
    expect(Object.keys(feeds(driven))).toHaveLength(FAN_OUT_LIMIT)
    driven.apply(created(relations, follow('late', 2_001)), done(2_002))
    expect([Object.keys(feeds(driven)).length, feeds(driven)['f1'], feeds(driven)['late']]).toEqual([FAN_OUT_LIMIT, ['a2000 8'], undefined])
    expect([feeds(driven.apply(undone(2_000, 2_003))), driven.state('sweep')]).toEqual([{}, []])
  })

  it('given what was done past the limit and withdrawn, tells nobody; what somebody has had since, everybody', async () => {
    const driven = await given(...many(...range(1, FAN_OUT_LIMIT + 1)), done(2_000), done(2_001), undone(2_000, 2_002))
    expect(driven.emitted()).toEqual([])
    driven.apply(...gone(1, 2), ...many(1))
    expect(feeds(driven)).toEqual({ f1: ['a2001 8'] })
    expect(feeds(driven.apply(undone(2_001, 2_003)))).toEqual({})
  })

  it('given what was delivered, told anew past the limit and withdrawn, takes it from those who have it', async () => {
    const driven = await given(...many(1), done(2_000), ...many(...range(2, FAN_OUT_LIMIT + 1)), done(2_000, 2_001, { half_stars: 2 }))
    expect(feeds(driven)['f1']).toEqual(['a2000 8'])
    expect(feeds(driven.apply(undone(2_000, 2_002)))).toEqual({})
  })

  it('given what was forgotten, told anew past the limit while fewer than fifty are remembered, still takes it from those who have it', async () => {
    const driven = await given(...many(1), ...range(1, REMEMBERED + 1).map((n) => done(n)), ...many(...range(2, FAN_OUT_LIMIT + 1)))
    driven.apply(undone(REMEMBERED + 1, 2_000), done(1, 2_001), undone(1, 2_002))
    expect(feeds(driven)['f1']).toEqual(range(2, REMEMBERED).map((n) => `a${n} 8`).toSorted())
  })

  it('given what nobody has heard, told anew once the actor is within the limit, tells it as new', async () => {
    const driven = await given(...many(...range(1, FAN_OUT_LIMIT + 1)), done(2_000), ...gone(1), done(2_000, 2_001))
    expect(new Set(driven.emitted().map(({ op }) => op))).toEqual(new Set(['c']))
  })

  it('given a thousandth and one follower, has them get what is remembered when the actor is caught up, though nothing was done past the limit', async () => {
    const driven = await given(done(1), ...many(...range(1, FAN_OUT_LIMIT + 1)), ...gone(...range(1, FAN_OUT_LIMIT + 1 - CAUGHT_UP_AT)))
    expect(feeds(driven)[`f${FAN_OUT_LIMIT + 1}`]).toEqual(['a1 8'])
  })

  it('given many who follow and many who did, withdraws from each once', async () => {
    const driven = await given(...many(...range(1, 700)), done(1_000), ...gone(...range(1, 350)))
    const told = driven.emitted().length
    const withdrawn = driven.apply(undone(1_000, 1_001)).emitted().slice(told).map(({ before }) => before?.['follower_id'])
    expect(withdrawn.toSorted()).toEqual(range(1, 700).map((n) => `f${n}`).toSorted())
  })

  it('given one past the limit who falls to half of it, delivers what followers have not had, in steps, once', async () => {
    const steps: number[] = []
    const watched = { ...processor, apply: (...step: Parameters<typeof processor.apply>) => { const effects = processor.apply(...step); steps.push(effects.length); return effects } }
    const driven = (await driveProcessor(watched)).apply(...many(...range(1, FAN_OUT_LIMIT + 1)), ...range(1, REMEMBERED).map((n) => done(2_000 + n)))
    driven.apply(...gone(...range(CAUGHT_UP_AT + 2, FAN_OUT_LIMIT + 1)))
    expect(driven.emitted()).toEqual([])
    driven.apply(...gone(1))
    const all = range(1, REMEMBERED).map((n) => `a${2_000 + n} 8`)
    expect(feeds(driven)).toEqual(Object.fromEntries(range(2, CAUGHT_UP_AT + 1).map((n) => [`f${n}`, all])))
    expect(Math.max(...steps)).toBeLessThan(400)
    const told = driven.emitted().length
    expect(driven.apply(...many(1), ...gone(1)).emitted()).toHaveLength(told + 2 * REMEMBERED)
    expect(driven.state('sweep')).toEqual([])
  })

  it('leaves every follower with what is remembered and nobody with what was withdrawn, however the topics interleave and repeat themselves', async () => {
    const acts = fc.array(fc.record({ id: fc.nat(79), withdraws: fc.integer({ min: 0, max: 5 }).map((n) => n === 0) }), { maxLength: 160, size: 'max' })
    const follows = fc.array(fc.record({ follower: fc.constantFrom('f', 'g', 'h'), follows: fc.boolean() }), { maxLength: 16 })
    await fc.assert(fc.asyncProperty(acts, follows, fc.infiniteStream(fc.nat(9)), fc.nat(80), fc.nat(8), async (done_, relations_, picks, repeatActs, repeatFollows) => {
      const [standing, ever] = [new Map<number, string>(), new Set<number>()]
      const ofActor = done_.flatMap(({ id, withdraws }, n): Change[] => {
        if (withdraws) return standing.delete(id) ? [undone(id, n + 1)] : []
        ever.add(id)
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
      const queues = [ofActor.concat(ofActor.slice(Math.max(0, ofActor.length - repeatActs))), ofFollowers.concat(ofFollowers.slice(Math.max(0, ofFollowers.length - repeatFollows)))]
      const driven = await given()
      while (queues.some(({ length }) => length > 0)) {
        const next = queues[picks.next().value === 0 ? 1 : 0]?.shift() ?? queues[0]?.shift() ?? queues[1]?.shift()
        if (next !== undefined) driven.apply(next)
      }
      const remembered = [...ever].toSorted((a, b) => b - a).slice(0, REMEMBERED).flatMap((id) => standing.get(id) ?? [])
      const had = feeds(driven)
      for (const follower of ['f', 'g', 'h']) {
        const feed = had[follower] ?? []
        expect(feed.filter((entry) => !standing.has(Number(entry.slice(1).split(' ')[0])))).toEqual([])
        expect(remembered.filter((entry) => feed.includes(entry))).toEqual(following.has(follower) ? remembered : [])
      }
      expect(driven.state('recent').length).toBeLessThanOrEqual(REMEMBERED)
    }), { numRuns: 200 })
  })

  it('leaves every follower with what is remembered once the actor is caught up, however often they come past the limit', async () => {
    const acts = fc.array(fc.oneof(
      { weight: 3, arbitrary: fc.record({ id: fc.nat(3), withdraws: fc.integer({ min: 0, max: 2 }).map((n) => n === 0) }) },
      { weight: 2, arbitrary: fc.record({ crowd: fc.constantFrom(CAUGHT_UP_AT - 1, CAUGHT_UP_AT + 1, FAN_OUT_LIMIT - 1, FAN_OUT_LIMIT + 1) }) },
    ), { maxLength: 8 })
    await fc.assert(fc.asyncProperty(acts, async (steps) => {
      const driven = await given()
      const standing = new Map<number, string>()
      let [crowd, version, owes] = [0, 5_000, false]
      for (const step of steps) {
        version += 1
        if ('crowd' in step) {
          // the first come are the first to leave, and come back
          const [now, then] = [FAN_OUT_LIMIT + 1 - step.crowd, FAN_OUT_LIMIT + 1 - crowd]
          driven.apply(...(now < then ? many(...range(now, then - 1)) : gone(...range(then, now - 1))))
          crowd = step.crowd
          owes = crowd > FAN_OUT_LIMIT || (owes && crowd > CAUGHT_UP_AT)
        } else if (!step.withdraws) {
          standing.set(step.id, `a${step.id} ${(version % 10) + 1}`)
          driven.apply(done(step.id, version, { half_stars: (version % 10) + 1 }))
        } else if (standing.delete(step.id)) driven.apply(undone(step.id, version))
      }
      const had = feeds(driven)
      const all = [...standing.values()].toSorted()
      const followers = range(FAN_OUT_LIMIT + 1 - crowd, FAN_OUT_LIMIT).map((n) => `f${n}`)
      if (!owes) expect(had).toEqual(all.length === 0 ? {} : Object.fromEntries(followers.map((follower) => [follower, all])))
      for (const entry of Object.values(had).flat()) expect(standing.has(Number(entry.slice(1).split(' ')[0]))).toBe(true)
    }), { numRuns: 30 })
  }, 60_000)
})
