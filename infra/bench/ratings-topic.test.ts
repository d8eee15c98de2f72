import { expect, test } from 'vitest'
import { ratings } from './ratings-topic.ts'

test('a seed makes the same ratings again', () => {
  expect([...ratings(500, 3)]).toEqual([...ratings(500, 3)])
  expect([...ratings(500, 3)]).not.toEqual([...ratings(500, 4)])
})

test('a change follows the rating it changes, and each pair of title and profile is one row', () => {
  const current = new Map<string, unknown>()
  let changes = 0
  for (const { before, after } of ratings(5_000, 1)) {
    const pair = `${after.title_id}/${after.profile_id}`
    expect(before).toEqual(current.get(pair) ?? null)
    if (before !== null) changes++
    current.set(pair, after)
  }
  expect(changes).toBeGreaterThan(2_000)
})
