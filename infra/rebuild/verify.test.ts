import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { failurePolicy } from '@cdlc/streams/runtime/failure.ts'
import { snapshot } from '@cdlc/streams/runtime/testing.ts'
import type { AnyRow, RowRef } from '@cdlc/streams/runtime/store.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import { compareWithOld } from './verify-old.ts'
import { compareWithTables } from './verify-tables.ts'

const view: View = {
  name: 'things', version: 1, build: 0, store: 'memory', from: { things: ['id', 'n'] }, failure: failurePolicy(), touches: undefined,
  rows: { thing: { key: ['id'], columns: { id: 'text', n: 'int' } }, _redriven: { key: ['id'], columns: { id: 'text', attempt: 'int' } } },
  apply: ({ after }) => (after === null ? [] : [{ put: 'thing', row: after as { id: string; n: number } }]),
}
interface Write { readonly id: string; readonly n: number | undefined }

/** No two builds have redriven the same. */
let redriven = 0

/** A build that applies a log some way; every look at it may find it further on. */
function buildOf(log: readonly Write[], jump: () => number, alter: (rows: Map<string, AnyRow>) => void = () => {}) {
  const rows = new Map<string, AnyRow>()
  let next = 0
  const apply = (to: number): void => {
    for (; next < Math.min(to, log.length); next++) {
      const write = log[next]
      if (write === undefined) return
      if (write.n === undefined) rows.delete(write.id)
      else rows.set(write.id, { id: write.id, n: write.n })
    }
  }
  const look = (): ReadonlyMap<string, AnyRow> => {
    apply(next + jump())
    const seen = new Map(rows)
    alter(seen)
    return seen
  }
  return {
    apply, at: () => next,
    async *scan(row: string) { if (row === 'thing') { for (const value of look().values()) { yield value; look() } } else yield { id: 'x', attempt: redriven++ } },
    async read(_partition: number, refs: readonly RowRef[]) { return refs.map((ref) => look().get(ref.id)) },
  }
}

const ids = ['a', 'b', 'c', 'd', 'e', 'f'] as const
const write = fc.record({ id: fc.constantFrom(...ids), n: fc.option(fc.nat(3), { nil: undefined }) })
/** What the topic holds at first, what is written between two points, and how far builds run ahead at each look. */
const course = fc.record({ before: fc.array(write, { maxLength: 20 }), between: fc.array(fc.array(write, { maxLength: 4 }), { maxLength: 6 }), jumps: fc.infiniteStream(fc.nat(2)) })
type Course = typeof course extends fc.Arbitrary<infer T> ? T : never

function run({ before, between, jumps }: Course, alter: { readonly old?: (rows: Map<string, AnyRow>) => void; readonly fresh?: (rows: Map<string, AnyRow>) => void } = {}) {
  const log = [...before]
  const jump = (): number => jumps.next().value ?? 0
  const [old, fresh] = [buildOf(log, jump, alter.old), buildOf(log, jump, alter.fresh)]
  let point = 0
  return compareWithOld({ view, old, fresh, partitions: 1, pass: async () => {
    const end = log.length
    log.push(...between[point++] ?? [])
    old.apply(end)
    fresh.apply(end)
  } })
}

describe('a new build against the old one', () => {
  test('is never found different where it is right, however both move meanwhile', async () => {
    await fc.assert(fc.asyncProperty(course, async (moves) => {
      expect(await run(moves)).toMatchObject({ differences_total: 0, restless: 0 })
    }), { numRuns: 400 })
  })

  test('is found different in every row that is, and in no other', async () => {
    const damage = { wrong: (rows: Map<string, AnyRow>) => rows.set('a', { id: 'a', n: 99 }), missing: (rows: Map<string, AnyRow>) => rows.delete('a'), extra: (rows: Map<string, AnyRow>) => rows.set('z', { id: 'z', n: 1 }) }
    const cold = course.map((moves) => ({ ...moves, before: [...moves.before, { id: 'a', n: 2 } as const], between: moves.between.map((writes) => writes.filter(({ id }) => id !== 'a')) }))
    await fc.assert(fc.asyncProperty(cold, fc.constantFrom(...Object.keys(damage) as (keyof typeof damage)[]), fc.boolean(), async (moves, kind, inOld) => {
      const verdict = await run(moves, { [inOld ? 'old' : 'fresh']: damage[kind] })
      expect(verdict.differences.map(({ id }) => id)).toEqual([kind === 'extra' ? 'z' : 'a'])
      expect(verdict).toMatchObject({ against: 'old', differences_total: 1, restless: 0 })
    }), { numRuns: 400 })
  })

  const still = (): Course['jumps'] => fc.sample(fc.infiniteStream(fc.constant(0)), 1)[0] as Course['jumps']

  test('is compared in the rows that are the view\'s own', async () => {
    expect(await run({ before: [{ id: 'a', n: 1 }, { id: 'b', n: 1 }], between: [], jumps: still() })).toMatchObject({ rows: 2, looked_at_again: 0, differences_total: 0 })
  })

  test('is found out where a count that is one short catches up with one that is one behind', async () => {
    const short = (rows: Map<string, AnyRow>): void => { rows.set('a', { id: 'a', n: Number(rows.get('a')?.['n'] ?? 0) - 1 }) }
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.infiniteStream(fc.nat(2)), async (busy, jumps) => {
      const between = Array.from({ length: busy }, (_, n) => [{ id: 'a' as const, n: n + 2 }])
      expect(await run({ before: [{ id: 'a', n: 1 }], between, jumps }, { fresh: short })).toMatchObject({ differences_total: 1 })
    }), { numRuns: 300 })
  })

  test('is found out where it keeps a row that was removed while the old build was read', async () => {
    const kept = (rows: Map<string, AnyRow>): void => { rows.set('a', { id: 'a', n: 1 }) }
    const gone = [{ id: 'a' as const, n: undefined }]
    // the builds come to the removal after the old one was read once, and the new one
    const verdict = await run({ before: [{ id: 'a', n: 1 }], between: [[], gone, [], [], [], []], jumps: still() }, { fresh: kept })
    expect(verdict.differences).toEqual([{ row: 'thing', id: 'a', expected: undefined, actual: { id: 'a', n: 1 } }])
  })

  test('is believed of a row that never stands still once it was seen equal, and not before', async () => {
    const between = Array.from({ length: 500 }, (_, n) => [{ id: 'a' as const, n }])
    expect(await run({ before: [], between, jumps: still() })).toMatchObject({ differences_total: 0, restless: 1 })
    let n = 0
    const restless = (rows: Map<string, AnyRow>): void => { rows.set('a', { id: 'a', n: -1 - n++ }) }
    expect(await run({ before: [], between, jumps: still() }, { fresh: restless })).toMatchObject({ differences_total: 1, restless: 0 })
  })
})

/** Tables that change while they are looked at; the build follows some looks later. */
function platform({ late, wrong }: { readonly late: number; readonly wrong?: AnyRow }) {
  const history: ReadonlyMap<string, number>[] = [new Map([['a', 1], ['b', 1]])]
  let looks = 0
  const tick = (): void => { looks++; history.push(new Map([...history.at(-1) ?? [], ['b', looks], ...looks % 2 === 0 ? [['c', looks] as const] : []])) }
  const shown = (): ReadonlyMap<string, AnyRow> => {
    const rows = new Map([...history[Math.max(0, history.length - 1 - late)] ?? []].map(([id, n]) => [id, { id, n } as AnyRow]))
    if (wrong !== undefined) rows.set(String(wrong['id']), wrong)
    return rows
  }
  return {
    snapshot: async () => {
      for (let i = 0; i < 5; i++) tick()
      const now = [...history.at(-1) ?? []]
      return { async *changes(topic: string) { yield now.map(([id, n]) => snapshot(topic, { id, n })) }, close: async () => {} }
    },
    fresh: {
      async *scan(row: string) { if (row === 'thing') yield* shown().values() },
      async read(_partition: number, refs: readonly RowRef[]) { tick(); return refs.map((ref) => shown().get(ref.id)) },
    },
  }
}

describe('a new build against MySQL', () => {
  test('is right where each row was once seen as a snapshot has it, though it lags and both move', async () => {
    const verdict = await compareWithTables({ view, partitions: 1, watch_ms: 400, ...platform({ late: 3 }) })
    expect(verdict).toMatchObject({ against: 'tables', differences_total: 0, restless: 0 })
  })

  test('is found different in a row that never is', async () => {
    const verdict = await compareWithTables({ view, partitions: 1, rounds: 2, watch_ms: 400, ...platform({ late: 1, wrong: { id: 'a', n: 7 } }) })
    expect(verdict.differences).toEqual([{ row: 'thing', id: 'a', expected: { id: 'a', n: 1 }, actual: { id: 'a', n: 7 } }])
  })

  test('is found different in a row that should not be there', async () => {
    const verdict = await compareWithTables({ view, partitions: 1, rounds: 2, watch_ms: 400, ...platform({ late: 1, wrong: { id: 'z', n: 7 } }) })
    expect(verdict.differences).toEqual([{ row: 'thing', id: 'z', expected: undefined, actual: { id: 'z', n: 7 } }])
  })
})
