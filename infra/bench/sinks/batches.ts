/** What flushes write, made beforehand: ratings through a view's own apply, cut into batches as a worker cuts them. */
import { emptyCells, fold, type Placed } from '@cdlc/streams/runtime/fold.ts'
import { partitionOf } from '@cdlc/streams/runtime/partition.ts'
import type { Batch } from '@cdlc/streams/runtime/store.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import { CONTRACT, PARTITIONS, ratings } from '../ratings-topic.ts'

export type Flush = Omit<Batch, 'fence'>

/** As many as MovieLens-100k has: a profile has about a hundred. */
const HISTORY = 100_000

/** As they come: a batch has many profiles; by profile: each profile's together, as where history is loaded person by person. */
export type Order = 'as they come' | 'by profile'

/** The flushes of each partition, in order; `batch` records make one. The view must be a projection. */
export function flushesOf(view: View, records: number, batch: number, order: Order): readonly (readonly Flush[])[] {
  const all = [...ratings(Math.max(records, HISTORY), 1)]
  if (order === 'by profile') all.sort((a, b) => (a.after.profile_id < b.after.profile_id ? -1 : a.after.profile_id > b.after.profile_id ? 1 : 0))
  const partitions = Array.from({ length: PARTITIONS }, (): Placed[] => [])
  for (const { before, after } of all.slice(0, records)) {
    const events = partitions[partitionOf(after.title_id, PARTITIONS)] ?? []
    events.push({ offset: events.length, change: { topic: CONTRACT, op: before === null ? 'c' : 'u', before: before === null ? null : { ...before }, after: { ...after } } })
  }
  return partitions.map((events, partition) => Array.from({ length: Math.ceil(events.length / batch) }, (_, i): Flush => {
    const slice = events.slice(i * batch, (i + 1) * batch)
    return { topic: CONTRACT, partition, from: i * batch, next: i * batch + slice.length, writes: fold(view, slice, emptyCells(view)) }
  }))
}
