import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { decidePut, type Entry, type Surroundings, type Where } from './entry.ts'
import { longest, placesAfter } from './place.ts'

type List = readonly Entry[]
const ordered = (list: List): readonly string[] => list.toSorted((a, b) => (a.place < b.place ? -1 : 1)).map(({ title_id }) => title_id)

/** What entry-store.ts asks MySQL, of an array. */
function surroundings(list: List, title_id: string, where: Where, most: number): Surroundings {
  const entry = list.find((one) => one.title_id === title_id)
  const places = list.filter((one) => one !== entry).map(({ place }) => place).toSorted((a, b) => (a < b ? -1 : 1))
  const given = { entry, count: list.length, most }
  if (where === 'keep_or_last') return { ...given, between: [places.at(-1) ?? null, null] }
  const anchor_id = where === 'keep_or_first' ? null : 'after' in where ? where.after : where.before
  if (anchor_id === null) return { ...given, between: [null, places[0] ?? null] }
  const anchor = list.find((one) => one.title_id === anchor_id)
  if (anchor === undefined || anchor === entry) return { ...given, between: 'unknown' }
  const index = places.indexOf(anchor.place)
  return { ...given, between: typeof where === 'object' && 'after' in where ? [anchor.place, places[index + 1] ?? null] : [places[index - 1] ?? null, anchor.place] }
}
function placeAnew(list: List): List {
  const sorted = list.toSorted((a, b) => (a.place < b.place ? -1 : 1))
  const places = placesAfter(sorted.at(-1)?.place ?? null, sorted.length)
  return sorted.map(({ title_id }, index) => ({ title_id, place: places[index] ?? '' }))
}
/** The list after a title was put; undefined where that is refused. */
function put(list: List, title_id: string, where: Where, most = 1_000): List | undefined {
  const decision = decidePut(surroundings(list, title_id, where, most), where)
  if (isRefusal(decision)) return undefined
  const [event] = decision
  if (event === undefined) return list
  if (event.type === 'Crowded') return put(placeAnew(list), title_id, where, most)
  return [...list.filter((one) => one.title_id !== title_id), { title_id, place: event.place }]
}
const made = (...title_ids: readonly string[]): List => title_ids.reduce<List>((list, title_id) => put(list, title_id, 'keep_or_last') ?? list, [])

test('a title without a place comes last, and stays where it is when it is there', () => {
  expect(ordered(made('A', 'B', 'C'))).toEqual(['A', 'B', 'C'])
  expect(decidePut(surroundings(made('A', 'B'), 'A', 'keep_or_last', 9), 'keep_or_last')).toEqual([])
  expect(decidePut(surroundings(made('A', 'B'), 'B', 'keep_or_first', 9), 'keep_or_first')).toEqual([])
})
test('a title goes first, after another, or before another', () => {
  expect(ordered(put(made('A', 'B', 'C'), 'C', { after: null }) ?? [])).toEqual(['C', 'A', 'B'])
  expect(ordered(put(made('A', 'B', 'C'), 'A', { after: 'B' }) ?? [])).toEqual(['B', 'A', 'C'])
  expect(ordered(put(made('A', 'B', 'C'), 'C', { before: 'B' }) ?? [])).toEqual(['A', 'C', 'B'])
  expect(ordered(put(made('A', 'B'), 'D', 'keep_or_first') ?? [])).toEqual(['D', 'A', 'B'])
})
test('a title that stands there already is not moved', () => {
  expect(decidePut(surroundings(made('A', 'B', 'C'), 'B', { after: 'A' }, 9), { after: 'A' })).toEqual([])
  expect(decidePut(surroundings(made('A', 'B', 'C'), 'A', { after: null }, 9), { after: null })).toEqual([])
})
test('there is no place next to a title that is not in the list, nor next to itself', () => {
  expect(decidePut(surroundings(made('A'), 'B', { after: 'X' }, 9), { after: 'X' })).toMatchObject({ code: 'entry_not_found', field: 'after' })
  expect(decidePut(surroundings(made('A'), 'A', { before: 'A' }, 9), { before: 'A' })).toMatchObject({ code: 'entry_not_found', field: 'before' })
})
test('a full list takes no title more, but lets those it has move', () => {
  expect(decidePut(surroundings(made('A', 'B'), 'C', 'keep_or_last', 2), 'keep_or_last')).toMatchObject({ code: 'list_full' })
  expect(ordered(put(made('A', 'B'), 'B', { after: null }, 2) ?? [])).toEqual(['B', 'A'])
})
test('places between the same two stay short, as the list is placed anew before they grow too long', () => {
  let list = made('A', 'Z')
  let renewed = 0
  for (let index = 0; index < 1_000; index++) {
    const where = { after: 'A' }
    const decision = decidePut(surroundings(list, `T${index}`, where, 2_000), where)
    if (!isRefusal(decision) && decision[0]?.type === 'Crowded') renewed += 1
    list = put(list, `T${index}`, where, 2_000) ?? list
  }
  expect(renewed).toBeGreaterThan(0)
  expect(Math.max(...list.map(({ place }) => place.length))).toBeLessThanOrEqual(longest)
  expect(ordered(list)).toEqual(['A', ...Array.from({ length: 1_000 }, (_, index) => `T${999 - index}`), 'Z'])
})
test('a list that is placed anew takes no place that it has already', () => {
  const list = made('A', 'B', 'C')
  const places = new Set([...list, ...placeAnew(list)].map(({ place }) => place))
  expect(places.size).toBe(6)
})

const titles = ['A', 'B', 'C', 'D', 'E', 'F']
type Move = { readonly do: 'put'; readonly title: string; readonly where: Where } | { readonly do: 'remove'; readonly title: string }
const title = fc.constantFrom(...titles)
const where: fc.Arbitrary<Where> = fc.oneof(
  fc.constant<Where>('keep_or_last'),
  fc.constant<Where>('keep_or_first'),
  fc.record({ after: fc.option(title, { nil: null }) }),
  fc.record({ before: title }),
)
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), title, where }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), title }) },
)
/** The same of a plain array of titles, which knows no places; undefined where it is refused. */
function modelled(model: readonly string[], { title: one, where: to }: { readonly title: string; readonly where: Where }): readonly string[] | undefined {
  if (typeof to === 'string') return model.includes(one) ? model : to === 'keep_or_last' ? [...model, one] : [one, ...model]
  const rest = model.filter((other) => other !== one)
  const anchor = 'after' in to ? to.after : to.before
  const index = anchor === null ? 0 : rest.indexOf(anchor) + ('after' in to ? 1 : 0)
  return anchor !== null && !rest.includes(anchor) ? undefined : rest.toSpliced(index, 0, one)
}

test('whatever is put, moved and removed: the order is that of an array, and no place is taken twice', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 120 }), (moves) => {
      let list: List = []
      let model: readonly string[] = []
      for (const step of moves) {
        if (step.do === 'remove') {
          list = list.filter(({ title_id }) => title_id !== step.title)
          model = model.filter((one) => one !== step.title)
        } else {
          const [after, expected] = [put(list, step.title, step.where), modelled(model, step)]
          expect(after === undefined).toBe(expected === undefined)
          list = after ?? list
          model = expected ?? model
        }
        expect(ordered(list)).toEqual(model)
        expect(new Set(list.map(({ place }) => place)).size).toBe(list.length)
      }
    }),
  )
})
