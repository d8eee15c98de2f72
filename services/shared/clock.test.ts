import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createClock, instantOf, newId, nextVersion } from './clock.ts'

test('a version is later than the one before, whatever the clock says', () => {
  fc.assert(fc.property(fc.nat(), fc.integer({ min: 0, max: 2 ** 52 }), (previous, now_us) => nextVersion(previous, now_us) > previous))
})

test('a version is the time where that is later', () => {
  expect(nextVersion(5, 1_000)).toBe(1_000)
  expect(nextVersion(undefined, 1_000)).toBe(1_000)
  expect(nextVersion(2_000, 1_000)).toBe(2_001)
})

test('a clock never repeats itself nor goes back, even when the wall clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 2 }), (walls) => {
      let turn = 0
      const clock = createClock(() => walls[turn++] ?? 0)
      const given = walls.map(() => clock.micros())
      return given.every((version, index) => index === 0 || version > (given[index - 1] ?? 0))
    }),
  )
})

test('a removed row that comes back gets a later version than any this process has seen of it', () => {
  const clock = createClock(() => 1)
  clock.saw(9_000_000) // by another process, whose clock is ahead
  expect(nextVersion(undefined, clock.micros())).toBeGreaterThan(9_000_000)
})

test('ids sort by their time', () => {
  expect(newId(1_700_000_000_000_000) < newId(1_700_000_000_001_000)).toBe(true)
  expect(instantOf(1_700_000_000_001_999)).toBe(1_700_000_000_001)
})
