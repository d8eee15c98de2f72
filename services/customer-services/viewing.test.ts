import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { counted, spelled } from './day.ts'
import { decide, evolve, mostViewings, verdictOf, type OtherViewing, type Viewing, type ViewingCommand } from './viewing.ts'

/** 2023-11-14 22:13 UTC. */
const now_us = 1_700_000_000_000_000
const now_ms = now_us / 1_000
type Add = Extract<ViewingCommand, { readonly do: 'add' }>
const add = (fields: Partial<Add['fields']> = {}, others: readonly OtherViewing[] = [], viewings = others.length): ViewingCommand => ({
  do: 'add', viewing_id: 'V', profile_id: 'P', now_us, others, viewings,
  fields: { title_id: 'heat', watched_on: counted('2020-02-29'), half_stars: 9, liked: true, tags: ['with Kim'], ...fields },
})
const seen = (watched_on: string | null, half_stars: number | null = null): OtherViewing => ({ watched_on: counted(watched_on), half_stars })
function given(...commands: readonly ViewingCommand[]): Viewing | undefined {
  return commands.reduce<Viewing | undefined>((viewing, command) => {
    const decision = decide(viewing, command)
    if (isRefusal(decision)) throw new Error(decision.code)
    return decision.reduce(evolve, viewing)
  }, undefined)
}

test('a day is counted and spelled, before the epoch too', () => {
  for (const day of ['1969-12-31', '1970-01-01', '2024-02-29', null]) expect(spelled(counted(day))).toBe(day)
  expect([counted('1969-12-31'), counted('1970-01-02')]).toEqual([-1, 1])
})
test('a viewing is entered as it was told', () => {
  expect(given(add())).toEqual({
    viewing_id: 'V', profile_id: 'P', title_id: 'heat', watched_on: counted('2020-02-29'), half_stars: 9, liked: true, rewatch: false, tags: ['with Kim'],
    version: now_us, created_at: now_ms, updated_at: now_ms,
  })
})
test.each([
  ['nothing was seen before', [], false],
  ['it was seen on an earlier day', [seen('2019-01-01')], true],
  ['it was seen on the same day', [seen('2020-02-29')], true],
  ['it was seen, and nobody knows when', [seen(null)], true],
  ['it was seen on later days alone', [seen('2020-03-01'), seen('2021-01-01')], false],
] as const)('a viewing of which nothing else was said is a rewatch or not: %s', (_, others, expected) => {
  expect(given(add({}, others))?.rewatch).toBe(expected)
  expect(given(add({ rewatch: !expected }, others))?.rewatch).toBe(!expected)
})
test('nobody has seen anything tomorrow, but where it is tomorrow already', () => {
  expect(given(add({ watched_on: counted('2023-11-15') }))).toBeDefined()
  expect(decide(undefined, add({ watched_on: counted('2023-11-16') }))).toMatchObject({ code: 'watched_in_future', field: 'watched_on' })
  expect(decide(given(add()), { do: 'revise', changes: { watched_on: counted('2023-11-16') }, now_us })).toMatchObject({ code: 'watched_in_future' })
})
test('there is an end to it', () => {
  expect(decide(undefined, add({}, [], mostViewings - 1))).toHaveLength(1)
  expect(decide(undefined, add({}, [], mostViewings))).toMatchObject({ code: 'too_many_viewings' })
})
test('a change raises the version, keeps what was not spoken of, and takes away what is null', () => {
  const after = given(add(), { do: 'revise', changes: { half_stars: null, watched_on: null, tags: [] }, now_us: now_us + 5_000 })
  expect(after).toEqual({ ...given(add()), half_stars: null, watched_on: null, tags: [], version: now_us + 5_000, updated_at: now_ms + 5 })
})
test('what is so already changes nothing', () => {
  expect(decide(given(add()), { do: 'revise', changes: { liked: true, tags: ['with Kim'], half_stars: 9 }, now_us: now_us + 1 })).toEqual([])
})
test('a writer who names a version changes that version only', () => {
  const viewing = given(add())
  expect(decide(viewing, { do: 'remove', expected: [now_us - 1], now_us })).toMatchObject({ code: 'version_mismatch' })
  expect(decide(viewing, { do: 'revise', changes: { liked: false }, expected: [], now_us })).toMatchObject({ code: 'version_mismatch' })
  expect(decide(viewing, { do: 'remove', expected: [now_us], now_us })).toEqual([{ type: 'ViewingRemoved', version: now_us }])
})
test('what is not there is neither changed nor removed', () => {
  for (const command of [{ do: 'remove', now_us }, { do: 'revise', changes: { liked: false }, now_us }] as const) expect(decide(undefined, command)).toMatchObject({ code: 'viewing_not_found' })
})
test('whatever is changed: done again it changes nothing, and a version only rises', () => {
  const [watched_on, half_stars] = [fc.constantFrom(null, 10_957, 18_321), fc.constantFrom(null, 1, 10)]
  const changes = fc.record({ watched_on, half_stars, liked: fc.boolean(), rewatch: fc.boolean(), tags: fc.constantFrom([], ['a'], ['a', 'b'], ['b']) }, { requiredKeys: [] })
  fc.assert(fc.property(fc.array(changes, { maxLength: 20 }), (all) => {
    let viewing = given(add())
    for (const one of all) {
      const command: ViewingCommand = { do: 'revise', changes: one, now_us: now_us - 1 }
      const decision = decide(viewing, command)
      if (isRefusal(decision)) throw new Error(decision.code)
      const after = decision.reduce(evolve, viewing)
      expect((after?.version ?? 0) > (viewing?.version ?? 0)).toBe(decision.length > 0)
      expect(after).toMatchObject(one)
      expect(decide(after, command)).toEqual([])
      viewing = after
    }
  }))
})

describe('the stars of a viewing', () => {
  const verdict = (watched_on: string | null, others: readonly OtherViewing[] = [], rated_at?: string, half_stars: number | null = 7) =>
    verdictOf({ watched_on: counted(watched_on), half_stars }, { others, rated_at: rated_at === undefined ? undefined : Date.parse(rated_at), now_ms })

  test('become the rating of the title, as of that day', () => {
    expect(verdict('2020-02-29')).toEqual({ half_stars: 7, rated_at: Date.parse('2020-02-29T00:00:00Z') })
  })
  test('of today, of tomorrow where it is, and of nobody knows when, become it now', () => {
    for (const watched_on of ['2023-11-14', '2023-11-15', null]) expect(verdict(watched_on)).toEqual({ half_stars: 7 })
  })
  test('do not where there are none', () => {
    expect(verdict('2020-02-29', [], undefined, null)).toBeUndefined()
  })
  test('give way to those of a later viewing, and to no other', () => {
    expect(verdict('2020-02-29', [seen('2020-03-01', 3)])).toBeUndefined()
    expect(verdict(null, [seen('1999-01-01', 3)])).toBeUndefined()
    for (const other of [seen('2020-03-01'), seen('2020-02-29', 3), seen('2019-01-01', 3), seen(null, 3)]) expect(verdict('2020-02-29', [other])).toMatchObject({ half_stars: 7 })
    expect(verdict(null, [seen(null, 3), seen('1999-01-01')])).toEqual({ half_stars: 7 })
  })
  test('give way to a rating of a later day, and replace one of the same day or before', () => {
    expect(verdict('2020-02-29', [], '2020-03-01T00:00:00Z')).toBeUndefined()
    for (const rated_at of ['2020-02-29T23:59:59Z', '1960-01-01T00:00:00Z']) expect(verdict('2020-02-29', [], rated_at)).toMatchObject({ half_stars: 7 })
    expect(verdict(null, [], '2023-11-14T22:00:00Z')).toEqual({ half_stars: 7 })
  })
})
