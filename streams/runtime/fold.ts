/** The pure heart of the runtime: changes of one partition, in order, over rows, to the last write per row. */
import type { Origin } from './dead-letter.ts'
import type { AnyRow, RowRef, RowWrite } from './store.ts'
import { specOf } from './store.ts'
import { type Change, encodeKey, REDRIVEN, type Rows, type Touch, type View } from './view.ts'

/** A decoded record in its place. */
export interface Placed {
  readonly offset: number
  readonly change: Change
  /** Set where this is a dead letter that somebody sent again: which one, where it was first, and which try this is. */
  readonly redriven?: Origin & { readonly id: string; readonly attempt: number }
}

/** Rows known so far, by cell; a cell that is there and undefined is known to hold no row. */
export type Cells = Map<string, AnyRow | undefined>

/** Told of an event that the view throws at; the event then has no effect at all. */
export type Reject = (event: Placed, cause: unknown) => void
const rethrow: Reject = (_event, cause) => { throw cause }

/** One string for kind of row and key. */
export const cellOf = (row: string, id: string): string => `${row}/${id}`

const refOf = (view: View, row: string, key: AnyRow): RowRef => ({ row, id: encodeKey(specOf(view.rows, row), key), key })

/** Where it is remembered that a redriven record has had its effect; undefined where the store needs no such memory. */
const memoryOf = (view: View, { redriven }: Placed): RowRef | undefined =>
  (redriven === undefined || !(REDRIVEN in view.rows) ? undefined : refOf(view, REDRIVEN, { id: redriven.id }))

/** The rows that the view may read for these changes, each once; events that it throws at are told and left out of `events`. */
export function touched(view: View, all: readonly Placed[], reject: Reject = rethrow): { readonly events: readonly Placed[]; readonly refs: readonly RowRef[] } {
  const { touches } = view
  const refs = new Map<string, RowRef>()
  const add = (ref: RowRef): void => { refs.set(cellOf(ref.row, ref.id), ref) }
  const events = all.filter((event) => {
    try {
      if (touches !== undefined) for (const touch of touches(event.change) as readonly Touch[]) add(refOf(view, touch.row, touch.key))
    } catch (cause) {
      reject(event, cause)
      return false
    }
    const memory = memoryOf(view, event)
    if (memory !== undefined) add(memory)
    return true
  })
  return { events, refs: [...refs.values()] }
}

/**
 * Applies the events in order. `cells` holds every touched row and is brought up to date; answers the last write to each
 * row that was written. An event that `apply` throws at, or that reads a row which `touches` did not name, is rejected.
 */
export function fold(view: View, events: readonly Placed[], cells: Cells, reject: Reject = rethrow): readonly RowWrite[] {
  const writes = new Map<string, RowWrite>()
  const rows = rowsOver(view, cells)
  for (const event of events) {
    const memory = memoryOf(view, event)
    if (memory !== undefined && Number(cells.get(cellOf(memory.row, memory.id))?.['attempt'] ?? 0) >= (event.redriven?.attempt ?? 0)) continue
    let made: readonly RowWrite[]
    try {
      made = writesOf(view, event, rows)
    } catch (cause) {
      reject(event, cause)
      continue
    }
    for (const write of made) {
      const cell = cellOf(write.row, write.id)
      if (view.touches !== undefined) cells.set(cell, write.value)
      writes.set(cell, write)
    }
    if (memory !== undefined) {
      const cell = cellOf(memory.row, memory.id)
      const value = { id: memory.id, attempt: event.redriven?.attempt ?? 0 }
      cells.set(cell, value)
      writes.set(cell, { ...memory, value, offset: event.offset, index: made.length })
    }
  }
  return [...writes.values()]
}

/** All of an event's writes, before any of them counts: an event has its whole effect or none. */
function writesOf(view: View, { offset, change, redriven }: Placed, rows: Rows): readonly RowWrite[] {
  const place = redriven === undefined ? { offset } : { offset: redriven.offset, source: redriven.topic }
  return view.apply(change, rows).map((write, index) => {
    const put = 'put' in write
    const row = put ? write.put : write.remove
    const key: AnyRow = put ? write.row : write.key
    return { row, id: encodeKey(specOf(view.rows, row), key), key, value: put ? key : undefined, ...place, index }
  })
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
