/**
 * Records that a view could not apply, in the topic `dlq.<view>`, and what became of them.
 *
 * - *dead letter*: the record as it was, with its place and what was wrong with it
 * - *identity*: `<topic>/<partition>/<offset>` of the record, the key of everything that is said of it
 * - *attempt*: how often the view has tried it, from 1; a redrive answers one attempt, and a second failure is the next
 *
 * Publishing comes before the position passes the record, so a crash between the two says the same thing twice: readers go by
 * identity and attempt. A dead letter lies in the partition of its record, so that a redriven one meets the same rows.
 */
import type { KafkaClient, OutgoingRecord, RawRecord } from './kafka.ts'
import type { View } from './view.ts'

/** Where a record was first. */
export interface Origin {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Somebody's order to apply a dead letter again, with a value that may have been mended. */
export interface Redrive {
  readonly origin: Origin
  readonly attempt: number
  readonly key: string | null
  readonly value: Buffer | null
  /** Headers of the original record. */
  readonly headers: Readonly<Record<string, Buffer>>
  /** ms since the epoch, of the original record. */
  readonly timestamp: number
}

/** A record and why it could not be applied. */
export interface DeadLetter extends Redrive {
  readonly code: string
  readonly error: string
  readonly stack: string
  /** Edition of the view that gave it up. */
  readonly edition: string
}

export type Said = { readonly state: 'dead' } & DeadLetter | { readonly state: 'redrive' | 'discard' } & Redrive

export interface DeadLetters {
  readonly topic: string
  /** Makes the topic; it must be there before a worker joins its group. */
  prepare(): Promise<void>
  /** Resolves once all in-sync replicas have them. */
  publish(letters: readonly DeadLetter[]): Promise<void>
}

export const deadLetterTopic = (view: Pick<View, 'name'>): string => `dlq.${view.name}`
export const identityOf = ({ topic, partition, offset }: Origin): string => `${topic}/${partition}/${offset}`

const MAX_ERROR_CHARS = 2_000
const MAX_STACK_CHARS = 8_000
/** A dead letter is its record and some headers more, so its topic takes more than others do (bytes). */
const MAX_MESSAGE_BYTES = '2097152'
const OURS = 'cdlc-'
const THEIRS = 'original-'

export const deadLetterPlan = (view: Pick<View, 'name'>, partitions: number) =>
  ({ name: deadLetterTopic(view), partitions, config: { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'max.message.bytes': MAX_MESSAGE_BYTES } })

/** The dead letters of a view, or of a processor, in Kafka. */
export function createDeadLetters(kafka: Pick<KafkaClient, 'createTopics' | 'offsets' | 'produce'>, view: Pick<View, 'name' | 'from'>): DeadLetters {
  const topic = deadLetterTopic(view)
  return {
    topic,
    async prepare() {
      const [source = ''] = Object.keys(view.from)
      await kafka.createTopics([deadLetterPlan(view, (await kafka.offsets(source)).length)])
    },
    publish: (letters) => kafka.produce(topic, letters.map((letter) => record({ ...letter, state: 'dead' }))),
  }
}

/** What is said of a record, as a record of the dead-letter topic. */
export function record(said: Said): OutgoingRecord {
  const { origin } = said
  const own: Record<string, string | number> = {
    state: said.state, topic: origin.topic, partition: origin.partition, offset: origin.offset, attempt: said.attempt, timestamp: said.timestamp,
    ...(said.key === null ? {} : { key: said.key }),
    ...(said.state === 'dead' ? {
      code: said.code, error: said.error.slice(0, MAX_ERROR_CHARS), stack: said.stack.slice(0, MAX_STACK_CHARS), edition: said.edition } : {}),
  }
  return {
    key: identityOf(origin), value: said.value, partition: origin.partition,
    headers: {
      ...Object.fromEntries(Object.entries(said.headers).map(([name, value]) => [THEIRS + name, value])),
      ...Object.fromEntries(Object.entries(own).map(([name, value]) => [OURS + name, String(value)])),
    },
  }
}

/** What a record of a dead-letter topic says; undefined where it is none of ours. */
export function said(raw: Pick<RawRecord, 'headers' | 'value'>): Said | undefined {
  const own = (name: string): string | undefined => raw.headers[OURS + name]?.toString('utf8')
  const state = own('state')
  const origin = { topic: own('topic') ?? '', partition: Number(own('partition')), offset: Number(own('offset')) }
  const [attempt, timestamp] = [Number(own('attempt')), Number(own('timestamp'))]
  if (origin.topic === '' || ![origin.partition, origin.offset, attempt, timestamp].every((n) => Number.isSafeInteger(n))) return undefined
  const headers = Object.fromEntries(Object.entries(raw.headers).flatMap(([name, value]) => (name.startsWith(THEIRS) ? [[name.slice(THEIRS.length), value]] : [])))
  const common = { origin, attempt, timestamp, key: own('key') ?? null, value: raw.value, headers }
  if (state === 'redrive' || state === 'discard') return { state, ...common }
  if (state !== 'dead') return undefined
  return { state, ...common, code: own('code') ?? '', error: own('error') ?? '', stack: own('stack') ?? '', edition: own('edition') ?? '' }
}
