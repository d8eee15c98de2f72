import { expect, test } from 'vitest'
import { pageShows } from './diary.ts'

const entry = (title_id: string, rated_at: number, version = 1) => ({ profile_id: 'P', title_id, rated_at, half_stars: 5, version })
const page = [entry('C', 30), entry('B', 20), entry('A', 10)]

test('an entry of the page must be on it, in its version', () => {
  expect(pageShows(page, true, undefined, 'B', entry('B', 20))).toBe(true)
  expect(pageShows(page, true, undefined, 'B', entry('B', 20, 2))).toBe(false)
  expect(pageShows(page, true, undefined, 'X', entry('X', 25))).toBe(false)
})
test('an entry older than a full page need not be on it, but on one that is not full it must', () => {
  expect(pageShows(page, true, undefined, 'X', entry('X', 5))).toBe(true)
  expect(pageShows(page, false, undefined, 'X', entry('X', 5))).toBe(false)
})
test("an entry newer than the page's start need not be on it", () => {
  expect(pageShows(page, true, { rated_at: 40, title_id: 'Z' }, 'X', entry('X', 50))).toBe(true)
  expect(pageShows(page, true, { rated_at: 40, title_id: 'Z' }, 'X', entry('X', 35))).toBe(false)
})
test('at the same instant titles descend', () => {
  expect(pageShows(page, true, undefined, '9', entry('9', 10))).toBe(true)
  expect(pageShows(page, true, undefined, 'AA', entry('AA', 10))).toBe(false)
})
test('an entry that is gone, or that moved, must not be where it was', () => {
  expect(pageShows(page, true, undefined, 'B', undefined)).toBe(false)
  expect(pageShows(page, true, undefined, 'X', undefined)).toBe(true)
  expect(pageShows([entry('B', 40), ...page], true, undefined, 'B', entry('B', 40, 2))).toBe(false)
  expect(pageShows(page, true, undefined, 'B', entry('B', 5, 2))).toBe(false)
})
