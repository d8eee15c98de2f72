import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyedState } from '../runtime/keyed-state.ts'
import { memoryStores } from '../runtime/local-store-memory.ts'
import type { Effect, State } from '../runtime/processor.ts'
import { entryOf, rowsOf } from '../runtime/row-state.ts'
import { type Contribution, type WindowCount, windowedCount, windowState } from './windowed-count.ts'
import { endOf, hopping, isOver, startsOf } from './windows.ts'

const windows = hopping({ size_ms: 30, every_ms: 10, grace_ms: 5 })
const count = windowedCount(windows, (told: WindowCount) => told)

/** What is told of each window in the end, by start. */
async function counted(contributions: readonly Contribution[]): Promise<ReadonlyMap<number, { count: number; sum: number; final: boolean }>> {
  const state = keyedState(await memoryStores().open('counted'))
  const rows = rowsOf(windowState, state) as unknown as State<typeof windowState>
  const told = new Map<number, { count: number; sum: number; final: boolean }>()
  const step = (contribution: Contribution): boolean => {
    const effects: readonly Effect<typeof windowState, WindowCount>[] = count(null, contribution, rows)
    for (const effect of effects) {
      if ('put' in effect || 'remove' in effect) state.put(...entryOf(windowState, effect))
      else if ('emit' in effect && effect.emit.after !== null) told.set(effect.emit.after.starts_at, { count: effect.emit.after.count, sum: effect.emit.after.sum, final: effect.emit.after.final })
    }
    return effects.some((effect) => 'again' in effect)
  }
  for (const contribution of contributions) while (step(contribution));
  return told
}

describe('hopping windows', () => {
  it('count each contribution in every window that holds it and is not over, by brute force', async () => {
    const times = fc.array(fc.integer({ min: -40, max: 40 }), { maxLength: 40 })
    await fc.assert(fc.asyncProperty(times, async (jitter) => {
      const contributions = jitter.map((shift, n): Contribution => ({ key: 'k', id: String(n), at: 1_000 + n * 4 + shift, version: 1, value: n }))
      const expected = new Map<number, { count: number; sum: number; final: boolean }>()
      let time = -Infinity
      for (const { at, value } of contributions) {
        time = Math.max(time, at)
        for (const start of startsOf(windows, at).filter((candidate) => endOf(windows, candidate) + windows.grace_ms > time)) {
          const known = expected.get(start)
          expected.set(start, { count: (known?.count ?? 0) + 1, sum: (known?.sum ?? 0) + value, final: false })
        }
      }
      for (const [start, window] of expected) window.final = isOver(windows, start, time)
      expect(await counted(contributions)).toEqual(expected)
    }), { numRuns: 200 })
  })
})
