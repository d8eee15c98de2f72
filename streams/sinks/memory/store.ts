/** A view's rows in a Map: what the other sinks promise, in its plainest form; for tests and verification. */
import { fenceAfter, NO_FENCE } from '../../runtime/fence.ts'
import type { AnyRow, Positions, ViewStore } from '../../runtime/store.ts'
import { cellOf } from '../../runtime/fold.ts'
import type { View } from '../../runtime/view.ts'
import { checkerOf } from '../check.ts'
import type { MemoryConnection } from './connect.ts'
import { tableName } from './compile.ts'

/** Opens the view's rows in the connection's map; several openings of one view share them. */
export function openStore(connection: MemoryConnection, view: View): ViewStore {
  const check = checkerOf(view)
  const table = () => {
    const name = tableName(view)
    const held = connection.tables.get(name) ?? { rows: new Map<string, AnyRow>(), positions: new Map<number, Positions>() }
    connection.tables.set(name, held)
    return held
  }
  const positions = (partition: number): Positions => table().positions.get(partition) ?? { fence: NO_FENCE, next: new Map() }
  return {
    prepare: async () => { table() },
    positions: async (partition) => positions(partition),
    read: async (_partition, refs) => refs.map((ref) => table().rows.get(cellOf(ref.row, ref.id))),
    async flush(batch) {
      const { topic, partition, next, fence, writes } = batch
      check(writes)
      const at = positions(partition)
      if (at.fence !== fence) return 'fenced'
      for (const write of writes) {
        if (write.value === undefined) table().rows.delete(cellOf(write.row, write.id))
        else table().rows.set(cellOf(write.row, write.id), write.value)
      }
      const moved = { fence: fenceAfter(batch), next: new Map(at.next).set(topic, next) }
      table().positions.set(partition, moved)
      return { fence: moved.fence }
    },
    async *scan(row) {
      for (const [cell, value] of table().rows) if (cell.startsWith(`${row}/`)) yield value
    },
    drop: async () => { connection.tables.delete(tableName(view)) },
  }
}
