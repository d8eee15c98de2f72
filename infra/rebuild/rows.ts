/** Rows of a build read again by name, and told apart by what they hold. */
import { hash } from 'node:crypto'
import { cellOf } from '@cdlc/streams/runtime/fold.ts'
import { partitionOf } from '@cdlc/streams/runtime/partition.ts'
import { type AnyRow, type RowRef, specOf, type ViewStore } from '@cdlc/streams/runtime/store.ts'
import { canonical } from '@cdlc/streams/runtime/verify.ts'
import { encodeKey, ownRows, type RowSpec, type View } from '@cdlc/streams/runtime/view.ts'

export interface Row { readonly ref: RowRef; readonly cell: string; readonly value: AnyRow }

/** Equal for equal rows; sixteen characters, so that those of millions of rows fit in memory. */
export const digest = (value: AnyRow | undefined): string => (value === undefined ? 'none' : hash('sha1', canonical(value), 'base64url').slice(0, 16))

/** The key of a whole row. */
export const keyOf = (spec: RowSpec, value: AnyRow): AnyRow => Object.fromEntries(spec.key.map((column) => [column, value[column]]))

/** Every row that is the view's own. */
export async function* rowsOf(view: View, store: Pick<ViewStore, 'scan'>): AsyncIterable<Row> {
  for (const row of ownRows(view)) {
    const spec = specOf(view.rows, row)
    for await (const value of store.scan(row)) {
      const id = encodeKey(spec, value)
      yield { ref: { row, id, key: keyOf(spec, value) }, cell: cellOf(row, id), value }
    }
  }
}

/** Rows in one read: a store answers each of them by itself. */
const ROWS_PER_READ = 500

/** What these rows are now, by cell. A row lies in the partition of its first key column. */
export async function readAgain(view: View, store: Pick<ViewStore, 'read'>, refs: Iterable<RowRef>, partitions: number): Promise<ReadonlyMap<string, AnyRow | undefined>> {
  const found = new Map<string, AnyRow | undefined>()
  const placed = Map.groupBy(refs, ({ row, key }) => partitionOf(String(key[specOf(view.rows, row).key[0] ?? '']), partitions))
  for (const [partition, own] of placed) {
    for (let start = 0; start < own.length; start += ROWS_PER_READ) {
      const page = own.slice(start, start + ROWS_PER_READ)
      const rows = await store.read(partition, page)
      page.forEach((ref, place) => found.set(cellOf(ref.row, ref.id), rows[place]))
    }
  }
  return found
}
