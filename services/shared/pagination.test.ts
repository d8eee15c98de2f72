import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cursorTo, offsetOf, pageOf } from './pagination.ts'

test('following cursors shows every item once, in order', () => {
  fc.assert(
    fc.property(fc.nat(300), fc.integer({ min: 1, max: 100 }), (count, limit) => {
      const all = Array.from({ length: count }, (_, index) => index)
      const seen: number[] = []
      for (let cursor: string | undefined; ;) {
        const offset = offsetOf('q', cursor)
        const page = pageOf('q', all.slice(offset, offset + limit + 1), { offset, limit })
        seen.push(...page.items)
        if (page.next_cursor === null) break
        cursor = page.next_cursor
      }
      expect(seen).toEqual(all)
    }),
    { numRuns: 50 },
  )
})

test('a cursor of another query, of another shape or of no sense is refused', () => {
  const fine = cursorTo({ q: 'a' }, [20])
  expect(offsetOf({ q: 'a' }, fine)).toBe(20)
  expect(() => offsetOf({ q: 'b' }, fine)).toThrow(/next_cursor/)
  for (const place of [[-1], [1.5], [20, 1], [], [10_001], ['20']]) expect(() => offsetOf('q', cursorTo('q', place))).toThrow(/next_cursor/)
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => offsetOf('q', text)).toThrow(/next_cursor/)
    }),
  )
})
