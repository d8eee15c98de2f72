import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { decide, evolve, isTold, mostLists, type List, type ListCommand, type ListKind } from './list.ts'

const now_us = 1_700_000_000_000_000
const make = (kind: ListKind = 'custom', count = 0): ListCommand => ({
  do: 'make', now_us, count,
  list: { list_id: 'L', profile_id: 'P', kind, name: 'Heists', description_id: null, visibility: 'public', ranked: false, cloned_from: null },
})
function given(...commands: readonly ListCommand[]): List | undefined {
  return commands.reduce<List | undefined>((list, command) => {
    const decision = decide(list, command)
    if (isRefusal(decision)) throw new Error(decision.code)
    return decision.reduce(evolve, list)
  }, undefined)
}

test('a list is made now, in its first version', () => {
  expect(given(make())).toMatchObject({ list_id: 'L', name: 'Heists', version: now_us, created_at: now_us / 1_000, updated_at: now_us / 1_000 })
})
test('nobody makes more lists than they may have', () => {
  expect(decide(undefined, make('custom', mostLists))).toMatchObject({ code: 'too_many_lists' })
  expect(isRefusal(decide(undefined, make('custom', mostLists - 1)))).toBe(false)
})
test('a change raises the version and keeps when it was made; the same again changes nothing', () => {
  const renamed: ListCommand = { do: 'change', now_us: now_us + 5_000_000, change: { name: 'Bank heists' } }
  expect(given(make(), renamed)).toMatchObject({ name: 'Bank heists', ranked: false, version: now_us + 5_000_000, created_at: now_us / 1_000, updated_at: now_us / 1_000 + 5_000 })
  expect(decide(given(make(), renamed), renamed)).toEqual([])
})
test('a description that is rewritten is a change, though the list names the same text', () => {
  expect(given(make(), { do: 'change', now_us, change: { rewritten: true } })?.version).toBe(now_us + 1)
})
test('a writer who names a version changes and removes that version only', () => {
  for (const command of [{ do: 'change', now_us, change: { ranked: true } }, { do: 'remove', now_us }] as const) {
    expect(decide(given(make()), { ...command, expected: [now_us] })).toHaveLength(1)
    expect(decide(given(make()), { ...command, expected: [now_us - 1] })).toMatchObject({ code: 'version_mismatch' })
  }
})
test('the watchlist and the favourites are neither changed nor removed', () => {
  for (const kind of ['watchlist', 'favourites'] as const) {
    expect(decide(given(make(kind)), { do: 'change', now_us, change: { visibility: 'private' } })).toMatchObject({ code: 'list_is_fixed' })
    expect(decide(given(make(kind)), { do: 'remove', now_us })).toMatchObject({ code: 'list_is_fixed' })
  }
})
test('a list that is removed is told by the version it had, and is no more', () => {
  expect(decide(given(make()), { do: 'remove', now_us })).toEqual([{ type: 'ListRemoved', version: now_us }])
  expect(given(make(), { do: 'remove', now_us })).toBeUndefined()
  expect(decide(undefined, { do: 'remove', now_us })).toMatchObject({ code: 'list_not_found' })
})
test('feeds are told of public lists of a profile alone', () => {
  expect([isTold(given(make())), isTold(given(make('watchlist'))), isTold(undefined)]).toEqual([true, false, false])
  for (const visibility of ['unlisted', 'private'] as const) expect(isTold(given(make(), { do: 'change', now_us, change: { visibility } }))).toBe(false)
})

const change = fc.record(
  { name: fc.constantFrom('A', 'B'), visibility: fc.constantFrom('public', 'unlisted', 'private'), ranked: fc.boolean(), description_id: fc.constantFrom(null, 'D') },
  { requiredKeys: [] },
)

test('whatever is changed: the version rises with each change, and the same again changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ change, now_us: fc.integer({ min: now_us - 10, max: now_us + 10 }) })), (changes) => {
      let list = given(make())
      for (const one of changes) {
        const command = { do: 'change', ...one } as const
        const after = step(list, command)
        expect((after?.version ?? 0) > (list?.version ?? 0)).toBe(after !== list)
        expect(decide(after, command)).toEqual([])
        list = after
      }
    }),
  )
})
function step(list: List | undefined, command: ListCommand): List | undefined {
  const decision = decide(list, command)
  if (isRefusal(decision)) throw new Error(decision.code)
  return decision.reduce(evolve, list)
}
