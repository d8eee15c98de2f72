/**
 * Laws that every sink is held to, whatever happens: random histories of rows, flushed by several owners in random cuts, some of them
 * late, some dying before or after a flush. In the end the rows are those of the history, and so, where a store fences, at every moment.
 *
 * A failing case prints its seed and path; `CDLC_LAWS_SEED=<seed> CDLC_LAWS_PATH=<path>` runs it again.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AnyRow, Positions, RowWrite, ViewStore } from '../runtime/store.ts'
import type { StoreName, View } from '../runtime/view.ts'
import { A, conformanceView, sorted, writeOf } from './fixtures.ts'

/** What one record writes: rows of one account, by number, or their removal. */
interface Record { readonly account: number; readonly number: number; readonly act: 'put' | 'remove' | 'nothing' | 'many'; readonly note: string }
interface Step { readonly owner: number; readonly partition: number; readonly take: number; readonly act: 'flush' | 'late' | 'die before' | 'die after' | 'read' }
export interface Case { readonly logs: readonly (readonly Record[])[]; readonly steps: readonly Step[] }

const OWNERS = 3
const MANY = 40

const records = fc.array(fc.record({
  account: fc.nat(4), number: fc.nat(1), note: fc.string({ unit: 'grapheme', maxLength: 40 }),
  act: fc.oneof({ weight: 6, arbitrary: fc.constant('put' as const) }, { weight: 3, arbitrary: fc.constant('remove' as const) },
    { weight: 2, arbitrary: fc.constant('nothing' as const) }, { weight: 1, arbitrary: fc.constant('many' as const) }),
}), { maxLength: 60 })
const steps = fc.array(fc.record({
  owner: fc.nat(OWNERS - 1), partition: fc.nat(1), take: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant(1_000)),
  act: fc.oneof({ weight: 6, arbitrary: fc.constant('flush' as const) }, { weight: 2, arbitrary: fc.constant('late' as const) },
    { weight: 4, arbitrary: fc.constantFrom('die before' as const, 'die after' as const, 'read' as const, 'read' as const) }),
}), { maxLength: 25 })
const cases: fc.Arbitrary<Case> = fc.record({ logs: fc.tuple(records, records), steps })

/** A row counts its puts since it was last removed: a record that is applied twice, or left out, is seen in it. */
const rowOf = (account_id: string, number: number, views: number, note: string): AnyRow =>
  ({ account_id, number, note, size: views, ratio: views / 3, seen: views % 2 === 0, seen_at: views * 1_000, views, tags: [note], marks: [views] })

type Rows = Map<string, AnyRow>

/** Writes of one record over the rows before it, which are brought up to date. */
function writesOf(view: View, prefix: string, record: Record, offset: number, rows: Rows): readonly RowWrite[] {
  if (record.act === 'nothing') return []
  const numbers = record.act === 'many' ? Array.from({ length: MANY }, (_, number) => number) : [record.number]
  return numbers.map((number, index) => {
    const key = { account_id: `${prefix}:${record.account}`, number }
    const id = writeOf(view, 'entries', key, undefined, offset).id
    const value = record.act === 'remove' ? undefined : rowOf(key.account_id, number, Number(rows.get(id)?.['views'] ?? 0) + 1, record.note)
    if (value === undefined) rows.delete(id)
    else rows.set(id, value)
    return writeOf(view, 'entries', key, value, offset, index)
  })
}

/** What a view's worker would flush of records [from, until): the last write of each row. Folds read the rows from the store, projections know them. */
async function effectOf(view: View, store: ViewStore, folds: boolean, prefix: string, partition: number, log: readonly Record[], from: number, until: number): Promise<readonly RowWrite[]> {
  const rows: Rows = new Map()
  if (folds) {
    const touched = new Map(log.slice(from, until).flatMap((record, place) => writesOf(view, prefix, record, from + place, new Map()).map((write) => [write.id, write] as const)))
    const refs = [...touched.values()]
    const found = await store.read(partition, refs)
    refs.forEach(({ id }, place) => { if (found[place] !== undefined) rows.set(id, found[place]) })
  } else {
    log.slice(0, from).forEach((record, offset) => writesOf(view, prefix, record, offset, rows))
  }
  const writes = log.slice(from, until).flatMap((record, place) => writesOf(view, prefix, record, from + place, rows))
  return [...new Map(writes.map((write) => [write.id, write])).values()]
}

function rowsAfter(view: View, prefix: string, log: readonly Record[], until: number): readonly AnyRow[] {
  const rows: Rows = new Map()
  log.slice(0, until).forEach((record, offset) => writesOf(view, prefix, record, offset, rows))
  return sorted(rows.values())
}

interface Owner { store: ViewStore; now: Map<number, Positions>; readonly old: Map<number, Positions> }

export interface Laws {
  readonly open: (view: View) => Promise<ViewStore>
  /** Whether late owners are refused; else they are harmless, and rows may be ahead of positions. */
  readonly fences: boolean
  readonly runs: number
}

/** Registers the laws of one sink. Cases share a view; each has two partitions of its own. */
export function laws(kind: StoreName, { open, fences, runs }: Laws): void {
  describe(`a history of rows in ${kind}`, { timeout: 600_000 }, () => {
    const view = conformanceView(kind)
    let store: ViewStore
    let used = 0
    beforeAll(async () => {
      store = await open(view)
      await store.prepare()
    }, 120_000)
    afterAll(() => store.drop(), 120_000)

    async function check({ logs, steps: chosen }: Case): Promise<void> {
      const first = used
      used += logs.length
      const prefixOf = (place: number): string => `p${first + place}`
      const logOf = (place: number): readonly Record[] => logs[place] ?? []
      const owners: Owner[] = []
      for (let owner = 0; owner < OWNERS; owner++) owners.push({ store: await open(view), now: new Map(), old: new Map() })

      async function believed(owner: Owner, place: number): Promise<Positions> {
        const positions = owner.now.get(place) ?? await owner.store.positions(first + place)
        owner.now.set(place, positions)
        if (!owner.old.has(place)) owner.old.set(place, positions)
        return positions
      }
      async function flush(owner: Owner, place: number, take: number, late: boolean): Promise<void> {
        const now = await believed(owner, place)
        const { fence, next } = late ? owner.old.get(place) ?? now : now
        const from = next.get(A) ?? 0
        const until = Math.min(logOf(place).length, from + take)
        if (until === from && take > 0) return
        const writes = await effectOf(view, owner.store, fences, prefixOf(place), first + place, logOf(place), from, until)
        const flushed = await owner.store.flush({ topic: A, partition: first + place, from, next: until, fence, writes })
        if (flushed === 'fenced' || late) owner.now.delete(place)
        else owner.now.set(place, { fence: flushed.fence, next: new Map(next).set(A, until) })
      }
      async function step({ owner: chosenOwner, partition: place, take, act }: Step): Promise<void> {
        const owner = owners[chosenOwner]
        if (owner === undefined) return
        if (act === 'flush' || act === 'late' || act === 'die after') await flush(owner, place, take, act === 'late')
        if (act === 'read') {
          const positions = await owner.store.positions(first + place)
          owner.now.set(place, positions)
          owner.old.set(place, positions)
        }
        if (act === 'die before' || act === 'die after') owners[chosenOwner] = { store: await open(view), now: new Map(), old: new Map() }
      }
      async function rows(): Promise<readonly (readonly AnyRow[])[]> {
        const found = logs.map((): AnyRow[] => [])
        for await (const row of store.scan('entries')) {
          const [prefix] = String(row['account_id']).split(':')
          logs.forEach((_, place) => { if (prefix === prefixOf(place)) found[place]?.push(row) })
        }
        return found.map(sorted)
      }
      async function expectRowsOfPositions(): Promise<void> {
        const found = await rows()
        for (const place of logs.keys()) {
          const at = (await store.positions(first + place)).next.get(A) ?? 0
          expect(found[place]).toEqual(rowsAfter(view, prefixOf(place), logOf(place), at))
        }
      }

      for (const one of chosen) {
        await step(one)
        if (fences) await expectRowsOfPositions()
      }
      for (const [place, log] of logs.entries()) {
        const last: Owner = { store: await open(view), now: new Map(), old: new Map() }
        // records that write nothing may leave a position where it is
        for (let turn = 0; ((await believed(last, place)).next.get(A) ?? 0) < log.length; turn++) {
          expect(turn, 'turns without an end').toBeLessThan(50)
          await flush(last, place, 25, false)
        }
      }
      expect(await rows()).toEqual(logs.map((log, place) => rowsAfter(view, prefixOf(place), log, log.length)))
    }

    test('is what its records come to, however many owners flush it, late, dying, and in whatever cuts', async () => {
      const { CDLC_LAWS_SEED: seed, CDLC_LAWS_PATH: path } = process.env
      await fc.assert(fc.asyncProperty(cases, check), {
        numRuns: runs, ...(seed === undefined ? {} : { seed: Number(seed) }), ...(path === undefined ? {} : { path, endOnFailure: true }),
      })
    })
  })
}
