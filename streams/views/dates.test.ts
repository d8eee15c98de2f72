import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isoDate, isoDateOrNull, isoInstant } from './dates.ts'

describe('dates by arithmetic', () => {
  it('names days on both sides of the epoch and around leap days', () => {
    expect([-719_468, -1, 0, 58, 59, 11_016, 19_782].map(isoDate))
      .toEqual(['0000-03-01', '1969-12-31', '1970-01-01', '1970-02-28', '1970-03-01', '2000-02-29', '2024-02-29'])
  })

  it('keeps null', () => expect([isoDateOrNull(null), isoDateOrNull(0)]).toEqual([null, '1970-01-01']))

  it('agrees with Date on every day and instant of years 0 to 9999', () => {
    const from = Date.UTC(2000, 0, 1) - 2000 * 365.2425 * 86_400_000
    fc.assert(fc.property(fc.integer({ min: from, max: Date.UTC(9999, 11, 31) }), (ms) => {
      expect(isoInstant(ms)).toBe(new Date(ms).toISOString())
      expect(isoDate(Math.floor(ms / 86_400_000))).toBe(new Date(ms).toISOString().slice(0, 10))
    }))
  })
})
