/** The pure heart of the runtime: changes of one partition, in order, over rows, to the last write per row. */
import type { AnyRow, RowRef, RowWrite } from './store.ts'
import { specOf } from './store.ts'
import { type Change, encodeKey, type Rows, type Touch, type View } from './view.ts'

/** A decoded record in its place. */
export interface Placed {
  readonly offset: number
  readonly change: Change
}

/** Rows known so far, by cell; a cell that is there and undefined is known to hold no row. */
export type Cells = Map<string, AnyRow | undefined>

/** One string for kind of row and key. */
export const cellOf = (row: string, id: string): string => `${row}/${id}`

const refOf = (view: View, row: string, key: AnyRow): RowRef => ({ row, id: encodeKey(specOf(view.rows, row), key), key })

/** The rows that the view may read for these changes, each once. */
export function touched(view: View, events: readonly Placed[]): readonly RowRef[] {
  const { touches } = view
  if (touches === undefined) return []
  const refs = new Map<string, RowRef>()
  for (const { change } of events) {
    for (const touch of touches(change) as readonly Touch[]) {
      const ref = refOf(view, touch.row, touch.key)
      refs.set(cellOf(ref.row, ref.id), ref)
    }
  }
  return [...refs.values()]
}

/**
 * Applies the events in order. `cells` holds every touched row and is brought up to date; answers the last write to each
 * row that was written. Throws where `apply` does, and where it reads a row that `touches` did not name.
 */
export function fold(view: View, events: readonly Placed[], cells: Cells): readonly RowWrite[] {
  const writes = new Map<string, RowWrite>()
  const rows = rowsOver(view, cells)
  for (const { offset, change } of events) {
    let index = 0
    for (const write of view.apply(change, rows)) {
      const ref = 'put' in write ? refOf(view, write.put, write.row) : refOf(view, write.remove, write.key)
      const value = 'put' in write ? write.row as AnyRow : undefined
      const cell = cellOf(ref.row, ref.id)
      if (view.touches !== undefined) cells.set(cell, value)
      writes.set(cell, { ...ref, value, offset, index: index++ })
    }
  }
  return [...writes.values()]
}

function rowsOver(view: View, cells: Cells): Rows {
  const rows: Record<string, { get(key: AnyRow): AnyRow | undefined }> = {}
  for (const [row, spec] of Object.entries(view.rows)) {
    rows[row] = { get: (key) => {
      const cell = cellOf(row, encodeKey(spec, key))
      if (!cells.has(cell)) throw new Error(`view '${view.name}' read row '${cell}', which its touches() did not name for this event`)
      return cells.get(cell)
    } }
  }
  return rows as unknown as Rows
}

