import { expect, test } from 'vitest'
import { histogram, quantiles } from './statistics.ts'

test('quantiles are the nearest ranks', () => {
  expect(quantiles(Array.from({ length: 100 }, (_, i) => 100 - i))).toEqual({ n: 100, p50: 50, p95: 95, p99: 99, max: 100 })
  expect(quantiles([7])).toEqual({ n: 1, p50: 7, p95: 7, p99: 7, max: 7 })
  expect(quantiles([])).toEqual({ n: 0, p50: 0, p95: 0, p99: 0, max: 0 })
})

test('a histogram counts a bound in its own bucket, and the rest in the last', () => {
  expect(histogram([1, 5, 5.1, 10, 99], [5, 10])).toEqual([2, 2, 1])
})
