/**
 * Runs one view: hands each batch to the applier, and decides what a failure means.
 *
 * The store's position rules, not Kafka's commit: what is known of a partition begins with the store's positions, and fetching
 * goes on from there. A flush that is fenced, or fails, forgets what was known and starts there again.
 */
import { applySlice, type ApplierOptions, type FlushReport, StopError } from './applier.ts'
import type { Decoders } from './decode.ts'
import { pauseAfter } from './failure.ts'
import type { KafkaClient, Outcome, RawBatch, RunningConsumer, Seek } from './kafka.ts'
import { createLag, type Lag, type ViewLag } from './lag.ts'
import { type Partition, openPartition } from './partition-state.ts'
import { RejectedError, type ViewStore } from './store.ts'
import { cleared, MAX_RECORDS_PER_FLUSH, noTrouble, passed, refuse, sliceOf, type Trouble } from './trouble.ts'
import { groupName, type View } from './view.ts'

export type { Decoder, Decoders } from './decode.ts'
export type { FlushReport } from './applier.ts'

export interface WorkerOptions extends ApplierOptions {
  readonly store: ViewStore
  readonly kafka: Pick<KafkaClient, 'consume' | 'offsets'>
  readonly decoders: Decoders
  /** Random number in [0, 1), for jitter. */
  readonly random: () => number
  /** The consumer is down for good; whoever runs the process should start another worker. */
  readonly onCrash: (cause: unknown) => void
  readonly onFlush?: (report: FlushReport) => void
  /** Rows of a partition that are kept in memory, up to twice as many; left out: as many as fit the view. */
  readonly max_cells?: number | undefined
}

/** `running`: all is well; `retrying`: a partition rests; `stopped`: a partition stands at a record, or the worker has ended. */
export type WorkerState = 'starting' | 'running' | 'retrying' | 'stopped'
export interface ViewStatus extends ViewLag {
  readonly name: string
  readonly version: number
  readonly build: number
  readonly store: string
  readonly state: WorkerState
  readonly partitions: number
  /** Topic partitions that stand at a record, and those that rest before another try. */
  readonly stopped: number
  readonly retrying: number
  readonly records_total: number
  readonly flushes_total: number
  readonly fenced_total: number
  readonly retries_total: number
  readonly dead_letters_total: number
  readonly rebalances_total: number
  /** ms since the epoch. */
  readonly last_flush_at: number | null
  /** Rows held in memory. */
  readonly cells: number
}
export interface Worker {
  readonly view: View
  status(): Promise<ViewStatus>
  /** Asks a store that fences whether it still stands where we left it, and reads again what it has lost; idle partitions learn of it by this alone. For a timer. */
  check(): Promise<void>
  /** Finishes the flushes in hand and leaves the group. */
  stop(): Promise<void>
}

/** Prepares the view's tables, joins its group and works until stopped. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { view, store, kafka, log, deadLetters, clock } = options
  const topics = [...Object.keys(view.from), deadLetters.topic]
  const partitions = new Map<number, Partition>()
  const troubles = new Map<string, Trouble>()
  const lag: Lag = createLag(kafka, topics, () => clock.now())
  const counts = { records: 0, flushes: 0, fenced: 0, retries: 0, dead_letters: 0, rebalances: 0 }
  let owned: ReadonlyMap<string, readonly number[]> = new Map()
  let seekTo: Seek = () => {}
  let last_flush_at: number | null = null
  let life: 'starting' | 'running' | 'stopped' = 'starting'
  await Promise.all([store.prepare(), deadLetters.prepare()])

  const place = ({ topic, partition }: Pick<RawBatch, 'topic' | 'partition'>): string => `${topic}/${partition}`
  const stateNow = (): WorkerState => {
    if (life !== 'running') return life
    const all = [...troubles.values()]
    return all.some((trouble) => trouble.stopped) ? 'stopped' : all.some((trouble) => trouble.failures > 0) ? 'retrying' : 'running'
  }
  const partitionState = (number: number): Partition => {
    const known = partitions.get(number) ?? openPartition(view, store, number, options.max_cells)
    partitions.set(number, known)
    return known
  }
  /** Partitions to be read anew: what a store has lost it has lost of all their topics, and an idle one sends no batch to notice by. */
  const forgotten = new Set<number>()
  const forget = (number: number, partition: Partition): void => { if (partitions.get(number) === partition && partitions.delete(number)) forgotten.add(number) }

  /** Runs the task alone with the partition. What is known of a partition is forgotten, under its lock, when a task of it fails. */
  async function inPartition<T>(number: number, task: (partition: Partition) => Promise<T>): Promise<T> {
    for (;;) {
      const partition = partitionState(number)
      const outcome = await partition.exclusively(async () => {
        if (partitions.get(number) !== partition) return undefined // forgotten while we waited
        try {
          return { value: await task(partition) }
        } catch (cause) {
          forget(number, partition)
          throw cause
        }
      })
      if (outcome !== undefined) return outcome.value
    }
  }

  async function onBatch(batch: RawBatch): Promise<Outcome> {
    const trouble = troubles.get(place(batch)) ?? noTrouble()
    lag.received(batch.topic, batch.partition, batch.records[0]?.timestamp)
    if (trouble.stopped) return { pause_ms: view.failure.transient.last_ms }
    try {
      const outcome = await inPartition(batch.partition, (partition) => applyBatch(partition, batch, trouble))
      const left = passed(trouble, outcome === 'done' ? batch.next : 'seek' in outcome ? outcome.seek : batch.fetched_from)
      if (left === undefined) troubles.delete(place(batch))
      else troubles.set(place(batch), left)
      return outcome
    } catch (cause) {
      troubles.set(place(batch), trouble)
      return afterFailure(batch, trouble, cause)
    }
  }

  function afterFailure({ topic, partition, fetched_from }: RawBatch, trouble: Trouble, cause: unknown): Outcome {
    const fields = { view: view.name, topic, partition, from: fetched_from, cause }
    if (cause instanceof StopError) {
      trouble.stopped = true
      log('error', 'stopped a partition at a record that cannot be applied; mend the view or the record, then restart the worker', fields)
      return { pause_ms: view.failure.transient.last_ms }
    }
    if (cause instanceof RejectedError) return { pause_ms: 0 } // `refuse` has noted what to leave out; the same records again
    trouble.failures++
    counts.retries++
    const pause_ms = pauseAfter(view.failure, trouble.failures, options.random())
    log('warn', 'applying a batch: will try again', { ...fields, attempt: trouble.failures, pause_ms: Math.round(pause_ms) })
    return { pause_ms }
  }

  /** Where a partition begins by now: topics with a retention lose their oldest records. */
  async function firstKept({ topic, partition }: RawBatch): Promise<number> {
    return (await kafka.offsets(topic)).find((range) => range.partition === partition)?.low ?? 0
  }

  async function applyBatch(partition: Partition, batch: RawBatch, trouble: Trouble): Promise<Outcome> {
    const positions = await partition.positions()
    const anew = forgotten.delete(batch.partition)
    if (anew) for (const topic of topics) if (topic !== batch.topic) void goOn(topic, batch.partition)
    let at = positions.next.get(batch.topic) ?? 0
    // a gap between `fetched_from` and the first record is Kafka's own (compaction, aborted transactions); one before it is ours, unless Kafka has forgotten all that lay there
    if (batch.fetched_from > at && batch.fetched_from > await firstKept(batch)) return { seek: at }
    const fresh = batch.records.filter((record) => record.offset >= at)
    for (let left = fresh; left.length > 0;) {
      const records = sliceOf(trouble, left)
      left = left.slice(records.length)
      const next = left.length > 0 ? (records.at(-1)?.offset ?? at) + 1 : batch.next
      const full = records.length === MAX_RECORDS_PER_FLUSH
      const report = await applySlice(options, partition, { batch, records, from: at, next, full }, trouble.refused, trouble.published)
        .catch((cause: unknown) => { refuse(trouble, records, cause); throw cause })
      cleared(trouble, next)
      options.onFlush?.(report)
      if (report.outcome === 'fenced') {
        counts.fenced++
        forget(batch.partition, partition)
        log('info', 'another worker moved the position; reading it again', { view: view.name, topic: batch.topic, partition: batch.partition, from: at })
        return { seek: at }
      }
      if (report.outcome === 'flushed') {
        counts.flushes++
        last_flush_at = clock.now()
      }
      counts.records += report.records
      counts.dead_letters += report.dead_letters
      at = next
    }
    if (fresh.length === 0 && batch.next > at) await partition.advance(batch.topic, at = batch.next) // a hole and no record: transactions leave such
    lag.applied(batch.topic, batch.partition, Math.max(at, batch.next), batch.high_watermark, fresh.at(-1)?.timestamp)
    // the position ran ahead of what Kafka handed over: skip to it rather than fetch what is applied; or fetching stands who knows where
    return anew || at > batch.next ? { seek: at } : 'done'
  }

  function onAssigned(assigned: ReadonlyMap<string, readonly number[]>, seek: Seek): void {
    counts.rebalances++
    owned = assigned
    seekTo = seek
    life = 'running'
    const mine = new Set([...assigned.values()].flat())
    // what we know of a partition that stays ours is still true, or the fence will say that it is not
    for (const number of partitions.keys()) if (!mine.has(number)) partitions.delete(number)
    troubles.clear()
    lag.assigned(assigned)
    // the group's commit may stand before or after the store's position, and an idle topic sends no batch to notice by
    for (const [topic, numbers] of assigned) for (const number of numbers) void goOn(topic, number)
  }

  /** Fetching goes on from the store's position. */
  async function goOn(topic: string, number: number): Promise<void> {
    const partition = partitionState(number)
    try {
      const at = (await partition.positions()).next.get(topic) ?? 0
      lag.applied(topic, number, at, undefined, undefined)
      seekTo(topic, number, at)
    } catch (cause) {
      forget(number, partition)
      log('warn', 'reading a position; the first batch will read it again', { view: view.name, topic, partition: number, cause })
    }
  }

  const consumer: RunningConsumer = await kafka.consume({
    group: groupName(view), topics, fetch_bytes: store.fetch_bytes, gather_ms: store.gather_ms ?? 0, onBatch, onAssigned, onCrash: options.onCrash,
  })
  return {
    view,
    async status() {
      const { name, version, build, store: kind } = view
      let cells = 0
      for (const partition of partitions.values()) cells += partition.cells()
      const ill = [...troubles.values()]
      return {
        name, version, build, store: kind, state: stateNow(), partitions: new Set([...owned.values()].flat()).size,
        stopped: ill.filter((trouble) => trouble.stopped).length, retrying: ill.filter((trouble) => trouble.failures > 0).length, ...await lag.now(), records_total: counts.records,
        flushes_total: counts.flushes, fenced_total: counts.fenced, retries_total: counts.retries, dead_letters_total: counts.dead_letters, rebalances_total: counts.rebalances, last_flush_at, cells,
      }
    },
    async check() {
      for (const number of new Set([...owned.values()].flat())) {
        const lost = await inPartition(number, async (partition) => {
          const known = await partition.positions()
          if (forgotten.delete(number)) return topics
          if (known.fence === '' || known.fence === (await store.positions(number)).fence) return []
          forget(number, partition)
          return topics
        })
        for (const topic of lost) await goOn(topic, number)
      }
    },
    async stop() {
      await consumer.stop()
      life = 'stopped'
    },
  }
}
