/**
 * A producer for one writer that must know where its records landed, or that they may or may not have.
 *
 * kafkajs gives the sequence number of a send that failed to the next one. If the broker had taken the first after all, it takes the
 * second for a repeat of it, answers with the first one's offset, and stores nothing. So sends go one after another here, and a
 * producer that failed once is not used again.
 */
import kafkajs from 'kafkajs'
import type { OutgoingRecord } from './kafka.ts'

const { logLevel, Partitioners } = kafkajs // CommonJS: Node finds no names in it

/** A record to send, with the time that its partition shall know it by (ms since the epoch); left out: now. */
export interface TimedRecord extends OutgoingRecord {
  readonly timestamp?: number
}

export interface Producer {
  /**
   * Records of one partition are appended together or not at all. Resolves with the offset of the first one in each partition, once
   * all in-sync replicas have them. After an error it is not known which arrived, or will.
   */
  send(topic: string, records: readonly TimedRecord[]): Promise<ReadonlyMap<number, number>>
  close(): Promise<void>
}

/** Gives producers; each has a connection and an identity of its own, and connects at its first send. */
export function openProducers(brokers: readonly string[], clientId: string): () => Producer {
  const kafka = new kafkajs.Kafka({
    clientId, brokers: [...brokers], logLevel: logLevel.NOTHING, connectionTimeout: 3_000, requestTimeout: 30_000,
    retry: { initialRetryTime: 50, maxRetryTime: 3_000, retries: 8 },
  })
  return () => {
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner })
    let connecting: Promise<void> | undefined
    let tail: Promise<unknown> = Promise.resolve()
    let failure: Error | undefined
    const send: Producer['send'] = async (topic, records) => {
      if (failure !== undefined) throw new Error(`sending ${records.length} records to '${topic}' with a producer that has failed`, { cause: failure })
      try {
        connecting ??= producer.connect()
        await connecting
        const sent = await producer.send({ topic, acks: -1, timeout: 10_000, messages: records.map(({ timestamp, headers, ...record }) => (
          { ...record, headers: { ...headers }, ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }) })) })
        return new Map(sent.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]))
      } catch (cause) {
        failure = new Error(`sending ${records.length} records to '${topic}'`, { cause })
        throw failure
      }
    }
    return {
      send(topic, records) {
        const sending = tail.then(() => send(topic, records))
        tail = sending.catch(() => {})
        return sending
      },
      async close() {
        await tail
        await connecting?.then(() => producer.disconnect()).catch(() => {})
      },
    }
  }
}
