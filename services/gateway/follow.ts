/** Follows the topics of a view for the cache: hears which rows change, and asks how far the view has come. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import type { Outcome, RawBatch } from '@cdlc/streams/runtime/kafka.ts'
import { partitionOf } from '@cdlc/streams/runtime/partition.ts'
import { groupName, type View } from '@cdlc/streams/runtime/view.ts'
import type { LiveSinks } from '@cdlc/streams/sinks/live.ts'
import type { Freshness, Offsets } from './freshness.ts'

const again_ms = 1_000
const close_ms = 3_000
/** How often Kafka is asked for commits, where the store's positions are not enough: records that wrote no row move only those. */
const commits_ms = 2_000

/** The partition of every topic of the view that a row's records lie in. */
export function partitionsOf(view: View): { readonly count: number; readonly of: (key: string) => number } {
  const count = topicSpec(Object.keys(view.from)[0] ?? '').partitions
  return { count, of: (key) => partitionOf(key, count) }
}

/** Where the live build of the view has come to in a partition. */
export function positionsOf(sinks: Pick<LiveSinks, 'editions' | 'groups' | 'store'>, view: View): (partition: number) => Promise<Offsets> {
  const topics = Object.keys(view.from)
  let committed: { readonly of: string; readonly at: number; readonly offsets: Promise<ReadonlyMap<string, number>> } | undefined
  return async (partition) => {
    await sinks.editions.known(again_ms)
    const { live } = sinks.editions.of(view)
    if (live === null) throw new Error(`asking how far '${view.name}' has come: this version was dropped`)
    const build = { ...view, build: live }
    const group = groupName(build)
    const store = await sinks.store(build)
    if (committed === undefined || committed.of !== group || committed.at + commits_ms < Date.now()) {
      committed = { of: group, at: Date.now(), offsets: sinks.groups.committed(group, topics).catch(() => new Map<string, number>()) }
    }
    const { next } = await store.positions(partition)
    const commits = await committed.offsets
    return new Map(topics.map((topic) => [topic, Math.max(next.get(topic) ?? 0, commits.get(`${topic}/${partition}`) ?? 0)]))
  }
}

/** Begins to follow; what it answers ends that. */
export function follow(sinks: Pick<LiveSinks, 'kafka' | 'groups' | 'editions'>, view: View, freshness: Freshness, warn: (cause: unknown) => void): () => Promise<void> {
  const topics = Object.keys(view.from)
  const group = `cdlc-gateway.${view.name}.${randomUUID().slice(0, 8)}`
  const closing = new AbortController()
  let restart: () => void = () => undefined
  let live: number | null | undefined

  async function endsByPartition(): Promise<Map<number, Map<string, number>>> {
    const ends = new Map<number, Map<string, number>>()
    for (const topic of topics) {
      for (const { partition, high } of await sinks.kafka.offsets(topic)) ends.set(partition, (ends.get(partition) ?? new Map<string, number>()).set(topic, high))
    }
    return ends
  }

  /** Hears every record from the ends on, until the consumer is down, another build is live, or it is to end. */
  async function hear(): Promise<void> {
    await sinks.editions.known()
    live = sinks.editions.of(view).live
    const ends = await endsByPartition()
    const next = new Map<string, number>([...ends].flatMap(([partition, offsets]) => [...offsets].map(([topic, offset]) => [`${topic}/${partition}`, offset] as const)))
    const over = Promise.withResolvers<unknown>()
    restart = () => over.resolve(undefined)
    closing.signal.addEventListener('abort', restart, { once: true })
    const onBatch = async ({ topic, partition, fetched_from, records, next: after }: RawBatch): Promise<Outcome> => {
      const place = `${topic}/${partition}`
      const from = next.get(place) ?? 0
      if (fetched_from > from) return { seek: from } // where the broker began, before the seek was heard
      for (const { offset, key } of records) if (offset >= from && key !== null) freshness.heard(topic, offset, key)
      next.set(place, Math.max(from, after))
      return 'done'
    }
    freshness.begin(ends)
    try {
      const consumer = await sinks.kafka.consume({
        group, topics, commits: false, onBatch, onCrash: (cause) => over.resolve(cause),
        onAssigned: (assigned, seek) => {
          for (const [topic, partitions] of assigned) for (const partition of partitions) seek(topic, partition, next.get(`${topic}/${partition}`) ?? 0)
          freshness.open()
        },
      })
      const cause = closing.signal.aborted ? undefined : await over.promise
      if (cause !== undefined) warn(cause)
      freshness.end()
      await consumer.stop().catch(() => undefined)
    } finally {
      freshness.end()
    }
  }

  async function keepHearing(): Promise<void> {
    while (!closing.signal.aborted) {
      await hear().catch(warn)
      await delay(again_ms, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  const unsubscribe = sinks.editions.onChange(() => { if (live !== undefined && sinks.editions.of(view).live !== live) restart() })
  const task = keepHearing()
  return async () => {
    closing.abort()
    unsubscribe()
    await Promise.race([task, delay(close_ms, undefined, { ref: false })])
    await sinks.groups.remove(group).catch(() => undefined) // it goes by itself in some days
  }
}
