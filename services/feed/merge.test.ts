import fc from 'fast-check'
import { expect, test } from 'vitest'
import { merge, newestFirst, pageOf } from './merge.ts'
import type { Activity, Place } from './ports.ts'
import { activity } from './testing.ts'

const activities = fc.uniqueArray(fc.record({ number: fc.nat(400), by: fc.nat(3), ago: fc.nat(40) }), { selector: ({ number, by }) => `${number} ${by}`, maxLength: 60 })
  .map((all) => all.map(({ number, by, ago }) => activity(number, by, ago)))

test('lists read page by page from one place come to all they have, once and in order', () => {
  const holding = activities.chain((all) => fc.tuple(fc.constant(all), fc.array(fc.nat(7), { minLength: all.length, maxLength: all.length }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 })))
  fc.assert(fc.property(holding, ([all, places, limits]) => {
    // each is in some of three lists, or in none
    const lists = [1, 2, 4].map((bit) => all.filter((_, index) => ((places[index] ?? 0) & bit) !== 0).toSorted(newestFirst))
    const read: Activity[] = []
    for (let after: Place | undefined, ended = false; !ended; after = read.at(-1)) {
      const from = after
      const merged = merge(lists.map((list, index) => {
        const limit = limits[index] ?? 1
        return pageOf(list.filter((one) => from === undefined || newestFirst(one, from) > 0).slice(0, limit), { limit })
      }))
      read.push(...merged.activities)
      ended = merged.ended
    }
    expect(read).toEqual(all.filter((_, index) => places[index] !== 0).toSorted(newestFirst))
  }))
})

test('what two lists tell differently is told as it was told last, whichever comes first', () => {
  const [old, young] = [activity(1, 2, 5), activity(1, 2, 5, { version: 2, half_stars: 3 })]
  const page = (one: Activity) => ({ activities: [one], ended: true })
  expect(merge([page(old), page(young)]).activities).toEqual([young])
  expect(merge([page(young), page(old)]).activities).toEqual([young])
})
