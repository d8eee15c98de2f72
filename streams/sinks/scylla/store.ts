/**
 * A view's rows in ScyllaDB. Nothing is compared: each write carries its event's position as timestamp, so what an owner that is
 * late writes loses to what is there, and so does a record that is redriven after newer ones.
 */
import { type AnyRow, RejectedError, type RowWrite, specOf, type ViewStore } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { checkerOf } from '../check.ts'
import {
  compileBatches, createKeyspace, createPositions, createTable, dropTable, movePosition, positionTable, readPositions, readRow, scanRows, tableName, type Together,
} from './compile.ts'
import type { ScyllaConnection } from './connect.ts'
import { isPermanent } from './errors.ts'
import { writeBehind } from './positions.ts'

/** Requests of one flush or read under way at once: a commit log that syncs in groups answers many for the time of one. */
const CONCURRENCY = 256
/** A commit log that syncs in groups of 10 ms answers no sooner. */
const GATHER_MS = 15

async function each<T>(items: readonly T[], task: (item: T, place: number) => Promise<void>): Promise<void> {
  let taken = 0
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, async () => {
    for (let place = taken++; place < items.length; place = taken++) await task(items[place] as T, place)
  }))
}

/** `settle` writes the positions that lag behind their rows. */
export type ScyllaStore = ViewStore & { settle(): Promise<void> }

export function openStore(connection: ScyllaConnection, view: View): ScyllaStore {
  const { keyspace } = connection
  const check = checkerOf(view)
  const positions = positionTable(keyspace, view)
  const kinds = Object.entries(view.rows).map(([row, spec]) => ({ row, spec, table: tableName(keyspace, view, row) }))
  const behind = writeBehind(
    (position) => connection.execute(`moving the position of view '${view.name}', ${position.topic}/${position.partition} to ${position.next}`, movePosition(positions, position)),
    (delay_ms, task) => connection.after(delay_ms, task),
  )

  /** The writes among these that the store will never take: of a batch that it refuses, each is tried alone. */
  async function send(what: string, { statements, writes }: Together): Promise<readonly { readonly write: RowWrite; readonly cause: unknown }[]> {
    try {
      await connection.batch(what, statements)
      return []
    } catch (cause) {
      if (!isPermanent(cause)) throw cause
      const [write] = writes
      if (statements.length === 1 && write !== undefined) return [{ write, cause }]
      const alone = writes.map((one, place) => ({ statements: statements.slice(place, place + 1), writes: [one] }))
      return (await Promise.all(alone.map((one) => send(what, one)))).flat()
    }
  }

  return {
    gather_ms: GATHER_MS,
    async prepare() {
      const ddl = [createKeyspace(keyspace), createPositions(positions), ...kinds.map(({ table, spec }) => createTable(table, spec))]
      for (const query of ddl) await connection.change(`preparing view '${view.name}'`, query)
    },
    async positions(partition) {
      await behind.settle(partition)
      const rows = await connection.query(`reading positions of view '${view.name}', partition ${partition}`, readPositions(positions, partition))
      return { fence: '', next: new Map(rows.map(({ topic, next }) => [String(topic), Number(next)])) }
    },
    async read(_partition, refs) {
      const found: (AnyRow | undefined)[] = refs.map(() => undefined)
      await each(refs, async (ref, place) => {
        const [row] = await connection.query(`reading a row '${ref.row}' of view '${view.name}'`, readRow(tableName(keyspace, view, ref.row), specOf(view.rows, ref.row), ref))
        found[place] = row
      })
      return found
    },
    async flush(batch) {
      const what = `flushing ${batch.writes.length} rows of view '${view.name}', ${batch.topic}/${batch.partition} from ${batch.from}`
      const stray = batch.writes.find((write) => specOf(view.rows, write.row).source !== (write.source ?? batch.topic))
      if (stray !== undefined) throw new Error(`${what}: row '${stray.row}' has source '${specOf(view.rows, stray.row).source}'`)
      check(batch.writes)
      await behind.settleFailed()
      const rejected: { readonly write: RowWrite; readonly cause: unknown }[] = []
      await each(compileBatches(keyspace, view, batch.writes), async (together) => { rejected.push(...await send(what, together)) })
      const [first] = rejected
      if (first !== undefined) throw new RejectedError(first.cause instanceof Error ? first.cause.message : what, rejected.map(({ write }) => write), { cause: first.cause })
      behind.note(batch.partition, batch.topic, batch.next)
      return { fence: '' }
    },
    settle: () => behind.settle(),
    async *scan(row) {
      for (const query of scanRows(tableName(keyspace, view, row), specOf(view.rows, row))) yield* connection.stream(`scanning rows '${row}' of view '${view.name}'`, { query, params: [] })
    },
    async drop() {
      behind.forget()
      for (const table of [positions, ...kinds.map((kind) => kind.table)]) await connection.change(`dropping ${table}`, dropTable(table))
    },
  }
}
