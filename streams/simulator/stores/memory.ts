/** The memory sink behind a network. */
import { openStore } from '../../sinks/memory/store.ts'
import type { MemoryConnection } from '../../sinks/memory/connect.ts'
import { serverOf, type SimulatedStore, type StoreWorld } from './store.ts'

export function createMemory({ network, view }: StoreWorld): SimulatedStore {
  const server = serverOf('memory')
  const connection: MemoryConnection = { tables: new Map() }
  const store = openStore(connection, view)
  const tables = () => [...connection.tables].map(([name, { rows, positions }]) => [name, { rows: new Map(rows), positions: new Map(positions) }] as const)
  return {
    server,
    loses: 'at any time',
    open: (process) => ({
      prepare: () => network.call(process, server, 'prepare', () => store.prepare()),
      positions: (partition) => network.call(process, server, `positions of ${partition}`, () => store.positions(partition)),
      read: (partition, refs) => network.call(process, server, `read ${refs.map(({ id }) => id).join(' ')}`, () => store.read(partition, refs)),
      flush: (batch) => network.call(process, server, `flush ${batch.topic}/${batch.partition} from ${batch.from} to ${batch.next} on fence ${batch.fence}`, () => store.flush(batch)),
      scan: (row) => store.scan(row),
      drop: () => store.drop(),
    }),
    remember() {
      const kept = tables()
      return () => {
        connection.tables.clear()
        for (const [name, table] of kept) connection.tables.set(name, { rows: new Map(table.rows), positions: new Map(table.positions) })
      }
    },
    wipe: () => { connection.tables.clear() },
    rows: (row) => [...connection.tables.values()].flatMap(({ rows }) => [...rows].filter(([cell]) => cell.startsWith(`${row}/`)).map(([, value]) => value)),
  }
}
