/** A real worker of one view, for benches: on a topic of theirs or on the view's own, watched as it comes to the topics' ends. */
import { carriesTrace, projection, traceColumn } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { createDeadLetters, deadLetterTopic } from '@cdlc/streams/runtime/dead-letter.ts'
import { createKafka, type Outcome, type RawBatch } from '@cdlc/streams/runtime/kafka.ts'
import type { ViewStore } from '@cdlc/streams/runtime/store.ts'
import { type Change, groupName, type View } from '@cdlc/streams/runtime/view.ts'
import { type Decoder, type FlushReport, startWorker, type Worker } from '@cdlc/streams/runtime/worker.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import { removeGroups, removeTopics } from './kafka.ts'

export interface BenchWorker {
  readonly worker: Worker
  /** Resolves when every partition has been applied up to `ends`; rejects when the worker gives up. */
  readonly caughtUp: Promise<void>
  stop(): Promise<void>
}
export interface BenchWorkerOptions {
  readonly endpoints: Endpoints
  readonly view: View
  readonly store: ViewStore
  /** Topic whose contract the values of a source follow; a source that is left out follows its own. */
  readonly contracts?: Readonly<Record<string, string>>
  /** Offset after the last record of each partition, by topic. */
  readonly ends: Readonly<Record<string, readonly number[]>>
  /** The group has been joined and partitions are ours: work begins. */
  readonly onAssigned?: (partitions: ReadonlyMap<string, readonly number[]>) => void
  readonly onFlush?: (report: FlushReport) => void
  /** Decodes the trace context of rows too. */
  readonly traced?: boolean
  /** Records of a flush at most, where fewer than the runtime's own limit are wanted. */
  readonly flush_records?: number
}

export async function runBenchWorker({ endpoints, view, store, contracts = {}, ends, onAssigned, onFlush, traced = false, flush_records }: BenchWorkerOptions): Promise<BenchWorker> {
  const codec = createCodec({ url: endpoints.registry.url })
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-bench')
  const decoders = new Map(Object.entries(view.from).map(([topic, columns]): [string, Decoder] => {
    const contract = contracts[topic] ?? topic
    const reader = codec.reader(projection(contract, traced && carriesTrace(contract) ? [...columns, traceColumn] : columns))
    return [topic, { prepare: (values) => reader.prepare(values), decode: (value) => reader.decode(value) as Change }]
  }))
  const left = new Set(Object.entries(ends).flatMap(([topic, partitions]) => partitions.flatMap((end, partition) => (end > 0 ? [`${topic}/${partition}`] : []))))
  const caughtUp = Promise.withResolvers<void>()
  caughtUp.promise.catch(() => {}) // may fail before anybody waits
  const worker = await startWorker({
    view, store, decoders, deadLetters: createDeadLetters(kafka, view), clock: Date, random: Math.random,
    kafka: {
      offsets: (topic) => kafka.offsets(topic),
      consume: (subscription) => kafka.consume({
        ...subscription, onAssigned: (assigned, seek) => { onAssigned?.(assigned); subscription.onAssigned(assigned, seek) },
        onBatch: flush_records === undefined ? subscription.onBatch : (batch) => inParts(batch, flush_records, subscription.onBatch),
      }),
    },
    onCrash: (cause) => caughtUp.reject(cause),
    onFlush(report) {
      onFlush?.(report)
      if (report.outcome !== 'fenced' && report.next >= (ends[report.topic]?.[report.partition] ?? Infinity)) left.delete(`${report.topic}/${report.partition}`)
      if (report.dead_letters > 0) caughtUp.reject(new Error(`${report.dead_letters} records of ${report.topic}/${report.partition} went to the dead letters`))
      if (left.size === 0) caughtUp.resolve()
    },
    log: (level, message, { cause, ...fields }) => {
      if (level === 'error') caughtUp.reject(new Error(`${message}: ${JSON.stringify(fields)}`, { cause }))
      else if (level === 'warn') process.stderr.write(`${message} ${JSON.stringify(fields)} ${String(cause)}\n`)
    },
  })
  return { worker, caughtUp: caughtUp.promise, stop: async () => { await worker.stop(); await kafka.close() } }
}

/** Hands a batch on in smaller ones, until one of them is not simply done. */
async function inParts(batch: RawBatch, size: number, onBatch: (batch: RawBatch) => Promise<Outcome>): Promise<Outcome> {
  let fetched_from = batch.fetched_from
  for (let start = 0; start < batch.records.length; start += size) {
    const records = batch.records.slice(start, start + size)
    const next = start + size < batch.records.length ? (records.at(-1)?.offset ?? fetched_from) + 1 : batch.next
    const outcome = await onBatch({ ...batch, fetched_from, records, next })
    if (outcome !== 'done') return outcome
    fetched_from = next
  }
  return 'done'
}

/** The store of a view of a bench, empty: a bench that was killed may have left rows. */
export async function freshStore(sinks: Pick<Sinks, 'store'>, view: View): Promise<ViewStore> {
  const store = await sinks.store(view)
  await store.drop()
  return store
}

/** Removes what a view of a bench has left in its store and in Kafka; its workers have stopped. */
export async function removeView(endpoints: Endpoints, view: View, store: ViewStore): Promise<void> {
  await store.drop()
  await removeGroups(endpoints, [groupName(view)])
  await removeTopics(endpoints, [deadLetterTopic(view)])
}
