import { expect, test } from 'vitest'
import { type Flushed, longestGap } from './gaps.ts'

const at = (partition: number, ...times: readonly number[]): readonly Flushed[] => times.map((time) => ({ partition, at: time }))

test('the longest gap is of one partition, whoever flushed it and in whatever order it was told', () => {
  expect(longestGap([...at(0, 10, 400, 20, 30), ...at(1, 15, 25, 35, 405)], 0, 500)).toBe(370)
  expect(longestGap([...at(0, 0, 100), ...at(1, 50, 150)], 0, 200)).toBe(100)
})

test('only gaps that touch the window count, with all of their length', () => {
  const flushes = at(0, 0, 90, 100, 160, 170, 270)
  expect(longestGap(flushes, 95, 165)).toBe(60)
  expect(longestGap(flushes, 120, 130)).toBe(60)
  expect(longestGap(flushes, 165, 175)).toBe(100)
})

test('a partition that was flushed once has no gap', () => {
  expect(longestGap(at(0, 5), 0, 10)).toBe(0)
})
