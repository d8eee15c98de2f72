import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RedisReader } from '../../runtime/readers.ts'
import { created, deleted, drive, type Driven, snapshot, updated } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import { byText } from '../text.ts'
import view, { type FeedHead, feedHead, HEAD_MOST } from './feed-head.ts'
import homeFeed, { type FeedEntry } from './home-feed.ts'

const topic = 'user.feed-entries'
const entry = (activity_id: string, occurred_at: number, over: Partial<FeedEntry> = {}): FeedEntry => ({
  follower_id: 'f1', occurred_at, activity_id, profile_id: 'p1', kind: 'rated', title_id: 't1', subject_kind: null, subject_id: 's1', other_id: null, half_stars: 8, version: 1, ...over,
})
const many = (count: number): readonly Change[] => Array.from({ length: count }, (_, n) => created(topic, entry(`a${n}`, n + 1)))
const headOf = (driven: Driven, limit: number, follower_id = 'f1'): Promise<FeedHead | undefined> => {
  const get = async (row: string, key: object): Promise<unknown> => driven.rows(row).find((one) => one['follower_id'] === Object.values(key)[0])
  return feedHead({ get } as unknown as RedisReader<typeof view.rows>, { follower_id, limit })
}

/** What home-feed has of a follower, newest first. */
const feedOf = (driven: Driven, follower_id: string): readonly FeedEntry[] => (driven.rows('entries') as unknown as readonly FeedEntry[])
  .filter((one) => one.follower_id === follower_id).toSorted((a, b) => b.occurred_at - a.occurred_at || byText(b.activity_id, a.activity_id))

/** Deliveries to two followers and withdrawals, of as many places as fill a head twice and of some that meet often. A failure is not made shorter: that takes minutes. */
const deliveries = fc.array(fc.record({
  follower_id: fc.constantFrom('f1', 'f1', 'f1', 'f2'), at: fc.oneof(fc.nat(3 * HEAD_MOST), fc.nat(9)), id: fc.constantFrom('a', 'b'),
  act: fc.constantFrom('give', 'give', 'give', 'again', 'move', 'take'), half_stars: fc.nat(10),
}), { maxLength: 500, size: 'max' })
const changesOf = (all: typeof deliveries extends fc.Arbitrary<infer T> ? T : never): readonly Change[] => all.map(({ follower_id, at, id, act, half_stars }) => {
  const one = entry(`${id}${at}`, at, { follower_id, half_stars })
  if (act === 'take') return deleted(topic, one)
  if (act === 'again') return snapshot(topic, one)
  return act === 'move' ? updated(topic, one, { ...one, occurred_at: at + 5 }) : created(topic, one)
})

describe('feed-head', () => {
  it('given deliveries to two followers, answers each with its own, newest first', async () => {
    const driven = drive(view).apply(created(topic, entry('a1', 5)), created(topic, entry('a1', 5, { follower_id: 'f2' })), created(topic, entry('a2', 9)))
    expect(await headOf(driven, 9)).toEqual({ entries: [entry('a2', 9), entry('a1', 5)], ended: true })
    expect(await headOf(driven, 1)).toEqual({ entries: [entry('a2', 9)], ended: false })
    expect(await headOf(driven, 9, 'f2')).toEqual({ entries: [entry('a1', 5, { follower_id: 'f2' })], ended: true })
    expect(await headOf(driven, 9, 'nobody')).toEqual({ entries: [], ended: true })
  })

  it('given more than it holds, answers with the newest, and that there is more', async () => {
    const driven = drive(view).apply(...many(HEAD_MOST + 3))
    const head = await headOf(driven, 100)
    expect([head?.entries.length, head?.entries[0]?.occurred_at, head?.ended]).toEqual([HEAD_MOST, HEAD_MOST + 3, false])
    // what is older than the cut is not taken for what follows it, though there is room again
    driven.apply(deleted(topic, entry('a9', 10)), created(topic, entry('old', 2)))
    expect((await headOf(driven, 100))?.entries.map(({ activity_id }) => activity_id)).not.toContain('old')
  })

  it('given a cut head of which all is withdrawn, leaves it to home-feed; an uncut one is empty, and its row gone', async () => {
    const full = drive(view).apply(...many(HEAD_MOST + 1), ...Array.from({ length: HEAD_MOST }, (_, n) => deleted(topic, entry(`a${n + 1}`, n + 2))))
    expect(await headOf(full, 20)).toBeUndefined()
    const small = drive(view).apply(...many(3), ...Array.from({ length: 3 }, (_, n) => deleted(topic, entry(`a${n}`, n + 1))))
    expect([await headOf(small, 20), small.rows('head')]).toEqual([{ entries: [], ended: true }, []])
  })

  it('given what changes nothing of it, writes nothing', () => {
    const driven = drive(view).apply(...many(HEAD_MOST + 1))
    const cells = { head: { get: () => driven.rows('head')[0] } }
    const written = (change: Change): unknown => view.apply(change, cells as unknown as Parameters<typeof view.apply>[1])
    // the withdrawal of what was never delivered is told to all who ever followed, of what is forgotten too
    for (const change of [deleted(topic, entry('never', 30)), deleted(topic, entry('a0', 1)), created(topic, entry('a0', 1))]) expect(written(change)).toEqual([])
  })

  it('answers what home-feed answers, however long the page, or leaves it to home-feed', async () => {
    let [answers, cuts] = [0, 0]
    await fc.assert(fc.asyncProperty(deliveries, fc.integer({ min: 1, max: 100 }), async (all, limit) => {
      const changes = changesOf(all)
      const [head, whole] = [drive(view).apply(...changes), drive(homeFeed).apply(...changes)]
      for (const follower_id of ['f1', 'f2']) {
        const feed = feedOf(whole, follower_id)
        const answer = await headOf(head, limit, follower_id)
        if (answer === undefined) continue
        answers++
        expect(answer.entries).toEqual(feed.slice(0, answer.entries.length))
        // it may say that there is more where all of it was withdrawn, and never the other way
        if (answer.ended) expect(answer.entries).toHaveLength(feed.length)
        else {
          expect(answer.entries.length).toBeGreaterThan(0)
          if (answer.entries.length < Math.min(limit, feed.length)) cuts++
        }
      }
    }), { numRuns: 100, endOnFailure: true })
    expect([answers > 100, cuts > 5]).toEqual([true, true])
  })
})
