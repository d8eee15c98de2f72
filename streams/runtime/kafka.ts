/** The one file that imports kafkajs: topics, producing, and a consumer that hands over batches and takes back where to go on. */
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs, { type Admin, type Consumer, type EachBatchPayload, type Kafka, type logCreator, type Producer } from 'kafkajs'
import { copartitioned } from './assigner.ts'
import { Fetched } from './fetched.ts'
import { patiently } from './patiently.ts'

const { ConfigResourceTypes, logLevel, Partitioners } = kafkajs // CommonJS: Node finds no names in it

/** A record as it lay in its partition; `timestamp` is ms since the epoch. */
export interface RawRecord {
  readonly offset: number
  readonly key: string | null
  readonly value: Buffer | null
  readonly timestamp: number
  readonly headers: Readonly<Record<string, Buffer>>
}

/** A record to send; without a partition, murmur2 of its key chooses one. */
export interface OutgoingRecord {
  readonly key: string | null
  readonly value: Buffer | null
  readonly partition?: number
  readonly headers?: Readonly<Record<string, string | Buffer>>
}

/** Consecutive records of one topic partition. `fetched_from` is the offset that was asked for, `next` the one after the last. */
export interface RawBatch {
  readonly topic: string
  readonly partition: number
  readonly fetched_from: number
  readonly next: number
  readonly high_watermark: number
  readonly records: readonly RawRecord[]
}

/** Go on after the batch, go on at another offset, or rest and then ask for the same records again. */
export type Outcome = 'done' | { readonly seek: number } | { readonly pause_ms: number }

export interface Subscription {
  readonly group: string
  readonly topics: readonly string[]
  /** Bytes of a partition that come at once, at most, but for a record that is larger; left out: 1 MiB. The next are asked for when these are done with. */
  readonly fetch_bytes?: number | undefined
  /** How long records of a partition may gather while one batch is followed by another, where a batch costs much however small it is. The first after a rest comes at once. */
  readonly gather_ms?: number
  /** How long the broker may hold a question that finds nothing; a record ends it at once. Longer costs an idle process less. */
  readonly wait_ms?: number
  /** Whether the group's offsets are kept; left out: yes. A group of one reading has no use for them. */
  readonly commits?: boolean
  /** Never throws; called for several partitions at once, for one partition never twice at once. */
  readonly onBatch: (batch: RawBatch) => Promise<Outcome>
  /** The partitions that are ours now, after every rebalance. `seek` asks for other records next; some fetched before may still arrive once. */
  readonly onAssigned: (assigned: ReadonlyMap<string, readonly number[]>, seek: Seek) => void
  /** The consumer is down for good. */
  readonly onCrash: (cause: unknown) => void
}

export type Seek = (topic: string, partition: number, offset: number) => void

export interface RunningConsumer {
  /** Finishes the batches in hand, commits and leaves the group. */
  stop(): Promise<void>
}

export interface TopicPlan {
  readonly name: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

export interface OffsetRange { readonly partition: number; readonly low: number; readonly high: number }

export interface KafkaClient {
  /** Makes the topics that are missing; answers their names. Throws on one that differs from its plan. */
  createTopics(plans: readonly TopicPlan[]): Promise<readonly string[]>
  topics(): Promise<readonly string[]>
  /** First and next offset of every partition. */
  offsets(topic: string): Promise<readonly OffsetRange[]>
  consume(subscription: Subscription): Promise<RunningConsumer>
  /** Sends, and waits for all in-sync replicas; idempotent. */
  produce(topic: string, records: readonly OutgoingRecord[]): Promise<void>
  close(): Promise<void>
}

/** Fetch and group settings that measured best; `minBytes` 1 makes the broker answer as soon as it has anything. */
const consumerSettings = {
  minBytes: 1, maxWaitTimeInMs: 250,
  heartbeatInterval: 300, sessionTimeout: 6_000, rebalanceTimeout: 15_000,
}
const FETCH_BYTES = 1 << 20
/** A batch of so many records has gathered enough. */
const MANY = 500
const PARTITIONS_AT_ONCE = 8
const COMMIT_EVERY_MS = 1_000

/** kafkajs tells routine rebalances as errors; only its own errors of the client are worth a line. */
const quiet: logCreator = () => ({ namespace, level, log }) => {
  if (level > logLevel.ERROR || /rebalanc|not the coordinator|disconnected/i.test(`${log.message} ${log['error'] ?? ''}`)) return
  process.stderr.write(`${JSON.stringify({ level: 'warn', component: `kafka/${namespace}`, message: log.message, error: log['error'] })}\n`)
}

/** The broker will know in a moment: it says so of a topic that was made just now, or that moves to another broker. */
const settles = (cause: unknown): boolean => cause instanceof kafkajs.KafkaJSProtocolError && cause.retriable

/** Connects to nothing yet. */
export function createKafka(brokers: readonly string[], clientId: string): KafkaClient {
  const kafka = new kafkajs.Kafka({
    clientId, brokers: [...brokers], logLevel: logLevel.ERROR, logCreator: quiet, connectionTimeout: 3_000, requestTimeout: 30_000,
    retry: { initialRetryTime: 50, maxRetryTime: 3_000, retries: 8 },
  })
  let admin: Promise<Admin> | undefined
  const openProducer = async (): Promise<Producer> => { const made = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner, retry: { retries: 20 } }); await made.connect(); return made }
  let producing: Promise<Producer> | undefined
  const consumers = new Set<RunningConsumer>()
  /** First questions about topics: kafkajs throws at another that comes while it learns where a topic lies. */
  const learning = new Map<string, Promise<unknown>>()
  const connectedAdmin = (): Promise<Admin> => {
    admin ??= (async () => { const made = kafka.admin(); await made.connect(); return made })()
    admin.catch(() => { admin = undefined })
    return admin
  }
  return {
    createTopics: async (plans) => createTopics(await connectedAdmin(), plans),
    topics: async () => (await (await connectedAdmin()).listTopics()).sort(),
    async offsets(topic) {
      const asked = (learning.get(topic) ?? connectedAdmin()).then(() => patiently(async () => (await connectedAdmin()).fetchTopicOffsets(topic), settles))
      if (!learning.has(topic)) learning.set(topic, asked.catch(() => learning.delete(topic)))
      const found = await asked
      return found.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) })).sort((a, b) => a.partition - b.partition)
    },
    async consume(subscription) {
      const running = await consume(kafka, subscription)
      consumers.add(running)
      return { ...running, stop: async () => { consumers.delete(running); await running.stop() } }
    },
    async produce(topic, records) {
      const sending = producing ??= openProducer()
      await sending.then((made) => made.send({ topic, acks: -1, timeout: 10_000, messages: records.map((record) => ({ ...record, headers: { ...record.headers } })) })).catch((cause: unknown) => {
        // kafkajs numbers the next send as the one that failed; a broker that has that one after all would drop the next in silence
        if (producing === sending) producing = undefined
        void sending.then((made) => made.disconnect()).catch(() => {})
        throw cause
      })
    },
    async close() {
      await Promise.allSettled([...consumers].map((consumer) => consumer.stop()))
      await Promise.allSettled([admin?.then((made) => made.disconnect()), producing?.then((made) => made.disconnect())])
    },
  }
}

async function createTopics(admin: Admin, plans: readonly TopicPlan[]): Promise<readonly string[]> {
  const there = new Set(await admin.listTopics())
  const missing = plans.filter((plan) => !there.has(plan.name))
  if (missing.length > 0) {
    await patiently(() => admin.createTopics({ waitForLeaders: true, timeout: 30_000, topics: missing.map((plan) => ({
      topic: plan.name, numPartitions: plan.partitions, replicationFactor: -1, configEntries: Object.entries(plan.config).map(([name, value]) => ({ name, value })) })) }), settles)
  }
  const existing = plans.filter((plan) => there.has(plan.name))
  if (existing.length === 0) return missing.map((plan) => plan.name)
  const { topics } = await admin.fetchTopicMetadata({ topics: existing.map((plan) => plan.name) })
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: existing.map((plan) => (
    { type: ConfigResourceTypes.TOPIC, name: plan.name, configNames: Object.keys(plan.config) })) })
  for (const plan of existing) {
    const partitions = topics.find((topic) => topic.name === plan.name)?.partitions.length
    if (partitions !== plan.partitions) {
      throw new Error(`creating topic '${plan.name}': it exists with ${partitions} partitions where the catalogue says ${plan.partitions}; partitions never change, since keys would move: correct the catalogue or make a new topic`)
    }
    const configs = resources.find((resource) => resource.resourceName === plan.name)?.configEntries ?? []
    for (const [name, value] of Object.entries(plan.config)) {
      const actual = configs.find((config) => config.configName === name)?.configValue
      if (actual !== value) throw new Error(`creating topic '${plan.name}': it exists with ${name}=${actual} where the catalogue says ${value}; alter the topic or the catalogue`)
    }
  }
  return missing.map((plan) => plan.name)
}

async function consume(kafka: Kafka, { group, topics, fetch_bytes = FETCH_BYTES, gather_ms = 0, wait_ms = consumerSettings.maxWaitTimeInMs, commits = true, onBatch, onAssigned, onCrash }: Subscription): Promise<RunningConsumer> {
  let owned: ReadonlyMap<string, readonly number[]> = new Map()
  const consumer = kafka.consumer({ groupId: group, partitionAssigners: [copartitioned(() => owned)], ...consumerSettings, retry: { retries: 1_000, maxRetryTime: 3_000 },
    maxBytesPerPartition: fetch_bytes, maxBytes: fetch_bytes * PARTITIONS_AT_ONCE, maxWaitTimeInMs: wait_ms })
  const committable = new Map<string, { topic: string; partition: number; offset: string }>()
  let stopping = false
  const seek: Seek = (topic, partition, offset) => { if (!stopping) consumer.seek({ topic, partition, offset: String(offset) }) }
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    committable.clear()
    owned = new Map(Object.entries(payload.memberAssignment))
    onAssigned(owned, seek)
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => { if (!payload.restart && !stopping) onCrash(payload.error) })

  const eachBatch = async ({ batch, resolveOffset, heartbeat, isStale }: EachBatchPayload): Promise<void> => {
    if (isStale() || stopping) return
    const { topic, partition } = batch
    const next = Number(batch.lastOffset()) + 1
    const came_at = performance.now()
    // kafkajs sends no heartbeat of its own while a batch is worked on
    const beat = setInterval(() => { heartbeat().catch(() => {}) }, consumerSettings.heartbeatInterval)
    const outcome = await onBatch({
      topic, partition, next, fetched_from: Number((batch as unknown as { fetchedOffset: string }).fetchedOffset), high_watermark: Number(batch.highWatermark),
      records: batch.messages.map((message) => new Fetched(message)),
    }).finally(() => clearInterval(beat))
    const rest_ms = came_at + gather_ms - performance.now()
    if (rest_ms > 0 && outcome === 'done' && batch.messages.length < MANY) await delay(rest_ms)
    if (outcome === 'done') {
      resolveOffset(String(next - 1))
      committable.set(`${topic}/${partition}`, { topic, partition, offset: String(next) })
    } else if ('seek' in outcome) {
      seek(topic, partition, outcome.seek)
    } else {
      consumer.pause([{ topic, partitions: [partition] }])
      setTimeout(() => { if (!stopping) resume(consumer, topic, partition) }, outcome.pause_ms)
    }
  }

  await consumer.connect()
  await consumer.subscribe({ topics: [...topics], fromBeginning: true })
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 16, eachBatch })
  // commits are for lag tools and for where a fetch starts; what counts is the position in the store
  const commit = async (): Promise<void> => {
    const offsets = [...committable.values()]
    committable.clear()
    if (commits && offsets.length > 0) await consumer.commitOffsets(offsets).catch(() => {})
  }
  const committing = (async () => {
    while (!stopping) { await delay(COMMIT_EVERY_MS, undefined, { ref: false }); await commit() }
  })()
  return {
    async stop() {
      if (stopping) return
      stopping = true
      await consumer.stop()
      await commit()
      await consumer.disconnect()
      void committing
    },
  }
}

/** The partition may have gone to another member meanwhile; then there is nothing to resume. */
const resume = (consumer: Consumer, topic: string, partition: number): void => { try { consumer.resume([{ topic, partitions: [partition] }]) } catch { /* not running any more */ } }
