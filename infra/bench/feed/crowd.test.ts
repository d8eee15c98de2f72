import { expect, test } from 'vitest'
import { seeded } from '../harness.ts'
import { powerLaw } from './crowd.ts'

test('few are followed by many: the first hundredth has more than a tenth of all followers, nobody follows twice or themselves', () => {
  const members = Array.from({ length: 5_000 }, (_, n) => `m${n}`)
  const pairs = powerLaw(members, 10, seeded(1))
  expect(pairs.length).toBeGreaterThan(40_000)
  expect(new Set(pairs.map((pair) => pair.join(' '))).size).toBe(pairs.length)
  expect(pairs.filter(([from, to]) => from === to)).toEqual([])
  const counts = [...Map.groupBy(pairs, ([, to]) => to).values()].map((of) => of.length).toSorted((a, b) => b - a)
  expect(counts.slice(0, 50).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(pairs.length / 10)
})
