/** Follows the topics of what happens from their ends on, while the process runs: each process all of them, in a group of its own, and nothing is committed. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Outcome, RawBatch } from '@cdlc/streams/runtime/kafka.ts'
import type { LiveSinks } from '@cdlc/streams/sinks/live.ts'

const again_ms = 1_000
const close_ms = 3_000
/** Kafka answers as soon as there is something, and else so late. */
const wait_ms = 1_000

export interface Tail {
  /** Resolves when it follows: what is written from then on is heard. */
  readonly following: Promise<void>
  close(): Promise<void>
}

/**
 * Hands over every record from the ends on, of a partition in order. Where `onBatch` throws, the same records are asked for again; where Kafka is away, it goes on at
 * the record where it stopped.
 */
export function openTail(sinks: Pick<LiveSinks, 'kafka' | 'groups'>, topics: readonly string[], onBatch: (batch: RawBatch) => Promise<void>, warn: (cause: unknown) => void): Tail {
  const group = `cdlc-graph.live.${randomUUID().slice(0, 8)}`
  const closing = new AbortController()
  const following = Promise.withResolvers<void>()
  const next = new Map<string, number>()

  /** Where Kafka stands now, of what was not heard of before. */
  async function begin(): Promise<void> {
    for (const topic of topics) {
      for (const { partition, low, high } of await sinks.kafka.offsets(topic)) {
        const place = `${topic}/${partition}`
        next.set(place, Math.max(next.get(place) ?? high, low))
      }
    }
  }
  async function take({ topic, partition, fetched_from, ...batch }: RawBatch): Promise<Outcome> {
    const place = `${topic}/${partition}`
    const from = next.get(place) ?? 0
    if (fetched_from > from) return { seek: from } // where the broker began, before the seek was heard
    try {
      await onBatch({ ...batch, topic, partition, fetched_from, records: batch.records.filter(({ offset }) => offset >= from) })
    } catch (cause) {
      warn(cause)
      return { pause_ms: again_ms }
    }
    next.set(place, Math.max(from, batch.next))
    return 'done'
  }
  async function hear(): Promise<void> {
    await begin()
    const over = Promise.withResolvers<unknown>()
    closing.signal.addEventListener('abort', () => { over.resolve(undefined) }, { once: true })
    const consumer = await sinks.kafka.consume({
      group, topics, commits: false, wait_ms, onBatch: take, onCrash: (cause) => { over.resolve(cause) },
      onAssigned: (assigned, seek) => {
        for (const [topic, partitions] of assigned) for (const partition of partitions) seek(topic, partition, next.get(`${topic}/${partition}`) ?? 0)
        following.resolve()
      },
    })
    const cause = closing.signal.aborted ? undefined : await over.promise
    if (cause !== undefined) warn(cause)
    await consumer.stop().catch(() => undefined)
  }
  async function keepHearing(): Promise<void> {
    while (!closing.signal.aborted) {
      await hear().catch(warn)
      await delay(again_ms, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  const task = keepHearing()
  return {
    following: following.promise,
    async close() {
      closing.abort()
      await Promise.race([task, delay(close_ms, undefined, { ref: false })])
      await sinks.groups.remove(group).catch(() => undefined) // it goes by itself in some days
    },
  }
}
