/** Topics as a broker keeps them: append-only logs by partition, with holes where compaction or a transaction's marker left one. */
import type { OffsetRange, OutgoingRecord, RawRecord, TopicPlan } from '../../runtime/kafka.ts'
import { partitionOf } from '../../runtime/partition.ts'

export interface Fetched {
  readonly records: readonly RawRecord[]
  /** Offset after the last that was looked at; past the last record where a hole follows it. */
  readonly next: number
  readonly high_watermark: number
}

export interface Broker {
  create(plans: readonly TopicPlan[]): readonly string[]
  topics(): readonly string[]
  partitions(topic: string): number
  offsets(topic: string): readonly OffsetRange[]
  append(topic: string, records: readonly OutgoingRecord[], timestamp: number): void
  /** Uses up an offset that no record has. */
  skip(topic: string, partition: number): void
  fetch(topic: string, partition: number, from: number, offsets: number): Fetched
  /** Every record of a partition. */
  records(topic: string, partition: number): readonly RawRecord[]
  /** Called with each partition that has grown. */
  onAppend(listener: (topic: string, partition: number) => void): void
}

type Slots = (RawRecord | undefined)[]

const bytesOf = (headers: OutgoingRecord['headers']): Readonly<Record<string, Buffer>> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, Buffer.from(value)]))

export function createBroker(): Broker {
  const logs = new Map<string, readonly Slots[]>()
  const listeners: ((topic: string, partition: number) => void)[] = []
  const partitionsOf = (topic: string): readonly Slots[] => {
    const found = logs.get(topic)
    if (found === undefined) throw new Error(`simulated broker: no topic '${topic}'`)
    return found
  }
  const slotsOf = (topic: string, partition: number): Slots => {
    const found = partitionsOf(topic)[partition]
    if (found === undefined) throw new Error(`simulated broker: no partition ${partition} of topic '${topic}'`)
    return found
  }
  return {
    create(plans) {
      const missing = plans.filter(({ name }) => !logs.has(name))
      for (const { name, partitions } of missing) logs.set(name, Array.from({ length: partitions }, () => []))
      return missing.map(({ name }) => name)
    },
    topics: () => [...logs.keys()].sort(),
    partitions: (topic) => partitionsOf(topic).length,
    offsets: (topic) => partitionsOf(topic).map((slots, partition) => ({ partition, low: 0, high: slots.length })),
    append(topic, records, timestamp) {
      const grown = new Set<number>()
      const count = partitionsOf(topic).length
      for (const { key, value, headers, partition = partitionOf(key ?? '', count) } of records) {
        const slots = slotsOf(topic, partition)
        slots.push({ offset: slots.length, key, value, timestamp, headers: bytesOf(headers) })
        grown.add(partition)
      }
      for (const partition of grown) for (const listener of listeners) listener(topic, partition)
    },
    skip: (topic, partition) => { slotsOf(topic, partition).push(undefined) },
    fetch(topic, partition, from, offsets) {
      const slots = slotsOf(topic, partition)
      const next = Math.min(slots.length, from + offsets)
      return { next, high_watermark: slots.length, records: slots.slice(from, next).filter((slot) => slot !== undefined) }
    },
    records: (topic, partition) => slotsOf(topic, partition).filter((slot) => slot !== undefined),
    onAppend: (listener) => { listeners.push(listener) },
  }
}
