import { expect, test } from 'vitest'
import { decide, evolve, type NewReview, type Review } from './review.ts'

const written: NewReview = { review_id: 'r', title_id: 't', profile_id: 'p', viewing_id: null, text_id: 'x', half_stars: 8, spoiler: false, language: 'en' }
const review: Review = { ...written, state: 'published', edits: 0, version: 5_000_000, created_at: 5_000, updated_at: 5_000 }
const now_us = 9_000_000
const after = (command: Parameters<typeof decide>[1]): Review | undefined => {
  const events = decide(review, command)
  if (!Array.isArray(events)) throw new Error('refused')
  return (events as Parameters<typeof evolve>[1][]).reduce(evolve, review as Review | undefined)
}

test('a new review is published, and has not been edited', () => {
  expect(decide(undefined, { do: 'write', review: written, now_us })).toEqual([{ type: 'ReviewPut', review: { ...review, version: now_us, created_at: 9_000, updated_at: 9_000 } }])
})

test('other words count as an edit, another flag does not', () => {
  expect(after({ do: 'change', change: { rewritten: true }, now_us })).toMatchObject({ edits: 1, version: now_us, created_at: 5_000, updated_at: 9_000 })
  expect(after({ do: 'change', change: { spoiler: true }, now_us })).toMatchObject({ edits: 0, spoiler: true, version: now_us })
})

test('the same again changes nothing', () => {
  expect(decide(review, { do: 'change', change: { spoiler: false, half_stars: 8 }, now_us })).toEqual([])
  expect(decide(review, { do: 'moderate', state: 'published', now_us })).toEqual([])
})

test('a version rises though the clock stands still', () => {
  expect(after({ do: 'moderate', state: 'hidden', now_us: 1 })).toMatchObject({ state: 'hidden', version: 5_000_001 })
})

test('one that has changed since is neither changed nor removed; one that is not there is not found', () => {
  for (const command of [{ do: 'change', change: { spoiler: true } }, { do: 'remove' }] as const) {
    expect(decide(review, { ...command, expected: [4], now_us })).toMatchObject({ code: 'version_mismatch' })
    expect(decide(undefined, { ...command, now_us })).toMatchObject({ code: 'review_not_found' })
  }
  expect(after({ do: 'remove', expected: [5_000_000], now_us })).toBeUndefined()
})
