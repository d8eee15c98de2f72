import { expect, test } from 'vitest'
import type { RawRecord } from './kafka.ts'
import { RejectedError, type RowWrite } from './store.ts'
import { cleared, noTrouble, passed, refuse, sliceOf } from './trouble.ts'

const records = (from: number, to: number): readonly RawRecord[] =>
  Array.from({ length: to - from }, (_, place) => ({ offset: from + place, key: null, value: null, timestamp: 0, headers: {} }))
const offsets = (of: readonly RawRecord[]): readonly number[] => of.map(({ offset }) => offset)
const rejection = (...writes: readonly Partial<RowWrite>[]): RejectedError => new RejectedError('no', writes as readonly RowWrite[])

/** Flushes records 0 to 99, of which the store refuses one without saying which; a refusal sends us back to `back`. Answers the flushes it took. */
function flushesUntilDone(culprit: number, back: number): number {
  const trouble = noTrouble()
  let at = 0
  for (let flushes = 1; flushes < 1_000; flushes++) {
    const slice = sliceOf(trouble, records(at, 100).filter(({ offset }) => !trouble.refused.has(offset)))
    if (slice.some(({ offset }) => offset === culprit)) {
      refuse(trouble, slice, rejection())
      at = Math.min(at, back)
    } else {
      at = (slice.at(-1)?.offset ?? 99) + 1
      cleared(trouble, at)
      if (at >= 100) return flushes
    }
  }
  return Infinity
}

test('a record that the store refuses without saying so is found by halving, wherever it is and however far each refusal sends us back', () => {
  for (let culprit = 0; culprit < 100; culprit++) expect([flushesUntilDone(culprit, 100) < 30, flushesUntilDone(culprit, 0) < 60], `culprit ${culprit}`).toEqual([true, true])
})

test('a store that says which record it refuses is believed, unless the record has its offset from another topic', () => {
  const told = noTrouble()
  refuse(told, records(0, 9), rejection({ offset: 4 }))
  expect([...told.refused.keys()]).toEqual([4])
  const redriven = noTrouble()
  refuse(redriven, records(0, 9), rejection({ offset: 4, source: 'cdc.user.ratings' }))
  expect([redriven.refused.size, offsets(sliceOf(redriven, records(0, 9)))]).toEqual([0, [0, 1, 2, 3]])
})

test('what is refused is known until the position has passed it', () => {
  const trouble = noTrouble()
  refuse(trouble, records(5, 9), rejection({ offset: 6 }))
  trouble.failures = 3
  expect(passed(trouble, 2)).toMatchObject({ failures: 0, refused: new Map([[6, expect.anything()]]) })
  expect(passed(trouble, 7)).toBeUndefined()
})

test('an error of another kind accuses nobody', () => {
  const trouble = noTrouble()
  refuse(trouble, records(0, 9), new Error('away'))
  expect(passed(trouble, 0)).toBeUndefined()
})
