/** What the worker asks of a store. Each sink implements it in `store.ts`; effect and position commit together. */
import type { RowSpec, RowSpecs, View } from './view.ts'

export type AnyRow = Readonly<Record<string, unknown>>

/** Where a partition of a view stands: the next offset to apply of each topic, and a token that changes with every flush. */
export interface Positions {
  readonly fence: string
  readonly next: ReadonlyMap<string, number>
}

/** Names a row in a store: kind of row, its encoded key, and the key's columns. */
export interface RowRef {
  readonly row: string
  readonly id: string
  readonly key: AnyRow
}

/** The last write to one row in a batch; `value` is undefined where the row is removed. */
export interface RowWrite extends RowRef {
  readonly value: AnyRow | undefined
  /** Offset of the event that wrote it, and the write's place among that event's writes. */
  readonly offset: number
  readonly index: number
  /** Topic of that event, where it is not the batch's own: a redriven record keeps the place it had. */
  readonly source?: string
}

/** Effect of the records [`from`, `next`) of one topic partition. */
export interface Batch {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly next: number
  /** Token of the positions this batch was computed on. */
  readonly fence: string
  readonly writes: readonly RowWrite[]
}

/** The new token, or word that another owner has moved the positions: nothing was written; read them again. */
export type Flushed = { readonly fence: string } | 'fenced'

export interface ViewStore {
  /** How long records may gather before they come: for a store whose flushes cost much, however small. Left out: not at all. */
  readonly gather_ms?: number
  /** Bytes of records that come at once: fewer for a store whose flushes take little time, since a worker's memory follows them. Left out: 1 MiB. */
  readonly fetch_bytes?: number
  /** Makes tables, constraints and indexes; may be called by many workers at once. */
  prepare(): Promise<void>
  positions(partition: number): Promise<Positions>
  /** The rows of these refs, in their order, in one round trip. */
  read(partition: number, refs: readonly RowRef[]): Promise<readonly (AnyRow | undefined)[]>
  flush(batch: Batch): Promise<Flushed>
  /** Every row of one kind, in no order; for verification and counts. */
  scan(row: string): AsyncIterable<AnyRow>
  /** Removes everything the view keeps. */
  drop(): Promise<void>
}

/** A connected store, shared by all views of a process. */
export interface Sink<Reader = unknown> {
  open(view: View): ViewStore
  reader(view: View): Reader
  ping(): Promise<void>
  close(): Promise<void>
}

export const specOf = (rows: RowSpecs, row: string): RowSpec => {
  const spec = rows[row]
  if (spec === undefined) throw new Error(`no row kind '${row}' in this view; it has ${Object.keys(rows).join(', ')}`)
  return spec
}

/** A read that failed in the store, not in the view: worth another try. */
export class StoreReadError extends Error {}

/** The store will never take these rows, however often it is asked; `writes` is empty where it did not say which. Any other error is worth another try. */
export class RejectedError extends Error {
  readonly writes: readonly RowWrite[]
  constructor(message: string, writes: readonly RowWrite[], options?: ErrorOptions) {
    super(message, options)
    this.writes = writes
  }
}
