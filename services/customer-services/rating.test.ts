import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { decide, evolve, type Rating, type RatingCommand } from './rating.ts'

const now_us = 1_700_000_000_000_000
const now = now_us / 1000
const rate = (half_stars: number, more: { readonly rated_at?: number; readonly expected?: readonly number[] } = {}): RatingCommand => ({
  do: 'rate',
  half_stars,
  now_us,
  ...more,
})
function given(...commands: readonly RatingCommand[]): Rating | undefined {
  return commands.reduce<Rating | undefined>((rating, command) => {
    const decision = decide(rating, command)
    if (isRefusal(decision)) throw new Error(decision.code)
    return decision.reduce(evolve, rating)
  }, undefined)
}

test('a rating without a time is given now', () => {
  expect(given(rate(9))).toEqual({ half_stars: 9, rated_at: now, version: now_us })
})
test('the same stars again leave the rating as it was', () => {
  expect(decide(given(rate(9)), { ...rate(9), now_us: now_us + 5_000_000 })).toEqual([])
  expect(decide(given(rate(9, { rated_at: 5 })), rate(9, { rated_at: 5 }))).toEqual([])
})
test('other stars, or another time, change it and raise its version', () => {
  expect(given(rate(9), rate(8))).toEqual({ half_stars: 8, rated_at: now, version: now_us + 1 })
  expect(given(rate(9), rate(9, { rated_at: 5 }))).toEqual({ half_stars: 9, rated_at: 5, version: now_us + 1 })
})
test('nobody rates in the future, but for a clock a little ahead', () => {
  expect(decide(undefined, rate(9, { rated_at: now + 300_001 }))).toMatchObject({ code: 'rated_in_future', field: 'rated_at' })
  expect(given(rate(9, { rated_at: now + 300_000 }))).toBeDefined()
})
test('a rating is removed, and told by the version it had', () => {
  expect(decide(given(rate(9)), { do: 'remove', now_us })).toEqual([{ type: 'RatingRemoved', version: now_us }])
  expect(given(rate(9), { do: 'remove', now_us })).toBeUndefined()
  expect(decide(undefined, { do: 'remove', now_us })).toMatchObject({ code: 'rating_not_found' })
})
test('a writer who names a version changes that version only', () => {
  expect(decide(given(rate(9)), rate(8, { expected: [now_us] }))).toHaveLength(1)
  expect(decide(given(rate(9)), rate(8, { expected: [now_us - 1] }))).toMatchObject({ code: 'version_mismatch' })
  expect(decide(undefined, rate(8, { expected: [now_us] }))).toMatchObject({ code: 'version_mismatch' })
})

const anyCommand: fc.Arbitrary<RatingCommand> = fc.oneof(
  fc.record({
    do: fc.constant('rate' as const),
    half_stars: fc.integer({ min: 1, max: 10 }),
    rated_at: fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined }),
    now_us: fc.integer({ min: 1_000_000, max: 2_000_000 }),
  }),
  fc.record({ do: fc.constant('remove' as const), now_us: fc.integer({ min: 1_000_000, max: 2_000_000 }) }),
)

test('whatever is commanded: done again it changes nothing, and a version only rises', () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 40 }), (commands) => {
      let rating: Rating | undefined
      for (const command of commands) {
        const decision = decide(rating, command)
        if (isRefusal(decision)) continue
        const after = decision.reduce(evolve, rating)
        if (rating !== undefined && after !== undefined) expect(after.version > rating.version).toBe(decision.length > 0)
        const again = decide(after, command)
        expect(isRefusal(again) || again.length === 0).toBe(true)
        rating = after
      }
    }),
  )
})
