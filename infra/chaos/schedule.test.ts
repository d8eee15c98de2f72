import { describe, expect, test } from 'vitest'
import { killsOf, schedule, type Strike, trimmed } from './schedule.ts'

const names = ['mysql', 'kafka', 'connect', 'redis', 'workers']

function first(count: number, seed: number, targets: readonly string[] = names): readonly Strike[] {
  const plan = schedule(seed, targets)
  return Array.from({ length: count }, () => plan.next().value)
}
const tally = (strikes: readonly Strike[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const name of strikes.flatMap(({ targets }) => targets)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

describe('the schedule', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(first(200, 7)).toEqual(first(200, 7))
    expect(first(200, 7)).not.toEqual(first(200, 8))
  })
  test('goes on where it ended when as many strikes are passed over', () => {
    const plan = schedule(7, names)
    for (let done = 0; done < 60; done++) plan.next()
    expect(Array.from({ length: 40 }, () => plan.next().value)).toEqual(first(100, 7).slice(60))
  })
  test('takes every target in turn, so that none is spared', () => {
    const counts = [...tally(first(500, 3)).values()]
    expect(counts).toHaveLength(names.length)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2)
  })
  test('has pairs of different targets, deaths while recovering, and strikes at moments of all kinds', () => {
    const strikes = first(400, 5)
    const pairs = strikes.filter(({ targets }) => targets.length === 2)
    expect(pairs.length).toBeGreaterThan(20)
    expect(pairs.every(({ targets: [a, b] }) => a !== b)).toBe(true)
    expect(strikes.filter(({ again_ms }) => again_ms !== null).length).toBeGreaterThan(20)
    expect(strikes.some(({ pause_ms }) => pause_ms < 50)).toBe(true)
    expect(strikes.some(({ pause_ms }) => pause_ms > 3_000)).toBe(true)
  })
  test('of one target has no pairs', () => {
    expect(first(100, 1, ['redis']).every(({ targets }) => targets.length === 1)).toBe(true)
  })
  test('of no target is refused', () => {
    expect(() => schedule(1, []).next()).toThrow('there is nothing to kill')
  })
})

describe('the last strike', () => {
  const pair: Strike = { pause_ms: 0, targets: ['a', 'b'], again_ms: null }
  const twice: Strike = { pause_ms: 0, targets: ['a'], again_ms: 100 }
  test('kills no more than are left', () => {
    expect([pair, twice].map(killsOf)).toEqual([2, 2])
    expect(trimmed(pair, 1)).toEqual({ ...pair, targets: ['a'] })
    expect(trimmed(twice, 1)).toEqual({ ...twice, again_ms: null })
  })
  test('is whole where it fits', () => {
    expect(trimmed(pair, 2)).toBe(pair)
    expect(trimmed(twice, 5)).toBe(twice)
  })
})
