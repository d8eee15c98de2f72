import { expect, test } from 'vitest'
import { decideWait, limits, waitsOf } from './limit.ts'

test('the first attempts are free, each after that waits twice as long, up to a longest wait', () => {
  expect([1, 5, 6, 7, 8, 15, 16, 17, 1_000_000].map((attempt) => decideWait(attempt, limits.account))).toEqual([0, 0, 1, 2, 4, 512, 900, 900, 900])
})
test('the list of waits ends with the longest, and says what is decided', () => {
  for (const limit of Object.values(limits)) {
    const waits = waitsOf(limit)
    expect([waits.at(-1), waits.length < 60]).toEqual([limit.longest_s, true])
    expect(waits).toEqual(waits.map((_, index) => decideWait(index + 1, limit)))
  }
})
test('a day of guessing at one account gets nowhere: some hundred guesses', () => {
  let [time_s, attempts] = [0, 0]
  while (time_s < 86_400) time_s += decideWait(++attempts, limits.account)
  expect(attempts).toBeLessThan(150)
})
