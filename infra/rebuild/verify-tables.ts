/**
 * Holds a new build against MySQL, row by row, while both go on.
 *
 * A snapshot of the tables says what each row was at one moment, which the build shows a little later, if only for an instant. So rows that
 * differ are watched from the moment of the next snapshot on: a row is right if it was once seen as that snapshot has it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Cells, cellOf } from '@cdlc/streams/runtime/fold.ts'
import { type RowRef, specOf, type ViewStore } from '@cdlc/streams/runtime/store.ts'
import { expectedRows } from '@cdlc/streams/runtime/verify.ts'
import { ownRows, type View } from '@cdlc/streams/runtime/view.ts'
import type { Tables } from '../verify/tables.ts'
import { digest, keyOf, readAgain, rowsOf } from './rows.ts'
import type { BuildVerdict } from './verify-old.ts'

export interface TablesAndNew {
  readonly view: View
  readonly fresh: Pick<ViewStore, 'scan' | 'read'>
  readonly partitions: number
  /** Opens a snapshot of the tables as of now. */
  readonly snapshot: () => Promise<Pick<Tables, 'changes' | 'close'>>
  /** Snapshots after which a row that still differs is different. */
  readonly rounds?: number
  /** How long rows are watched after a snapshot; longer than a write needs to come through. */
  readonly watch_ms?: number
  readonly onProgress?: (rows: number, suspects: number) => void
}

const MAX_SHOWN = 20
const ROUNDS = 15
const WATCH_MS = 2_000
const LOOK_EVERY_MS = 50

/** Reads the tables and the store as a whole, then the rows that differ until they are seen right or the rounds are over. */
export async function compareWithTables({ view, fresh, partitions, snapshot, rounds = ROUNDS, watch_ms = WATCH_MS, onProgress }: TablesAndNew): Promise<BuildVerdict> {
  const first = await snapshot()
  let expected = await expectedIn(view, first)
  const wanted = ({ row, id }: RowRef): string => digest(expected.get(row)?.get(id))
  const suspects = new Map<string, RowRef>()
  const seen = new Set<string>()
  for await (const { cell, ref, value } of rowsOf(view, fresh)) {
    if (wanted(ref) !== digest(value)) suspects.set(cell, ref)
    seen.add(cell)
  }
  for (const row of ownRows(view)) {
    for (const [id, value] of expected.get(row) ?? []) {
      const cell = cellOf(row, id)
      if (value === undefined || seen.has(cell)) continue
      suspects.set(cell, { row, id, key: keyOf(specOf(view.rows, row), value) })
      seen.add(cell)
    }
  }
  const [rows, looked_at_again] = [seen.size, suspects.size]
  let actual: Awaited<ReturnType<typeof readAgain>> = new Map()
  for (let round = 0; round < rounds && suspects.size > 0; round++) {
    onProgress?.(rows, suspects.size)
    const next = await snapshot()
    const sightings = new Map<string, Set<string>>()
    for (const until = performance.now() + watch_ms; performance.now() < until; await delay(LOOK_EVERY_MS)) {
      actual = await readAgain(view, fresh, suspects.values(), partitions)
      for (const [cell, value] of actual) {
        const held = sightings.get(cell) ?? new Set()
        sightings.set(cell, held.add(digest(value)))
      }
    }
    expected = await expectedIn(view, next)
    for (const [cell, ref] of suspects) if (sightings.get(cell)?.has(wanted(ref)) === true) suspects.delete(cell)
  }
  return {
    against: 'tables', rows, looked_at_again, differences_total: suspects.size, restless: 0,
    differences: [...suspects.values()].slice(0, MAX_SHOWN).map(({ row, id }) => ({ row, id, expected: expected.get(row)?.get(id), actual: actual.get(cellOf(row, id)) })),
  }
}

/** What the view should hold by a snapshot, which is closed then. */
async function expectedIn(view: View, tables: Pick<Tables, 'changes' | 'close'>): Promise<Cells> {
  async function* changes() { for (const [topic, columns] of Object.entries(view.from)) yield* tables.changes(topic, columns) }
  try {
    return await expectedRows(view, changes())
  } finally {
    await tables.close()
  }
}
