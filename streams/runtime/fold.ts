/** The pure heart of the runtime: changes of one partition, in order, over rows, to the last write per row. */
import type { Origin } from './dead-letter.ts'
import type { AnyRow, RowRef, RowWrite } from './store.ts'
import { specOf } from './store.ts'
import { type Change, encodeKey, ordersByPosition, REDRIVEN, type RowSpec, type Rows, type Touch, type View, type Write } from './view.ts'

/** A decoded record in its place. */
export interface Placed {
  readonly offset: number
  readonly change: Change
  /** Set where this is a dead letter that somebody sent again: which one, where it was first, and which try this is. */
  readonly redriven?: Origin & { readonly id: string; readonly attempt: number }
  /** The rows that its view may read for it, once the view was asked: their keys need no encoding a second time. */
  readonly touches?: readonly RowRef[]
}

/** Rows known so far, by kind and encoded key; one that is there and undefined is known not to exist. */
export type Cells = ReadonlyMap<string, Map<string, AnyRow | undefined>>
export const emptyCells = (view: Pick<View, 'rows'>): Cells => new Map(Object.keys(view.rows).map((row) => [row, new Map()]))
export const cellsOf = (cells: Cells, row: string): Map<string, AnyRow | undefined> => cells.get(row) ?? noKind(row, cells)
const noKind = (row: string, cells: Cells): never => { throw new Error(`no row kind '${row}' in this view; it has ${[...cells.keys()].join(', ')}`) }

/** Told of an event that the view throws at; the event then has no effect at all. */
export type Reject = (event: Placed, cause: unknown) => void
const rethrow: Reject = (_event, cause) => { throw cause }
/** Whether a row is known, so that it need not be read. */
export type Known = (row: string, id: string) => boolean
const nothingKnown: Known = () => false

/** One string for kind of row and key. */
export const cellOf = (row: string, id: string): string => `${row}/${id}`

/** Where it is remembered that a redriven record has had its effect; undefined where the store needs no such memory. */
function memoryOf(view: View, { redriven }: Placed): RowRef | undefined {
  if (redriven === undefined || !(REDRIVEN in view.rows)) return undefined
  const key = { id: redriven.id }
  return { row: REDRIVEN, id: encodeKey(specOf(view.rows, REDRIVEN), key), key }
}

/**
 * The rows that the view may read for these changes and that are not known, each once; and the changes, each with its own. Those
 * that the view throws at are told and left out.
 */
export function touched(view: View, all: readonly Placed[], known: Known = nothingKnown, reject: Reject = rethrow): { readonly events: readonly Placed[]; readonly refs: readonly RowRef[] } {
  const { touches } = view
  const refs = new Map<string, RowRef>()
  const need = (ref: RowRef): void => { if (!known(ref.row, ref.id)) refs.set(cellOf(ref.row, ref.id), ref) }
  const asked = (event: Placed): Placed | undefined => {
    if (touches === undefined) return event
    try {
      const own = (touches(event.change) as readonly Touch[]).map(({ row, key }): RowRef => ({ row, id: encodeKey(specOf(view.rows, row), key), key }))
      return event.redriven === undefined ? { offset: event.offset, change: event.change, touches: own } : { ...event, touches: own }
    } catch (cause) {
      reject(event, cause)
      return undefined
    }
  }
  const events: Placed[] = []
  for (const one of all) {
    const event = asked(one)
    if (event === undefined) continue
    events.push(event)
    event.touches?.forEach(need)
    const memory = memoryOf(view, event)
    if (memory !== undefined) need(memory)
  }
  return { events, refs: [...refs.values()] }
}

/** A write that may still be overtaken by a later one to its row. */
type Pending = { -readonly [K in keyof RowWrite]: RowWrite[K] }

/**
 * Applies the events in order. `cells` holds every touched row and is brought up to date; answers the last write to each
 * row that was written. An event that `apply` throws at, or that reads a row which `touches` did not name, is rejected.
 */
export function fold(view: View, events: readonly Placed[], cells: Cells, reject: Reject = rethrow): readonly RowWrite[] {
  const keeps = view.touches !== undefined
  const ordered = ordersByPosition(view.store) // redriven records may come in another order than they had
  const writes: Pending[] = []
  const kinds = new Map(Object.entries(view.rows).map(([row, spec]) => [row, { spec, rows: cellsOf(cells, row), written: new Map<string, Pending>() }]))
  const put = (row: string, id: string, key: AnyRow, value: AnyRow | undefined, offset: number, index: number, source: string | undefined): void => {
    const kind = kinds.get(row) ?? noKind(row, cells)
    if (keeps || row === REDRIVEN) kind.rows.set(id, value)
    const earlier = kind.written.get(id)
    if (earlier === undefined) {
      const write: Pending = source === undefined ? { row, id, key, value, offset, index } : { row, id, key, value, offset, index, source }
      kind.written.set(id, write)
      writes.push(write)
    } else if (!ordered || offset >= earlier.offset) {
      // one object a row, however often it is written: a batch of a popular title is one row and thousands of events
      earlier.key = key
      earlier.value = value
      earlier.offset = offset
      earlier.index = index
    }
  }
  let touches: readonly RowRef[] = NONE
  const rows = rowsOver(view, cells, (spec, row, key) => idIn(touches, spec, row, key))
  for (const event of events) {
    touches = event.touches ?? NONE
    const { change, redriven } = event
    const memory = memoryOf(view, event)
    if (memory !== undefined && redriven !== undefined && Number(cellsOf(cells, REDRIVEN).get(memory.id)?.['attempt'] ?? 0) >= redriven.attempt) continue
    let made: readonly Write[]
    let ids: readonly string[]
    try {
      // all of an event's writes, before any of them counts: an event has its whole effect or none
      made = view.apply(change, rows)
      ids = made.map((write) => idOf(view.rows, write, touches))
    } catch (cause) {
      reject(event, cause)
      continue
    }
    const [offset, source] = redriven === undefined ? [event.offset, undefined] : [redriven.offset, redriven.topic]
    let index = 0
    for (const write of made) {
      const id = ids[index] ?? ''
      if ('put' in write) put(write.put, id, write.row, write.row, offset, index, source)
      else put(write.remove, id, write.key, undefined, offset, index, source)
      index++
    }
    if (memory !== undefined && redriven !== undefined) put(REDRIVEN, memory.id, memory.key, { id: redriven.id, attempt: redriven.attempt }, event.offset, index, undefined)
  }
  return writes
}

const NONE: readonly RowRef[] = []

/** A row's encoded key: that of the touch that names it, or encoded now. */
function idIn(touches: readonly RowRef[], spec: RowSpec, row: string, key: AnyRow): string {
  for (const touch of touches) if (touch.row === row && isSame(spec, touch.key, key)) return touch.id
  return encodeKey(spec, key)
}

function isSame({ key }: RowSpec, one: AnyRow, other: AnyRow): boolean {
  for (const column of key) if (one[column] !== other[column]) return false
  return true
}

const idOf = (rows: View['rows'], write: Write, touches: readonly RowRef[]): string =>
  ('put' in write ? idIn(touches, specOf(rows, write.put), write.put, write.row) : idIn(touches, specOf(rows, write.remove), write.remove, write.key))

type IdOf = (spec: RowSpec, row: string, key: AnyRow) => string

function rowsOver(view: View, cells: Cells, idOfKey: IdOf): Rows {
  const rows: Record<string, { get(key: AnyRow): AnyRow | undefined }> = {}
  for (const [row, spec] of Object.entries(view.rows)) {
    const own = cellsOf(cells, row)
    rows[row] = { get(key) {
      const id = idOfKey(spec, row, key)
      const value = own.get(id)
      if (value === undefined && !own.has(id)) throw new Error(`view '${view.name}' read row '${cellOf(row, id)}', which its touches() did not name for this event`)
      return value
    } }
  }
  return rows as unknown as Rows
}
