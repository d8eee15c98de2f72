/** Compares what a view's store holds with what it should hold, row by row. */
import { type Cells, cellsOf, emptyCells, fold, type Placed, touched } from './fold.ts'
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
  const cells = emptyCells(view)
  const rows = view.touches === undefined ? emptyCells(view) : cells
  for await (const batch of changes) {
    const events = batch.map((change): Placed => ({ offset: 0, change }))
    for (const ref of touched(view, events, (row, id) => cellsOf(cells, row).has(id)).refs) cellsOf(cells, ref.row).set(ref.id, undefined)
    for (const write of fold(view, events, cells)) cellsOf(rows, write.row).set(write.id, write.value)
  }
  for (const kind of rows.values()) for (const [id, row] of kind) if (row === undefined) kind.delete(id)
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
  const rows: Record<string, number> = {}
  for (const row of ownRows(view)) {
    const spec = specOf(view.rows, row)
    const wanted = cellsOf(expected, row)
    const seen = new Set<string>()
    rows[row] = wanted.size
    for await (const actual of store.scan(row)) {
      const id = encodeKey(spec, actual)
      const own = wanted.get(id)
      if (seen.has(id)) differ({ row, id, expected: undefined, actual })
      else if (own === undefined || canonical(own) !== canonical(actual)) differ({ row, id, expected: own, actual })
      seen.add(id)
    }
    for (const [id, own] of wanted) if (!seen.has(id)) differ({ row, id, expected: own, actual: undefined })
  }
  return { view: view.name, rows, differences_total, differences }
}

/** JSON with sorted keys: equal for equal rows. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'object' && part !== null && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part))
}
