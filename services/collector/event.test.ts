import { describe, expect, test } from 'vitest'
import { ahead_ms, oldest_ms, sift } from './event.ts'
import { dwell, impression, now_ms, search, ulid } from './testing.ts'

const whose = { consent: true, profile_id: undefined }
const at = (ms: number) => impression(1, { occurred_at: new Date(ms).toISOString() })
const without = (event: Readonly<Record<string, unknown>>, field: string) => Object.fromEntries(Object.entries(event).filter(([name]) => name !== field))
const why = (event: unknown) => sift([event], whose, now_ms).rejected.map(({ code, message }) => `${code}: ${message}`)

test('a bad event is rejected by its place, and takes no other with it', () => {
  const { kept, rejected } = sift([impression(1), { kind: 'sneeze' }, search(2, 'heat'), null, dwell(3)], whose, now_ms)
  expect(kept.map(({ event_id }) => event_id)).toEqual([ulid(1), ulid(2), ulid(3)])
  expect(rejected.map(({ index, code }) => [index, code])).toEqual([[1, 'invalid_event'], [3, 'invalid_event']])
})

test('an event that comes twice is kept twice: readers go by its id', () => {
  expect(sift([impression(1), impression(1)], whose, now_ms).kept).toHaveLength(2)
})

describe('an event is rejected', () => {
  test.each([
    ['without a kind', without(impression(1), 'kind'), "'kind' must be one of impression, click, search, dwell"],
    ['of a kind that every object has', { kind: 'constructor' }, "'kind' must be one of impression, click, search, dwell"],
    ['that is a word', 'impression', "'kind' must be one of impression, click, search, dwell"],
    ['without an id', without(impression(1), 'event_id'), "'event_id' is required"],
    ['with an id that is none', impression(1, { event_id: 'x' }), "'event_id' holds characters"],
    ['at no instant', impression(1, { occurred_at: 'yesterday' }), "'occurred_at' must match format"],
    ['on a surface that is no slug', impression(1, { surface: 'Ada’s room' }), "'surface' holds characters"],
    ['of no title', without(impression(1), 'title_id'), "'title_id' is required"],
    ['at a place that is none', impression(1, { position: -1 }), "'position' must be >= 0"],
    ['with a session that may hold words', impression(1, { session: 'ada lovelace' }), "'session' holds characters"],
    ['with a session that is long', impression(1, { session: 'x'.repeat(41) }), "'session' must NOT have more than 40 characters"],
    ['with more than it has', impression(1, { email: 'ada@example.org' }), "'email' is not a field"],
    ['with words where nobody searches', impression(1, { query: 'heat' }), "'query' is not a field"],
    ['that looks for nothing', search(1, ' '), "'query' holds characters"],
    ['that takes a day and more', { ...dwell(1), dwell_ms: 86_400_001 }, "'dwell_ms' must be <= 86400000"],
  ])('%s', (_case, event, words) => {
    expect(why(event)).toEqual([expect.stringContaining(`invalid_event: ${words}`)])
  })

  test('when it is more than 7 days old', () => {
    expect(why(at(now_ms - oldest_ms))).toEqual([])
    expect(why(at(now_ms - oldest_ms - 1))).toEqual(["too_old: 'occurred_at' is more than 7 days ago"])
  })

  test('when it is yet to come, by more than clocks differ', () => {
    expect(why(at(now_ms + ahead_ms))).toEqual([])
    expect(why(at(now_ms + ahead_ms + 1))).toEqual(["in_future: 'occurred_at' is yet to come"])
  })
})

test('no word of a rejected event is in what is said of it', () => {
  expect(why({ ...search(1, 'my secret'), query: `my secret${'x'.repeat(200)}` }).join()).not.toContain('secret')
})
