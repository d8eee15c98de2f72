import { expect, test } from 'vitest'
import { histogram, quantiles, spread } from './statistics.ts'

test('quantiles are the nearest ranks', () => {
  expect(quantiles(Array.from({ length: 100 }, (_, i) => 100 - i))).toEqual({ n: 100, p50: 50, p95: 95, p99: 99, max: 100 })
  expect(quantiles([7])).toEqual({ n: 1, p50: 7, p95: 7, p99: 7, max: 7 })
  expect(quantiles([])).toEqual({ n: 0, p50: 0, p95: 0, p99: 0, max: 0 })
})

test('a histogram counts a bound in its own bucket, and the rest in the last', () => {
  expect(histogram([1, 5, 5.1, 10, 99], [5, 10])).toEqual([2, 2, 1])
})

test('a spread has half of the samples between its quartiles', () => {
  expect(spread([4, 1, 3, 2])).toEqual({ n: 4, median: 2.5, q1: 1.75, q3: 3.25 })
  expect(spread([5])).toEqual({ n: 1, median: 5, q1: 5, q3: 5 })
  expect(spread([])).toEqual({ n: 0, median: 0, q1: 0, q3: 0 })
})
