/**
 * Runs one view: batch → decode → read touched rows → fold → one flush, effect and position together.
 *
 * The store's position rules, not Kafka's commit: the first batch of a partition after every join is held against it, and
 * fetching goes on from there. A flush that is fenced, or fails, forgets what it knew of the partition and starts there again.
 */
import { type Placed, touched } from './fold.ts'
import type { KafkaClient, Outcome, RawBatch, RawRecord, RunningConsumer } from './kafka.ts'
import { createLag, type Lag } from './lag.ts'
import { type Partition, openPartition } from './partition-state.ts'
import { type RowWrite, StoreReadError, type ViewStore } from './store.ts'
import { type Change, groupName, type View } from './view.ts'

/** Turns record values of one topic into changes: `prepare` may ask the registry, `decode` may not. */
export interface Decoder {
  prepare(values: readonly Buffer[]): Promise<void>
  decode(value: Buffer): Change
}

export interface WorkerOptions {
  readonly view: View
  readonly store: ViewStore
  readonly kafka: KafkaClient
  readonly decoders: ReadonlyMap<string, Decoder>
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>) => void
  /** Random number in [0, 1), for jitter. */
  readonly random: () => number
  /** The consumer is down for good; whoever runs the process should end it. */
  readonly onCrash: (cause: unknown) => void
}

export type WorkerState = 'starting' | 'running' | 'retrying' | 'stopped'
export interface ViewStatus {
  readonly name: string
  readonly version: number
  readonly store: string
  readonly state: WorkerState
  readonly lag_records: number
  readonly lag_seconds: number
  readonly records_total: number
  readonly flushes_total: number
  readonly fenced_total: number
  readonly retries_total: number
}
export interface Worker {
  readonly view: View
  status(): Promise<ViewStatus>
  /** Finishes the flushes in hand and leaves the group. */
  stop(): Promise<void>
}

/** Records folded into one flush at most: a longer script would hold Redis up. */
const MAX_RECORDS_PER_FLUSH = 1_000
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 30_000

/** A record that no retry will make readable. */
class PoisonError extends Error {}

/** Prepares the view's tables, joins its group and works until stopped. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { view, store, kafka, log } = options
  const partitions = new Map<number, Partition>()
  const failures = new Map<string, number>()
  const poisoned = new Set<string>()
  const lag: Lag = createLag(kafka, Object.keys(view.from))
  const counts = { records: 0, flushes: 0, fenced: 0, retries: 0 }
  let state: WorkerState = 'starting'
  await store.prepare()

  const partitionState = (partition: number): Partition => {
    const known = partitions.get(partition) ?? openPartition(store, partition)
    partitions.set(partition, known)
    return known
  }

  /** Runs the task alone with the partition. What is known of a partition is forgotten, under its lock, when a task of it fails. */
  async function inPartition(number: number, task: (partition: Partition) => Promise<Outcome>): Promise<Outcome> {
    for (;;) {
      const partition = partitionState(number)
      const outcome = await partition.exclusively(async () => {
        if (partitions.get(number) !== partition) return undefined // forgotten while we waited
        try {
          return await task(partition)
        } catch (cause) {
          if (partitions.get(number) === partition) partitions.delete(number)
          throw cause
        }
      })
      if (outcome !== undefined) return outcome
    }
  }

  async function onBatch(batch: RawBatch): Promise<Outcome> {
    const place = `${batch.topic}/${batch.partition}`
    if (poisoned.has(place)) return { pause_ms: LAST_RETRY_MS }
    try {
      const outcome = await inPartition(batch.partition, (partition) => applyBatch(partition, batch))
      failures.delete(place)
      if (failures.size === 0 && poisoned.size === 0) state = 'running'
      return outcome
    } catch (cause) {
      const fields = { view: view.name, topic: batch.topic, partition: batch.partition, from: batch.fetched_from, cause }
      if (cause instanceof PoisonError) {
        poisoned.add(place)
        state = 'stopped'
        log('error', 'stopped a partition at a record that cannot be applied; mend the view or the record, then restart the worker', fields)
        return { pause_ms: LAST_RETRY_MS }
      }
      const failed = (failures.get(place) ?? 0) + 1
      failures.set(place, failed)
      counts.retries++
      state = 'retrying'
      const pause_ms = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failed - 1)) * (0.5 + options.random() / 2)
      log('warn', 'applying a batch: will try again', { ...fields, attempt: failed, pause_ms: Math.round(pause_ms) })
      return { pause_ms }
    }
  }

  async function applyBatch(partition: Partition, batch: RawBatch): Promise<Outcome> {
    const positions = await partition.positions()
    let at = positions.next.get(batch.topic) ?? 0
    // a gap between `fetched_from` and the first record is Kafka's own (compaction, aborted transactions); one before it is ours
    if (batch.fetched_from > at) return { seek: at }
    const fresh = batch.records.filter((record) => record.offset >= at)
    for (let start = 0; start < fresh.length; start += MAX_RECORDS_PER_FLUSH) {
      const slice = fresh.slice(start, start + MAX_RECORDS_PER_FLUSH)
      const next = start + slice.length < fresh.length ? (slice.at(-1)?.offset ?? at) + 1 : batch.next
      const writes = await effectOf(partition, batch.topic, slice)
      if (writes.length === 0 && slice.length < MAX_RECORDS_PER_FLUSH) {
        await partition.advance(batch.topic, next)
      } else if (await partition.flush({ topic: batch.topic, from: at, next, writes }) === 'fenced') {
        counts.fenced++
        if (partitions.get(batch.partition) === partition) partitions.delete(batch.partition)
        log('info', 'another worker moved the position; reading it again', { view: view.name, topic: batch.topic, partition: batch.partition, from: at })
        return { seek: at }
      } else {
        counts.flushes++
      }
      at = next
      counts.records += slice.length
    }
    lag.applied(batch.topic, batch.partition, Math.max(at, batch.next), batch.high_watermark, fresh.at(-1)?.timestamp)
    // the position ran ahead of what Kafka handed over: skip to it rather than fetch what is applied
    return at > batch.next ? { seek: at } : 'done'
  }

  async function effectOf(partition: Partition, topic: string, records: readonly RawRecord[]): Promise<readonly RowWrite[]> {
    const decoder = options.decoders.get(topic)
    if (decoder === undefined) throw new PoisonError(`no decoder for topic '${topic}'`)
    await decoder.prepare(records.flatMap((record) => record.value ?? []))
    try {
      const events = records.flatMap((record): Placed[] => (record.value === null ? [] : [{ offset: record.offset, change: { ...decoder.decode(record.value), topic } }]))
      const refs = touched(view, events)
      return await partition.fold(view, events, refs)
    } catch (cause) {
      if (cause instanceof StoreReadError) throw cause
      throw new PoisonError(`applying records ${records[0]?.offset} to ${records.at(-1)?.offset} of '${topic}'`, { cause })
    }
  }

  const consumer: RunningConsumer = await kafka.consume({
    group: groupName(view), topics: Object.keys(view.from), gather_ms: store.gather_ms ?? 0, onBatch, onCrash: options.onCrash,
    onAssigned(assigned, seek) {
      partitions.clear()
      poisoned.clear()
      lag.assigned(assigned)
      state = 'running'
      // the group's commit may stand before or after the store's position, and an idle topic sends no batch to notice by
      for (const [topic, owned] of assigned) {
        for (const number of owned) {
          partitionState(number).positions().then(({ next }) => {
            const at = next.get(topic) ?? 0
            lag.applied(topic, number, at, undefined, undefined)
            seek(topic, number, at)
          }).catch((cause: unknown) => {
            partitions.delete(number)
            log('warn', 'reading a position; the first batch will read it again', { view: view.name, topic, partition: number, cause })
          })
        }
      }
    },
  })
  return {
    view,
    async status() {
      const { name, version, store: kind } = view
      return { name, version, store: kind, state, ...await lag.now(), records_total: counts.records, flushes_total: counts.flushes, fenced_total: counts.fenced, retries_total: counts.retries }
    },
    async stop() {
      await consumer.stop()
      state = 'stopped'
    },
  }
}
