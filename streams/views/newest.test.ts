import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Held, type Newest, nothingYet, type Place, putIn, takeOut } from './newest.ts'

type Entry = readonly [occurred_at: number, id: string, mark: number]
const keyOf = ([occurred_at, id]: Held): string => `${occurred_at} ${id}`
const newestFirst = (a: Held, b: Held): number => b[0] - a[0] || (a[1] === b[1] ? 0 : a[1] > b[1] ? -1 : 1)

/** What is told of a list: an entry that is put, or a place that is left. Few places, so that they meet often. */
const told = fc.array(fc.record({ at: fc.nat(4), id: fc.constantFrom('a', 'b', 'c'), isPut: fc.boolean() }), { maxLength: 60, size: 'max' })
const most = fc.integer({ min: 1, max: 6 })
const apply = (list: Newest<Entry>, all: readonly { readonly at: number; readonly id: string; readonly isPut: boolean }[], limit: number): Newest<Entry> =>
  all.reduce((now, { at, id, isPut }, mark) => (isPut ? putIn(now, [at, id, mark], limit) : takeOut(now, [at, id])), list)

test('all that is newer than the cut is held, as it was told last, and what is cut off stays so', () => {
  fc.assert(fc.property(told, most, (all, limit) => {
    const there = new Map<string, Entry>()
    let list: Newest<Entry> = nothingYet
    let cut: Place | null = null
    for (const [mark, { at, id, isPut }] of all.entries()) {
      if (isPut) there.set(keyOf([at, id]), [at, id, mark])
      else there.delete(keyOf([at, id]))
      list = isPut ? putIn(list, [at, id, mark], limit) : takeOut(list, [at, id])
      const newer = [...there.values()].filter((one) => list.cut === null || newestFirst(one, list.cut) < 0).toSorted(newestFirst)
      expect(list.held).toEqual(newer)
      expect(list.held.length <= limit && (cut === null || (list.cut !== null && newestFirst(list.cut, cut) <= 0))).toBe(true)
      cut = list.cut
    }
    if (all.length <= limit) expect(cut).toBeNull()
  }), { numRuns: 500 })
})

test('what changes nothing is the same list, and what is given is left as it was', () => {
  fc.assert(fc.property(told, told, most, (before, later, limit) => {
    const list = apply(nothingYet, before, limit)
    const copy = structuredClone(list)
    apply(list, later, limit)
    expect(list).toEqual(copy)
    expect(takeOut(list, [9, 'nobody'])).toBe(list)
    if (list.cut !== null) expect(putIn(list, [...list.cut, 1], limit)).toBe(list)
  }))
})
