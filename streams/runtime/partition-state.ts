/** What a worker holds of one partition of a view: its positions, the rows it has read or written, and a lock over both. */
import { type Cells, cellOf, fold, type Placed } from './fold.ts'
import { type Batch, type Flushed, type Positions, type RowRef, type RowWrite, StoreReadError, type ViewStore } from './store.ts'
import type { View } from './view.ts'

export interface Partition {
  /** Runs one task at a time: the topics of a partition share its rows. */
  exclusively<T>(task: () => Promise<T>): Promise<T>
  /** The store's positions, read once. */
  positions(): Promise<Positions>
  /** Reads the rows that are not known yet in one round trip, then folds. Throws StoreReadError where the store fails. */
  fold(view: View, events: readonly Placed[], refs: readonly RowRef[]): Promise<readonly RowWrite[]>
  flush(batch: Omit<Batch, 'partition' | 'fence'>): Promise<Flushed>
  /** Goes on at `next` without telling the store: after records that had no effect, and would have none again. */
  advance(topic: string, next: number): Promise<void>
}

/** Rows kept per partition; past it all are forgotten and read again as they are touched. */
const MAX_CELLS = 50_000

/** Knows nothing yet. After an error or a fenced flush, open another: this one may be ahead of its store. */
export function openPartition(store: ViewStore, partition: number): Partition {
  const cells: Cells = new Map()
  let tail: Promise<unknown> = Promise.resolve()
  let positions: Promise<Positions> | undefined
  return {
    exclusively(task) {
      const run = tail.then(task, task)
      tail = run.catch(() => {})
      return run
    },
    positions() {
      positions ??= store.positions(partition)
      return positions
    },
    async fold(view, events, refs) {
      if (cells.size + refs.length > MAX_CELLS) cells.clear()
      const unknown = refs.filter((ref) => !cells.has(cellOf(ref.row, ref.id)))
      if (unknown.length > 0) {
        const rows = await store.read(partition, unknown).catch((cause: unknown) => {
          throw new StoreReadError(`reading ${unknown.length} rows of view '${view.name}', partition ${partition}`, { cause })
        })
        unknown.forEach((ref, place) => cells.set(cellOf(ref.row, ref.id), rows[place]))
      }
      return fold(view, events, cells)
    },
    async flush(batch) {
      const at = await this.positions()
      const flushed = await store.flush({ ...batch, partition, fence: at.fence })
      if (flushed !== 'fenced') positions = Promise.resolve({ fence: flushed.fence, next: new Map(at.next).set(batch.topic, batch.next) })
      return flushed
    },
    async advance(topic, next) {
      const at = await this.positions()
      positions = Promise.resolve({ fence: at.fence, next: new Map(at.next).set(topic, next) })
    },
  }
}
