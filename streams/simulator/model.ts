/** What a view should hold: its `apply` over all records, one after another, in a plain map. It shares no code with the runtime's own fold. */
import type { AnyRow } from '../runtime/store.ts'
import { type Change, encodeKey, ownRows, type Rows, type RowSpec, type View } from '../runtime/view.ts'

/** Rows of each kind as text, sorted. */
export type Contents = ReadonlyMap<string, readonly string[]>

const textOf = (spec: RowSpec, row: AnyRow, but: readonly string[]): string =>
  JSON.stringify(Object.fromEntries(Object.keys(spec.columns).filter((column) => !but.includes(column)).map((column) => [column, row[column] ?? null])))
const specOf = (view: View, row: string): RowSpec => {
  const spec = view.rows[row]
  if (spec === undefined) throw new Error(`view '${view.name}' has no row kind '${row}'`)
  return spec
}

/** Rows as they are compared, without the columns named. */
export const contentsOf = (view: View, but: readonly string[], rowsOf: (row: string) => readonly AnyRow[]): Contents =>
  new Map(ownRows(view).map((row) => [row, rowsOf(row).map((value) => textOf(specOf(view, row), value, but)).sort()]))

/** The rows that these changes come to. */
export function expected(view: View, but: readonly string[], changes: Iterable<Change>): Contents {
  const kinds = new Map(Object.keys(view.rows).map((row) => [row, new Map<string, AnyRow>()]))
  const rows = Object.fromEntries([...kinds].map(([row, held]) => [row, { get: (key: AnyRow) => held.get(encodeKey(specOf(view, row), key)) }])) as unknown as Rows
  for (const change of changes) {
    for (const write of view.apply(change, rows)) {
      if ('put' in write) kinds.get(write.put)?.set(encodeKey(specOf(view, write.put), write.row), write.row as AnyRow)
      else kinds.get(write.remove)?.delete(encodeKey(specOf(view, write.remove), write.key))
    }
  }
  return contentsOf(view, but, (row) => [...kinds.get(row)?.values() ?? []])
}

/** The first difference in words; undefined where there is none. */
export function difference(wanted: Contents, found: Contents): string | undefined {
  for (const [row, rows] of wanted) {
    const actual = found.get(row) ?? []
    const [lacking, surplus] = [rows.find((one) => !actual.includes(one)), actual.find((one) => !rows.includes(one))]
    if (lacking !== undefined) return `row ${row} ${lacking} is not there${surplus === undefined ? '' : `, but ${surplus} is`}`
    if (surplus !== undefined) return `row ${row} ${surplus} is there and should not be`
    if (rows.length !== actual.length) return `${actual.length} rows '${row}' instead of ${rows.length}`
  }
  return undefined
}
