/** A processor's rows over keys and bytes: `<row>/<key columns>` and JSON. Keys sort as their columns do, whole numbers by size. */
import { MAX_KEY_BYTES } from './local-store.ts'
import type { KeyedState } from './keyed-state.ts'
import type { State } from './processor.ts'
import { type AnyRow, specOf } from './store.ts'
import type { RowSpecs, Write } from './view.ts'

/** What a write is in the changelog; null removes. */
export type Entry = readonly [key: string, value: Buffer | null]

/** Behind every key that begins with what stands before it: keys are of printable ASCII. */
const BEHIND = '\x7f'

/** The rows as `apply` sees them. */
export function rowsOf(specs: RowSpecs, keyed: KeyedState): State {
  const rows: Record<string, unknown> = {}
  for (const [row, spec] of Object.entries(specs)) {
    rows[row] = {
      get(key: AnyRow) {
        const value = keyed.get(keyOf(row, spec.key, key))
        return value === undefined ? undefined : rowOf(value)
      },
      * scan(prefix: AnyRow, after?: AnyRow) {
        const leading = spec.key.filter((column) => column in prefix)
        if (leading.length < Object.keys(prefix).length || leading.some((column, place) => column !== spec.key[place])) {
          throw new Error(`scanning rows '${row}' by ${Object.keys(prefix).join(', ')}: these are not the first columns of its key ${spec.key.join(', ')}`)
        }
        const begin = keyOf(row, leading, prefix)
        for (const [, value] of keyed.scan(after === undefined ? begin : `${keyOf(row, spec.key, after)}${BEHIND}`, `${begin}${BEHIND}`)) yield rowOf(value)
      },
    }
  }
  return rows as unknown as State
}

const rowOf = (value: Buffer): AnyRow => JSON.parse(value.toString('utf8')) as AnyRow

/** Throws on a key that is longer than the local store takes. */
export function entryOf(specs: RowSpecs, write: Write): Entry {
  const put = 'put' in write
  const row = put ? write.put : write.remove
  const key = keyOf(row, specOf(specs, row).key, put ? write.row : write.key)
  if (key.length > MAX_KEY_BYTES) throw new Error(`writing row '${row}': its key has ${key.length} bytes, where ${MAX_KEY_BYTES} are the most`)
  return [key, put ? Buffer.from(JSON.stringify(write.row)) : null]
}

/** Each column ends with a slash, which no value holds, so that a prefix of columns is a prefix of text. */
function keyOf(row: string, columns: readonly string[], values: AnyRow): string {
  let key = `${row}/`
  for (const column of columns) {
    const value = values[column]
    key += `${typeof value === 'number' ? sortable(value) : escaped(String(value))}/`
  }
  return key
}

const escaped = (text: string): string => (/^[\w.~-]*$/.test(text) ? text : encodeURIComponent(text))

/** Text that sorts as whole numbers do: `n` and the distance from the least for those below zero, `p` and sixteen digits for the rest. */
const sortable = (value: number): string =>
  (value < 0 ? `n${String(2 ** 53 + value).padStart(16, '0')}` : `p${String(value).padStart(16, '0')}`)
