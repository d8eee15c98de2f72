/**
 * A view's rows in ScyllaDB. Nothing is compared: each write carries its event's position as timestamp, so what an owner that is
 * late writes loses to what is there. The position is written last, so it never runs ahead of the rows.
 */
import { type AnyRow, specOf, type ViewStore } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { compileBatches, createKeyspace, createPositions, createTable, dropTable, movePosition, positionTable, readPositions, readRow, scanRows, tableName } from './compile.ts'
import type { ScyllaConnection } from './connect.ts'

/** Requests of one flush or read under way at once. */
const CONCURRENCY = 64

async function each<T>(items: readonly T[], task: (item: T, place: number) => Promise<void>): Promise<void> {
  let taken = 0
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, async () => {
    for (let place = taken++; place < items.length; place = taken++) await task(items[place] as T, place)
  }))
}

export function openStore(connection: ScyllaConnection, view: View): ViewStore {
  const { keyspace } = connection
  const positions = positionTable(keyspace, view)
  const kinds = Object.entries(view.rows).map(([row, spec]) => ({ row, spec, table: tableName(keyspace, view, row) }))
  return {
    async prepare() {
      const ddl = [createKeyspace(keyspace), createPositions(positions), ...kinds.map(({ table, spec }) => createTable(table, spec))]
      for (const query of ddl) await connection.change(`preparing view '${view.name}'`, query)
    },
    async positions(partition) {
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
      const stray = batch.writes.find((write) => specOf(view.rows, write.row).source !== batch.topic)
      if (stray !== undefined) throw new Error(`${what}: row '${stray.row}' has source '${specOf(view.rows, stray.row).source}'`)
      await each(compileBatches(keyspace, view, batch.writes), (statements) => connection.batch(what, statements))
      await connection.execute(what, movePosition(positions, batch))
      return { fence: '' }
    },
    scan: (row) => connection.stream(`scanning rows '${row}' of view '${view.name}'`, { query: scanRows(tableName(keyspace, view, row), specOf(view.rows, row)), params: [] }),
    async drop() {
      for (const table of [positions, ...kinds.map((kind) => kind.table)]) await connection.change(`dropping ${table}`, dropTable(table))
    },
  }
}
