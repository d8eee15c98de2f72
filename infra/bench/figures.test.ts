import { expect, test } from 'vitest'
import { digits, figureTable, judge, verdict } from './figures.ts'

test('a target is met at its bound, and missed by a share of it beyond', () => {
  expect(verdict(10, { at_most: 10 })).toBe('met')
  expect(verdict(12.5, { at_most: 10 })).toBe('missed by 25 %')
  expect(verdict(80_000, { at_least: 80_000 })).toBe('met')
  expect(verdict(60_000, { at_least: 80_000 })).toBe('missed by 25 %')
  expect(verdict(3, { at_most: 0 })).toBe('missed by 3')
  expect(verdict(3, undefined)).toBe('')
})

test('a figure is judged by its median, not by its best run', () => {
  expect(judge({ what: 'speed', unit: 'records/s', samples: [50, 100, 60], target: { at_least: 80 } })).toEqual(
    { what: 'speed', unit: 'records/s', n: 3, median: 60, q1: 55, q3: 80, target: '≥ 80', verdict: 'missed by 25 %' })
  expect(judge({ what: 'speed', unit: 'records/s', samples: [], target: { at_least: 80 } }).verdict).toBe('not measured')
})

test('numbers have three digits that mean something', () => {
  expect([0.1234, 1.554, 12.34, 123.4, 80_123.4, 7].map(digits)).toEqual(['0.12', '1.55', '12.3', '123', '80,123', '7'])
})

test('a table has a line per figure, with the spread where there is one', () => {
  const lines = figureTable([
    judge({ what: 'worker, CPU', unit: 'µs', samples: [8, 9, 10], target: { at_most: 10 } }),
    judge({ what: 'lost', unit: 'records', samples: [0] }),
  ]).split('\n')
  expect(lines).toEqual([
    'what         target  median  quartiles    unit     target met',
    'worker, CPU  ≤ 10    9       8.50 – 9.50  µs       met',
    'lost                 0                    records',
  ])
})
