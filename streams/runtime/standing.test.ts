import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { failurePolicy } from './failure.ts'
import { hasPassed, secondsBehind, standingOf } from './standing.ts'
import type { View } from './view.ts'

const view: View = { name: 'things', version: 1, build: 2, store: 'memory', from: { a: [], b: [] }, rows: {}, failure: failurePolicy(), touches: undefined, apply: () => [] }
const nobody = { offsetsAt: async () => new Map<number, number>() }

describe('where a build stands', () => {
  const kafka = { offsets: async (topic: string) => [{ partition: 0, low: topic === 'a' ? 10 : 0, high: 110 }, { partition: 1, low: 0, high: 50 }] }
  const store = (next: Readonly<Record<number, Readonly<Record<string, number>>>>) => ({ positions: async (partition: number) => ({ fence: '', next: new Map(Object.entries(next[partition] ?? {})) }) })

  test('is what its group has committed, or its store where that is further', async () => {
    const groups = { ...nobody, committed: async (group: string) => { expect(group).toBe('things-v1-b2'); return new Map([['a/0', 60], ['a/1', 50], ['b/0', 0], ['b/1', 20]]) } }
    const standing = await standingOf({ kafka, groups }, store({ 0: { a: 40, b: 110, 'dlq.things': 3 }, 1: { b: 30 } }), view)
    expect(Object.fromEntries(standing.positions)).toEqual({ 'a/0': 60, 'a/1': 50, 'b/0': 110, 'b/1': 30 })
    expect([standing.records, standing.behind]).toEqual([100 + 50 + 110 + 50, 50 + 20])
    expect([hasPassed(standing.positions, standing.ends), hasPassed(standing.positions, new Map([['a/0', 60], ['b/1', 30]]))]).toEqual([false, true])
  })

  test('at nothing lacks what the topics still have, not what they have lost', async () => {
    expect(await standingOf({ kafka, groups: { ...nobody, committed: async () => new Map() } }, store({}), view)).toMatchObject({ records: 310, behind: 310 })
  })

  test('at the end is not asked of the store', async () => {
    const groups = { ...nobody, committed: async () => new Map([['a/0', 110], ['a/1', 50], ['b/0', 110], ['b/1', 50]]) }
    expect(await standingOf({ kafka, groups }, { positions: async () => { throw new Error('asked') } }, view)).toMatchObject({ behind: 0 })
  })
})

describe('the lag in seconds', () => {
  const now = 1_800_000_000_500
  /** One partition whose records came these many seconds ago, oldest first. */
  const topicOf = (ages: readonly number[]) => ({
    committed: async () => new Map<string, number>(),
    offsetsAt: async (_topic: string, timestamp: number) => {
      if (!Number.isSafeInteger(timestamp)) throw new Error(`Kafka's timestamps are whole, not ${timestamp}`)
      const first = ages.findIndex((age) => now - age * 1_000 >= timestamp)
      return new Map([[0, first < 0 ? ages.length : first]])
    },
  })

  test('is the age of the oldest record that was not applied, a tenth more at most', async () => {
    const ages = fc.array(fc.double({ min: 0.01, max: 10_000_000, noNaN: true }), { minLength: 1, maxLength: 30 }).map((all) => all.sort((x, y) => y - x))
    await fc.assert(fc.asyncProperty(ages, fc.nat(29), async (all, applied) => {
      const at = Math.min(applied, all.length - 1)
      const lag = await secondsBehind(topicOf(all), { positions: new Map([['a/0', at]]), ends: new Map([['a/0', all.length]]) }, now)
      expect(lag).toBeGreaterThanOrEqual((all[at] ?? 0) - 0.1)
      expect(lag).toBeLessThanOrEqual(Math.max(0.11, (all[at] ?? 0) * 1.12 + 0.1))
    }), { numRuns: 300 })
  })

  test('is nothing at the end, and is not asked for there', async () => {
    expect(await secondsBehind({ committed: async () => new Map(), offsetsAt: async () => { throw new Error('asked') } }, { positions: new Map([['a/0', 3]]), ends: new Map([['a/0', 3]]) }, now)).toBe(0)
  })
})
