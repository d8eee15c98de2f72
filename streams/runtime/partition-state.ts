/** What a worker holds of one partition of a view: its positions, the rows it has read or written, and a lock over both. */
import { type BloomFilter, openBloomFilter } from './bloom.ts'
import { type Cells, cellsOf, emptyCells, fold, type Placed, type Reject, touched } from './fold.ts'
import { type Batch, type Flushed, type Positions, type RowWrite, StoreReadError, type ViewStore } from './store.ts'
import type { View } from './view.ts'

export interface Partition {
  /** Runs one task at a time: the topics of a partition share its rows. */
  exclusively<T>(task: () => Promise<T>): Promise<T>
  /** The store's positions, read once. */
  positions(): Promise<Positions>
  /** Reads the rows that are not known yet in one round trip; they stay known until the next reading. Throws StoreReadError where the store fails. */
  read(events: readonly Placed[], reject: Reject): Promise<readonly Placed[]>
  /** Folds events whose rows were read. */
  fold(events: readonly Placed[], reject: Reject): readonly RowWrite[]
  flush(batch: Omit<Batch, 'partition' | 'fence'>): Promise<Flushed>
  /** Goes on at `next` without telling the store: after records that had no effect, and would have none again. */
  advance(topic: string, next: number): Promise<void>
  /** Whether another owner has moved the position, so that what is known here is not so any more. A store that does not fence is never asked. */
  isStale(): Promise<boolean>
  /** Rows held in memory. */
  cells(): number
}

/** Rows read or written before the older half of what is known is forgotten: a partition holds twice as many, and one batch's, at most. */
const MAX_CELLS = 10_000
/** A row with documents may be a hundred times as large as one without. */
const MAX_DOCUMENT_CELLS = 2_000

const limitOf = (view: View): number => view.remembers ??
  (Object.values(view.rows).some((spec) => Object.values(spec.columns).some((type) => typeof type !== 'string')) ? MAX_DOCUMENT_CELLS : MAX_CELLS)

const sizeOf = (cells: Cells): number => {
  let size = 0
  for (const rows of cells.values()) size += rows.size
  return size
}

/** Knows nothing yet. After an error or a fenced flush, open another: this one may be ahead of its store. `limit` is a number of rows. */
export function openPartition(view: View, store: ViewStore, partition: number, limit = limitOf(view)): Partition {
  // two generations: what was not asked for since the last change of them goes; cheaper than a list in order of use
  let cells = emptyCells(view)
  let older = emptyCells(view)
  const kinds = new Map(Object.keys(view.rows).map((row, kind) => [row, kind]))
  /** Of a partition that was empty when we took it: every row there may be, for as long as we are its only writer. */
  let written: BloomFilter | undefined
  const known = (row: string, id: string): boolean => {
    const rows = cellsOf(cells, row)
    if (rows.has(id)) return true
    const before = cellsOf(older, row)
    if (!before.has(id) && written?.has(kinds.get(row) ?? 0, id) !== false) return false
    rows.set(id, before.get(id))
    return true
  }
  let tail: Promise<unknown> = Promise.resolve()
  let positions: Promise<Positions> | undefined
  return {
    exclusively(task) {
      const run = tail.then(task, task)
      tail = run.catch(() => {})
      return run
    },
    positions() {
      positions ??= store.positions(partition).then((at) => {
        if (view.touches !== undefined && at.next.size === 0) written = openBloomFilter()
        return at
      })
      return positions
    },
    async read(all, reject) {
      await this.positions()
      if (sizeOf(cells) > limit) {
        older = cells
        cells = emptyCells(view)
      }
      const { events, refs } = touched(view, all, known, reject)
      if (refs.length === 0) return events
      const rows = await store.read(partition, refs).catch((cause: unknown) => {
        throw new StoreReadError(`reading ${refs.length} rows of view '${view.name}', partition ${partition}`, { cause })
      })
      refs.forEach((ref, place) => cellsOf(cells, ref.row).set(ref.id, rows[place]))
      return events
    },
    fold(events, reject) {
      const writes = fold(view, events, cells, reject)
      if (written !== undefined) for (const { row, id } of writes) written.add(kinds.get(row) ?? 0, id)
      return writes
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
    async isStale() {
      const { fence } = await this.positions()
      return fence !== '' && (await store.positions(partition)).fence !== fence
    },
    cells: () => sizeOf(cells) + sizeOf(older),
  }
}
