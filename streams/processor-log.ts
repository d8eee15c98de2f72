/**
 * Kafka for the laws of processors: topics in memory, and clients that fail on demand. Each client belongs to a process; every question it
 * asks is one step of that process, and a fault falls on a step by its number:
 *
 * - *die before* or *after*: the process ends there, with the step undone or done
 * - *refuse*: the step fails and is not done; *lose*: it is done and its answer is lost; *delay*: it fails, and is done later all the same
 * - *tear*: of records for several partitions those of the first arrive, and the step fails
 * - *sleep before* or *after*: the process stands still until it is woken, while others go on
 */
import type { KafkaClient, RawRecord, Subscription } from './runtime/kafka.ts'
import type { LocalStore, LocalStores } from './runtime/local-store.ts'
import { partitionOf } from './runtime/partition.ts'
import type { Producer, TimedRecord } from './runtime/producer.ts'

export type FaultKind = 'die before' | 'die after' | 'refuse' | 'lose' | 'delay' | 'tear' | 'sleep before' | 'sleep after'
export interface Fault { readonly step: number; readonly kind: FaultKind }

export interface MemoryLog {
  records(topic: string, partition: number): readonly RawRecord[]
  end(topic: string, partition: number): number
  append(topic: string, records: readonly TimedRecord[]): ReadonlyMap<number, number>
  /** Does what was delayed. */
  settle(): void
  /** Keeps the last record of every key, and the last of all; with `tombstones`, no other record without a value. */
  compact(topic: string, tombstones: boolean): void
  process(stores: LocalStores): Process
}

export interface Process {
  readonly kafka: Pick<KafkaClient, 'consume' | 'offsets'>
  readonly producers: () => Producer
  readonly stores: LocalStores
  /** What the worker asked to be told, once it has. */
  subscription(): Subscription | undefined
  /** The fault falls on the step of that number, counted from the next. */
  plan(fault: Fault): void
  isDead(): boolean
  isAsleep(): boolean
  wake(): void
  die(): void
  /** Resolves when the process has fallen asleep or died. */
  stopped(): Promise<void>
}

class Died extends Error {}

export function memoryLog(topics: readonly { readonly name: string; readonly partitions: number }[], now: () => number): MemoryLog {
  const logs = new Map<string, { records: RawRecord[]; end: number }>()
  const partitions = new Map(topics.map(({ name, partitions: count }) => [name, count]))
  for (const { name, partitions: count } of topics) for (let partition = 0; partition < count; partition++) logs.set(`${name}/${partition}`, { records: [], end: 0 })
  let delayed: (() => void)[] = []
  const logOf = (topic: string, partition: number) => {
    const log = logs.get(`${topic}/${partition}`)
    if (log === undefined) throw new Error(`no partition ${topic}/${partition}`)
    return log
  }

  const partitionFor = (topic: string, record: TimedRecord | undefined): number => record?.partition ?? partitionOf(record?.key ?? '', partitions.get(topic) ?? 1)
  const append: MemoryLog['append'] = (topic, records) => {
    const landed = new Map<number, number>()
    for (const record of records) {
      const { key, value, headers = {}, timestamp } = record
      const partition = partitionFor(topic, record)
      const log = logOf(topic, partition)
      if (!landed.has(partition)) landed.set(partition, log.end)
      log.records.push({ offset: log.end++, key, value, timestamp: timestamp ?? now(), headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])) })
    }
    return landed
  }

  function process(kept: LocalStores): Process {
    let dead = false
    let steps = 0
    let fault: Fault | undefined
    let sleep: PromiseWithResolvers<void> | undefined
    let halt = Promise.withResolvers<void>()
    let subscription: Subscription | undefined

    const die = (): never => {
      dead = true
      halt.resolve()
      throw new Died('the process is dead')
    }
    const doze = async (): Promise<void> => {
      sleep = Promise.withResolvers()
      halt.resolve()
      await sleep.promise
      if (dead) die()
    }
    /** One step: `what` is done at one moment, or not at all; `torn` is the part of it that may be done alone. */
    async function step<T>(what: () => T | Promise<T>, torn: () => void = () => {}): Promise<T> {
      await Promise.resolve()
      if (dead) die()
      const hit = fault !== undefined && steps++ === fault.step ? fault.kind : undefined
      if (hit === 'die before') die()
      if (hit === 'sleep before') await doze()
      if (hit === 'tear') torn()
      if (hit === 'refuse' || hit === 'tear') throw new Error('the broker refused')
      if (hit === 'delay') {
        delayed.push(() => { void (async () => what())().catch(() => {}) })
        throw new Error('the broker did not answer')
      }
      const result = await what()
      if (hit === 'die after') die()
      if (hit === 'sleep after') await doze()
      if (hit === 'lose') throw new Error('the broker\'s answer was lost')
      if (dead) die()
      return result
    }

    /** A reading: hands over everything there is, then rests until it is stopped. */
    async function read({ topics: wanted, onAssigned, onBatch }: Subscription): Promise<void> {
      const positions = new Map<string, number>()
      onAssigned(new Map(wanted.map((topic) => [topic, Array.from({ length: partitions.get(topic) ?? 0 }, (_, partition) => partition)])),
        (topic, partition, offset) => { positions.set(`${topic}/${partition}`, offset) })
      for (const [place, from] of positions) {
        const [topic = '', partition = ''] = place.split('/')
        const batch = await step(() => batchOf(topic, Number(partition), from, Number.MAX_SAFE_INTEGER))
        if (batch.records.length > 0) await onBatch(batch)
      }
    }

    return {
      stores: { async open(name) {
        const store = await step(() => kept.open(name))
        const stepped: LocalStore = { ...store, write: (entries, checkpoint) => step(() => store.write(entries, checkpoint)), clear: () => step(() => store.clear()) }
        return stepped
      } },
      kafka: {
        offsets: (topic) => step(() => Array.from({ length: partitions.get(topic) ?? 0 }, (_, partition) => ({ partition, low: 0, high: logOf(topic, partition).end }))),
        async consume(wanted) {
          if (wanted.group.startsWith('cdlc-reading-')) read(wanted).catch(wanted.onCrash)
          else subscription = wanted
          return { stop: async () => {} }
        },
      },
      producers: () => {
        let failed = false
        return {
          async send(topic, records) {
            if (failed) throw new Error('the producer has failed')
            try {
              const first = partitionFor(topic, records[0])
              return await step(() => append(topic, records), () => append(topic, records.filter((record) => partitionFor(topic, record) === first)))
            } catch (cause) {
              failed = true
              throw cause
            }
          },
          close: async () => {},
        }
      },
      subscription: () => subscription,
      plan(next) {
        fault = next
        steps = 0
      },
      isDead: () => dead,
      isAsleep: () => sleep !== undefined,
      wake() {
        halt = Promise.withResolvers()
        fault = undefined
        sleep?.resolve()
        sleep = undefined
      },
      die() {
        dead = true
        sleep?.resolve()
      },
      stopped: () => halt.promise,
    }
  }

  const batchOf = (topic: string, partition: number, from: number, most: number) => {
    const { records, end } = logOf(topic, partition)
    const found = records.filter(({ offset }) => offset >= from).slice(0, most)
    return { topic, partition, fetched_from: from, next: (found.at(-1)?.offset ?? end - 1) + 1, high_watermark: end, records: found }
  }

  return {
    records: (topic, partition) => logOf(topic, partition).records,
    end: (topic, partition) => logOf(topic, partition).end,
    append,
    settle() {
      const late = delayed
      delayed = []
      for (const task of late) task()
    },
    compact(topic, tombstones) {
      for (let partition = 0; partition < (partitions.get(topic) ?? 0); partition++) {
        const log = logOf(topic, partition)
        const last = new Map(log.records.map(({ key, offset }) => [key, offset]))
        log.records = log.records.filter(({ key, offset, value }) => offset === log.end - 1 || (last.get(key) === offset && !(tombstones && value === null)))
      }
    },
    process,
  }
}
