/**
 * Runs one processor: keeps a task open for every partition that is its own, hands batches to them, and decides what a failure means.
 *
 * The changelog's position rules, not Kafka's commit. A task that failed, or found the partition claimed by another owner, is
 * abandoned: the next one claims the partition, restores what counts, and goes on from there.
 */
import { letterOf, StopError } from './applier.ts'
import { FencedError } from './changelog.ts'
import { type DeadLetters, identityOf } from './dead-letter.ts'
import { decodeRecords, decodeRedriven, type Decoders, type Poison, triedOf } from './decode.ts'
import { pauseAfter } from './failure.ts'
import type { KafkaClient, Outcome, RawBatch, RawRecord, Seek } from './kafka.ts'
import { createLag } from './lag.ts'
import type { Log } from './log.ts'
import { type Processor, processorGroup } from './processor.ts'
import type { TimedEvent } from './processor-step.ts'
import { openTask, type Task, type TaskOptions } from './processor-task.ts'
import { type Held, openTasks } from './processor-tasks.ts'
import type { WorkerState } from './worker.ts'

export interface ProcessorOptions extends TaskOptions {
  readonly decoders: Decoders
  /** Ends of topics for lag, which may be a moment old; left out: Kafka is asked each time. */
  readonly offsets?: KafkaClient['offsets']
  readonly deadLetters: DeadLetters
  readonly log: Log
  /** Random number in [0, 1), for jitter. */
  readonly random: () => number
  /** The consumer is down for good; whoever runs the process should start another worker. */
  readonly onCrash: (cause: unknown) => void
}

export interface ProcessorStatus {
  readonly name: string
  readonly version: number
  readonly to: string
  readonly state: WorkerState
  readonly partitions: number
  readonly lag_records: number
  readonly lag_seconds: number
  readonly records_total: number
  readonly emitted_total: number
  /** Records, or parts of one, of which nothing came, by reason; of the partitions that are ours, since their changelogs began. */
  readonly dropped: Readonly<Record<string, number>>
  readonly commits_total: number
  /** Changelog records read to restore state. */
  readonly restored_total: number
  readonly fenced_total: number
  readonly retries_total: number
  readonly dead_letters_total: number
  readonly rebalances_total: number
}

export interface ProcessorWorker {
  readonly processor: Processor
  status(): Promise<ProcessorStatus>
  /** Looks for writes of owners that have lost a partition, and for claims of others. For a timer: it must be called once a day at least. */
  check(): Promise<void>
  /** Finishes the batches in hand, commits what is due, and leaves the group. */
  stop(): Promise<void>
}

/** Records decoded and applied at a time; so many have had their effect when the worker next says how far it is. */
const SLICE_RECORDS = 1_000
/** Each batch of a partition is sent as records to two topics at least, however small it is. */
const GATHER_MS = 50

/** What has gone wrong lately with one topic partition. */
interface Trouble { failures: number; stopped: boolean; readonly published: Set<number> }

/** Joins the group and works until stopped. The output topic and the changelog must be there. */
export async function startProcessor(options: ProcessorOptions): Promise<ProcessorWorker> {
  const { processor, kafka, log, deadLetters, clock } = options
  const topics = [...Object.keys(processor.from), deadLetters.topic]
  const tasks = openTasks((partition) => openTask(options, partition), (partition, cause) => log('warn', 'closing a partition; its next owner restores it', { processor: processor.name, partition, cause }))
  const troubles = new Map<string, Trouble>()
  const lag = createLag({ offsets: options.offsets ?? kafka.offsets }, topics, () => clock.now())
  const counts = { records: 0, fenced: 0, retries: 0, dead_letters: 0, rebalances: 0 }
  let owned: ReadonlyMap<string, readonly number[]> = new Map()
  let seekTo: Seek = () => {}
  let life: 'starting' | 'running' | 'stopped' = 'starting'
  await deadLetters.prepare()

  const place = ({ topic, partition }: Pick<RawBatch, 'topic' | 'partition'>): string => `${topic}/${partition}`
  const mine = (): ReadonlySet<number> => new Set([...owned.values()].flat())

  /** Fetching goes on from the task's positions: of every topic of the partition but the one in hand, as an idle one sends no batch to notice by. */
  async function goOn(partition: number, held: Held, inHand?: string): Promise<void> {
    try {
      const task = await held.task
      for (const topic of topics) {
        if (topic === inHand || held.left.aborted || owned.get(topic)?.includes(partition) !== true) continue
        lag.applied(topic, partition, task.position(topic), undefined, undefined)
        seekTo(topic, partition, task.position(topic))
      }
    } catch (cause) {
      tasks.leave(partition, held, 'abandon')
      log('warn', 'opening a partition: its next batch will try again', { processor: processor.name, partition, cause })
    }
  }

  async function taskOf(partition: number, inHand?: string): Promise<Held> {
    const isNew = tasks.held().every(([number]) => number !== partition)
    const held = tasks.of(partition)
    if (isNew) await goOn(partition, held, inHand)
    return held
  }

  async function onBatch(batch: RawBatch): Promise<Outcome> {
    const { topic, partition } = batch
    const trouble = troubles.get(place(batch)) ?? { failures: 0, stopped: false, published: new Set() }
    lag.received(topic, partition, batch.records[0]?.timestamp)
    if (trouble.stopped) return { pause_ms: processor.failure.transient.last_ms }
    const held = await taskOf(partition, topic)
    try {
      const task = await held.task
      const outcome = await task.exclusively(async () => (held.left.aborted ? { pause_ms: 0 } : applyBatch(task, batch, trouble)))
      troubles.delete(place(batch))
      return outcome
    } catch (cause) {
      tasks.leave(partition, held, 'abandon')
      troubles.set(place(batch), trouble)
      return afterFailure(batch, trouble, cause)
    }
  }

  function afterFailure({ topic, partition, fetched_from }: RawBatch, trouble: Trouble, cause: unknown): Outcome {
    const fields = { processor: processor.name, topic, partition, from: fetched_from, cause }
    if (cause instanceof StopError) {
      trouble.stopped = true
      log('error', 'stopped a partition at a record that cannot be applied; mend the processor or the record, then restart the worker', fields)
      return { pause_ms: processor.failure.transient.last_ms }
    }
    trouble.failures++
    const pause_ms = pauseAfter(processor.failure, trouble.failures, options.random())
    if (cause instanceof FencedError) counts.fenced++
    else counts.retries++
    log(cause instanceof FencedError ? 'info' : 'warn', 'applying a batch: will try again', { ...fields, attempt: trouble.failures, pause_ms: Math.round(pause_ms) })
    return { pause_ms }
  }

  async function applyBatch(task: Task, batch: RawBatch, trouble: Trouble): Promise<Outcome> {
    const { topic, partition } = batch
    const at = task.position(topic)
    if (batch.fetched_from > at) return { seek: at }
    const fresh = batch.records.filter((record) => record.offset >= at)
    for (let start = 0; start === 0 || start < fresh.length; start += SLICE_RECORDS) {
      const records = fresh.slice(start, start + SLICE_RECORDS)
      const isLast = start + SLICE_RECORDS >= fresh.length
      await applySlice(task, batch, records, isLast ? Math.max(at, batch.next) : (records.at(-1)?.offset ?? at) + 1, trouble)
      counts.records += records.length
      lag.applied(topic, partition, task.position(topic), batch.high_watermark, records.at(-1)?.timestamp)
    }
    // the position ran ahead of what Kafka handed over: skip to it rather than fetch what is applied
    return at > batch.next ? { seek: at } : 'done'
  }

  async function applySlice(task: Task, batch: RawBatch, records: readonly RawRecord[], next: number, trouble: Trouble): Promise<void> {
    const isDeadLetters = batch.topic === deadLetters.topic
    const decoded = await (isDeadLetters ? decodeRedriven : decodeRecords)(options.decoders, batch, records)
    await giveUp(decoded.poison, trouble)
    const timestamps = new Map(records.map(({ offset, timestamp }) => [offset, timestamp]))
    const events = decoded.events.map((event): TimedEvent => ({ ...event, timestamp: timestamps.get(event.offset) ?? 0 }))
    await task.apply({ topic: batch.topic, events, next, reject: async ({ offset }, cause) => {
      const record = records.find((candidate) => candidate.offset === offset)
      const tried = record === undefined ? undefined : triedOf(batch, record, isDeadLetters)
      if (tried !== undefined) await giveUp([{ offset, tried, cause }], trouble)
    } })
  }

  /** Publishes what cannot be applied, once for as long as this worker remembers it; or stops, where that is the policy. */
  async function giveUp(poison: readonly Poison[], trouble: Trouble): Promise<void> {
    const [first] = poison
    if (first === undefined) return
    if (processor.failure.poison === 'stop') throw new StopError(`applying '${identityOf(first.tried.origin)}'`, { cause: first.cause })
    const fresh = poison.filter(({ offset }) => !trouble.published.has(offset))
    if (fresh.length === 0) return
    await deadLetters.publish(fresh.map((one) => letterOf(processorGroup(processor), one)))
    for (const { offset, tried: { origin, attempt }, cause } of fresh) {
      trouble.published.add(offset)
      counts.dead_letters++
      log('error', 'gave a record up; it is in the dead letters', { processor: processor.name, ...origin, attempt, dead_letters: deadLetters.topic, cause })
    }
  }

  const consumer = await kafka.consume({
    gather_ms: GATHER_MS, group: processorGroup(processor), topics, onBatch, onCrash: options.onCrash,
    onAssigned(assigned, seek) {
      counts.rebalances++
      owned = assigned
      seekTo = seek
      life = 'running'
      const ours = mine()
      for (const [partition, held] of tasks.held()) if (!ours.has(partition)) tasks.leave(partition, held, 'close')
      troubles.clear()
      lag.assigned(assigned)
      // a task that stays ours knows better than the group's commits where to go on; claims of others it will find
      for (const partition of ours) void goOn(partition, tasks.of(partition))
    },
  })
  return {
    processor,
    async status() {
      const { name, version, to } = processor
      const [{ commits, emitted, restored, dropped }, { lag_records, lag_seconds }] = await Promise.all([tasks.counts(), lag.now()])
      const all = [...troubles.values()]
      return {
        name, version, to, partitions: mine().size, lag_records, lag_seconds, dropped: Object.fromEntries(dropped),
        state: life !== 'running' ? life : all.some(({ stopped }) => stopped) ? 'stopped' : all.some(({ failures }) => failures > 0) ? 'retrying' : 'running',
        records_total: counts.records, emitted_total: emitted, commits_total: commits, restored_total: restored, fenced_total: counts.fenced,
        retries_total: counts.retries, dead_letters_total: counts.dead_letters, rebalances_total: counts.rebalances,
      }
    },
    async check() {
      await Promise.all([...mine()].map(async (partition) => {
        const held = await taskOf(partition)
        try {
          const task = await held.task
          await task.exclusively(async () => { if (!held.left.aborted) await task.tend() })
        } catch (cause) {
          if (cause instanceof FencedError) counts.fenced++
          tasks.leave(partition, held, 'abandon')
          log('info', 'looking after a partition: will open it again', { processor: processor.name, partition, cause })
        }
      }))
    },
    async stop() {
      await consumer.stop()
      life = 'stopped'
      for (const [partition, held] of tasks.held()) tasks.leave(partition, held, 'close')
      await tasks.ended()
    },
  }
}
