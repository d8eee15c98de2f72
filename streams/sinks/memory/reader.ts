/** Reads rows of a memory view. */
import { cellOf } from '../../runtime/fold.ts'
import { specOf } from '../../runtime/store.ts'
import { encodeKey, type KeyOf, type RowOf, type RowSpecs, type View } from '../../runtime/view.ts'
import { tableName } from './compile.ts'
import type { MemoryConnection } from './connect.ts'

export interface MemoryReader<R extends RowSpecs> {
  get<N extends keyof R & string>(row: N, key: KeyOf<R[N]>): Promise<RowOf<R[N]> | undefined>
}

export const openReader = <R extends RowSpecs>(connection: MemoryConnection, view: View & { readonly rows: R }): MemoryReader<R> => ({
  get: async (row, key) => connection.tables.get(tableName(view))?.rows.get(cellOf(row, encodeKey(specOf(view.rows, row), key))) as never,
})
