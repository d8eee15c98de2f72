/** A store that lives as long as its connection. */
import type { AnyRow, Positions, Sink } from '../../runtime/store.ts'
import type { RowSpecs } from '../../runtime/view.ts'
import { type MemoryReader, openReader } from './reader.ts'
import { openStore } from './store.ts'

export interface MemoryConnection {
  readonly tables: Map<string, { readonly rows: Map<string, AnyRow>; readonly positions: Map<number, Positions> }>
}

/** A fresh, empty store. */
export async function connect(): Promise<Sink<MemoryReader<RowSpecs>>> {
  const connection: MemoryConnection = { tables: new Map() }
  return {
    open: (view) => openStore(connection, view),
    reader: (view) => openReader(connection, view),
    ping: async () => {},
    close: async () => { connection.tables.clear() },
  }
}
