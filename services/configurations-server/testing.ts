/** For tests: the topic in memory, and logs over it. */
import { DecodeError, type Codec } from '@cdlc/schemas/codec.ts'
import type { KafkaClient, OutgoingRecord, RawRecord, Subscription } from '@cdlc/streams/runtime/kafka.ts'
import { topic } from './entry.ts'
import { openConfigurationLog, type ConfigurationLog } from './log.ts'

/** Values as JSON; what begins with `?` is none. */
const codec: Codec = {
  encoder: async () => (value) => Buffer.from(JSON.stringify(value)),
  reader: <T>() => ({
    prepare: async () => undefined,
    decode: (value: Buffer) => {
      if (value.toString().startsWith('?')) throw new DecodeError('undecodable', 'no record')
      return JSON.parse(value.toString()) as T
    },
  }),
}

interface Consumer { readonly subscription: Subscription; next: number; busy: Promise<void> }
export interface MemoryTopic {
  readonly kafka: Pick<KafkaClient, 'consume' | 'offsets' | 'produce'>
  readonly records: readonly RawRecord[]
  /** Whether the broker answers. */
  readonly state: { away: boolean }
  /** Takes what is to be written before a record is; left out: nothing. */
  before: (() => Promise<unknown>) | undefined
  crash(): void
}

/** One partition; consumers get a record in a batch of its own, in a later turn. */
export function memoryTopic(): MemoryTopic {
  const records: RawRecord[] = []
  const consumers = new Set<Consumer>()
  const state = { away: false }
  const deliver = (consumer: Consumer): void => {
    consumer.busy = consumer.busy.then(async () => {
      while (consumers.has(consumer) && consumer.next < records.length) {
        const record = records[consumer.next]
        if (record === undefined) return
        const { offset } = record
        const outcome = await consumer.subscription.onBatch({ topic, partition: 0, fetched_from: offset, next: offset + 1, high_watermark: records.length, records: [record] })
        if (outcome === 'done') consumer.next = offset + 1
        else if ('seek' in outcome) consumer.next = outcome.seek
        else await new Promise((resolve) => { setTimeout(resolve, 1) })
      }
    })
  }
  const scene: MemoryTopic = {
    records, state, before: undefined,
    kafka: {
      async consume(subscription) {
        if (state.away) throw new Error('no broker')
        const consumer = { subscription, next: 0, busy: Promise.resolve() }
        consumers.add(consumer)
        subscription.onAssigned(new Map([[topic, [0]]]), (_topic, _partition, offset) => { consumer.next = offset })
        deliver(consumer)
        return { stop: async () => { consumers.delete(consumer) } }
      },
      async offsets() {
        if (state.away) throw new Error('no broker')
        return [{ partition: 0, low: 0, high: records.length }]
      },
      async produce(_topic: string, more: readonly OutgoingRecord[]) {
        if (state.away) throw new Error('no broker')
        const { before } = scene
        scene.before = undefined
        await before?.()
        for (const { key, value } of more) records.push({ offset: records.length, key, value, timestamp: 0, headers: {} })
        for (const consumer of consumers) deliver(consumer)
      },
    },
    crash() {
      for (const consumer of consumers) {
        consumers.delete(consumer)
        consumer.subscription.onCrash(new Error('down for good'))
      }
    },
  }
  return scene
}

/** A log over the topic; what it logs goes into `logged`. */
export function logOver({ kafka }: Pick<MemoryTopic, 'kafka'>, logged: string[] = []): ConfigurationLog {
  return openConfigurationLog({ kafka, codec, groups: { remove: async () => 'removed' }, log: (_level, message) => { logged.push(message) }, clock: { now: () => 7 } })
}
