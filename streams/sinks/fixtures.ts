/** A view with a column of every type, its rows and its writes: what the sinks' tests have in common. */
import { randomUUID } from 'node:crypto'
import { failurePolicy } from '../runtime/failure.ts'
import { type AnyRow, type RowWrite, specOf } from '../runtime/store.ts'
import { encodeKey, type StoreName, type View } from '../runtime/view.ts'

export const A = 'cdc.user.ratings'
export const B = 'cdc.content.titles'

/** A view of two row kinds, each fed by its own topic, with a column of every type; its name is new each time. */
export const conformanceView = (store: StoreName): View => ({
  name: `conformance-${randomUUID().slice(0, 8)}`, version: 1, build: 0, store, failure: failurePolicy(), from: { [A]: [], [B]: [] }, touches: undefined, apply: () => [],
  rows: {
    entries: {
      key: ['account_id', 'number'], source: A,
      columns: {
        account_id: 'text', number: 'int', note: 'text?', size: 'long', ratio: 'double?', seen: 'bool', seen_at: 'timestamp?', views: 'int?', tags: 'text[]', marks: 'int[]',
      },
    },
    titles: { key: ['title_id'], source: B, columns: { title_id: 'text', name: 'text' } },
  },
})

/** The write of this row, or its removal where `value` is undefined, at this place of the topic. */
export function writeOf(view: View, row: string, key: AnyRow, value: AnyRow | undefined, offset: number, index = 0): RowWrite {
  return { row, id: encodeKey(specOf(view.rows, row), key), key, value, offset, index }
}

export const entry = (account_id: string, number: number, rest: AnyRow = {}): AnyRow => (
  { account_id, number, note: null, size: 0, ratio: null, seen: false, seen_at: null, views: null, tags: [], marks: [], ...rest })
export const title = (title_id: string, name: string): AnyRow => ({ title_id, name })

export const kindOf = (row: AnyRow): string => ('title_id' in row ? 'titles' : 'entries')
export const keyOf = (view: View, row: AnyRow): AnyRow => Object.fromEntries(specOf(view.rows, kindOf(row)).key.map((column) => [column, row[column]]))
export const sorted = (rows: Iterable<AnyRow>): readonly AnyRow[] => [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

/** Small generator of the same whole numbers below a bound every time (Park and Miller). */
export const numbers = (seed: number) => (below: number): number => {
  seed = seed * 48_271 % 2_147_483_647
  return seed % below
}
