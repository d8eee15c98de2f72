import { expect, test } from 'vitest'
import { fenceAfter, NO_FENCE } from './fence.ts'

const flush = (fence: string, topic: string, from: number, next: number): string => fenceAfter({ fence, topic, from, next, writes: [] })

test('the same flushes in the same order come to the same fence', () => {
  const history = (): string => flush(flush(NO_FENCE, 'a', 0, 4), 'b', 0, 2)
  expect(history()).toBe(history())
})

test('a store that has lost its data and is filled in other steps comes to no fence of before', () => {
  const before = [flush(NO_FENCE, 'a', 0, 4), flush(flush(NO_FENCE, 'a', 0, 4), 'b', 0, 2)]
  const after = [flush(NO_FENCE, 'b', 0, 2), flush(flush(NO_FENCE, 'b', 0, 2), 'a', 0, 4), flush(flush(NO_FENCE, 'a', 0, 3), 'a', 3, 4)]
  expect(new Set([NO_FENCE, ...before, ...after]).size).toBe(6)
})

test('a hundred thousand fences are a hundred thousand', () => {
  const seen = new Set<string>()
  let fence = NO_FENCE
  for (let at = 0; at < 100_000; at++) seen.add(fence = flush(fence, 'cdc.user.ratings', at, at + 1))
  expect(seen.size).toBe(100_000)
})
