/** Reads topics up to the ends they have now, once, outside of any group that lasts. */
import { randomUUID } from 'node:crypto'
import type { KafkaClient, OffsetRange, RawBatch } from './kafka.ts'

export interface Reading {
  /** First offset wanted of a partition; left out: the first there is. `undefined`: nothing of it. */
  readonly from?: (topic: string, range: OffsetRange) => number | undefined
  /** Offset of a partition to read up to; left out, or past the end: the end. */
  readonly to?: (topic: string, range: OffsetRange) => number
  readonly timeout_ms?: number
}

const TIMEOUT_MS = 120_000

/** Hands over every batch, of a partition in order. Throws what `onBatch` throws, and where the topics do not come to their ends in time. */
export async function readToEnd(
  kafka: Pick<KafkaClient, 'consume' | 'offsets'>, topics: readonly string[], onBatch: (batch: RawBatch) => Promise<void> | void, { from = (_topic, { low }) => low, to = (_topic, { high }) => high, timeout_ms = TIMEOUT_MS }: Reading = {},
): Promise<void> {
  const starts = new Map<string, number>()
  const ends = new Map<string, number>()
  const place = (topic: string, partition: number): string => `${topic}/${partition}`
  for (const topic of topics) {
    for (const range of await kafka.offsets(topic)) {
      const start = Math.max(from(topic, range) ?? range.high, range.low)
      const end = Math.min(to(topic, range), range.high)
      starts.set(place(topic, range.partition), start)
      if (start < end) ends.set(place(topic, range.partition), end)
    }
  }
  if (ends.size === 0) return
  const finished = Promise.withResolvers<void>()
  const timer = setTimeout(() => finished.reject(new Error(`reading ${[...ends.keys()].join(', ')} to the end: not there within ${timeout_ms / 1_000} s`)), timeout_ms)
  const consumer = await kafka.consume({
    group: `cdlc-reading-${randomUUID()}`, topics, commits: false, onCrash: finished.reject,
    onAssigned: (assigned, seek) => {
      for (const [topic, partitions] of assigned) for (const partition of partitions) seek(topic, partition, starts.get(place(topic, partition)) ?? 0)
    },
    async onBatch(batch) {
      const here = place(batch.topic, batch.partition)
      const [start, end] = [starts.get(here) ?? 0, ends.get(here) ?? 0]
      if (batch.fetched_from > start) return { seek: start } // where the broker began, before the seek was heard
      starts.set(here, Math.max(start, batch.next))
      try {
        await onBatch({ ...batch, records: batch.records.filter(({ offset }) => offset >= start && offset < end) })
      } catch (cause) {
        finished.reject(cause)
      }
      if (batch.next >= end) ends.delete(here)
      if (ends.size === 0) finished.resolve()
      return 'done'
    },
  })
  try {
    await finished.promise
  } finally {
    clearTimeout(timer)
    await consumer.stop()
  }
}
