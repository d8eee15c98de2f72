/** For tests of views' queries: what a view's real store answers after some changes. Each view is kept under a name of its own. */
import { randomUUID } from 'node:crypto'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import { onTestFinished } from 'vitest'
import { cellsOf, emptyCells, fold, touched } from '../runtime/fold.ts'
import { partitionOf } from '../runtime/partition.ts'
import type { Change, RowSpecs, StoreName, TypedView } from '../runtime/view.ts'
import type { ReaderOf, Sinks } from './index.ts'

/** A reader of the view after these changes, applied as the worker does: by partition and topic. The rows go with the test. */
export async function reading<R extends RowSpecs, S extends StoreName>(
  sinks: Sinks, view: TypedView<R, S>, changes: readonly Change[],
): Promise<ReaderOf<S, R>> {
  const own: TypedView<R, S> = { ...view, name: `queries-${randomUUID().slice(0, 8)}-${view.name}` }
  const store = await sinks.store(own)
  onTestFinished(() => store.drop(), 60_000)
  await store.prepare()
  const placeOf = ({ topic, before, after }: Change): string => {
    const { key, partitions } = topicSpec(topic)
    return `${partitionOf(String((after ?? before)?.[key ?? '']), partitions)} ${topic}`
  }
  for (const [place, group] of Map.groupBy(changes.filter(({ topic }) => topic in view.from), placeOf)) {
    const [partition, topic] = [Number(place.split(' ')[0]), place.split(' ')[1] ?? '']
    const events = group.map((change, offset) => ({ offset, change }))
    const { refs } = touched(own, events)
    const found = await store.read(partition, refs)
    const cells = emptyCells(own)
    refs.forEach((ref, index) => cellsOf(cells, ref.row).set(ref.id, found[index]))
    const writes = fold(own, events, cells)
    const { fence } = await store.positions(partition)
    await store.flush({ topic, partition, from: 0, next: events.length, fence, writes })
  }
  return sinks.reader(own)
}
