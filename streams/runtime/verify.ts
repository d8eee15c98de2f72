/** Compares what a view's store holds with what it should hold, row by row. */
import { type Cells, cellOf, fold, type Placed, touched } from './fold.ts'
import { type AnyRow, specOf, type ViewStore } from './store.ts'
import { type Change, encodeKey, ownRows, type View } from './view.ts'

export interface Difference {
  readonly row: string
  readonly id: string
  /** Undefined where the row should not be there. */
  readonly expected: AnyRow | undefined
  /** Undefined where the row is not there. */
  readonly actual: AnyRow | undefined
}
export interface Verdict {
  readonly view: string
  /** Rows that should be there, by kind. */
  readonly rows: Readonly<Record<string, number>>
  readonly differences_total: number
  /** The first of them. */
  readonly differences: readonly Difference[]
}

const MAX_SHOWN = 20

/** The rows that these changes come to, by cell. */
export async function expectedRows(view: View, changes: AsyncIterable<readonly Change[]>): Promise<Cells> {
  const cells: Cells = new Map()
  const rows: Cells = view.touches === undefined ? new Map() : cells
  for await (const batch of changes) {
    const events = batch.map((change): Placed => ({ offset: 0, change }))
    for (const ref of touched(view, events).refs) {
      const cell = cellOf(ref.row, ref.id)
      if (!cells.has(cell)) cells.set(cell, undefined)
    }
    for (const write of fold(view, events, cells)) rows.set(cellOf(write.row, write.id), write.value)
  }
  for (const [cell, row] of rows) if (row === undefined) rows.delete(cell)
  return rows
}

/** Reads the whole store. */
export async function compare(view: View, expected: Cells, store: ViewStore): Promise<Verdict> {
  const differences: Difference[] = []
  let differences_total = 0
  const differ = (difference: Difference): void => {
    differences_total++
    if (differences.length < MAX_SHOWN) differences.push(difference)
  }
  const seen = new Set<string>()
  for (const row of ownRows(view)) {
    const spec = specOf(view.rows, row)
    for await (const actual of store.scan(row)) {
      const id = encodeKey(spec, actual)
      const cell = cellOf(row, id)
      const wanted = expected.get(cell)
      if (seen.has(cell)) differ({ row, id, expected: undefined, actual })
      else if (wanted === undefined || canonical(wanted) !== canonical(actual)) differ({ row, id, expected: wanted, actual })
      seen.add(cell)
    }
  }
  const rows: Record<string, number> = Object.fromEntries(ownRows(view).map((row) => [row, 0]))
  for (const [cell, wanted] of expected) {
    const row = cell.slice(0, cell.indexOf('/'))
    rows[row] = (rows[row] ?? 0) + 1
    if (!seen.has(cell)) differ({ row, id: cell.slice(row.length + 1), expected: wanted, actual: undefined })
  }
  return { view: view.name, rows, differences_total, differences }
}

/** JSON with sorted keys: equal for equal rows. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'object' && part !== null && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part))
}
