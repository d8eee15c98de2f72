/**
 * What the laws of processors are checked with: two machines that both take themselves for the owner of every partition, a broker that
 * fails, and a schedule of what happens to them. In the end all that sleeps is woken, all that was delayed arrives, and one owner goes on
 * to the ends of the sources.
 */
import fc from 'fast-check'
import { type Fault, type FaultKind, type MemoryLog, memoryLog, type Process } from './processor-log.ts'
import type { DeadLetters } from './runtime/dead-letter.ts'
import { isBehind, identityOf, type Place } from './runtime/emission.ts'
import { type MemoryStores, memoryStores } from './runtime/local-store-memory.ts'
import { changelogTopic, type Output, type Processor, processorGroup } from './runtime/processor.ts'
import { type ProcessorWorker, startProcessor } from './runtime/processor-worker.ts'
import type { Change } from './runtime/view.ts'

/** Changes of each topic, by partition, in order. */
export type Sources = ReadonlyMap<string, readonly (readonly Change[])[]>

export type Event =
  | { readonly act: 'deliver'; readonly machine: number; readonly topic: number; readonly partition: number; readonly records: number; readonly shift: number; readonly fault: Fault | null }
  | { readonly act: 'hire'; readonly machine: number; readonly wipe: boolean; readonly past: 'stop' | 'kill' | 'forget'; readonly fault: Fault | null }
  | { readonly act: 'check'; readonly machine: number }
  | { readonly act: 'wake'; readonly machine: number }
  | { readonly act: 'settle' }
  | { readonly act: 'compact'; readonly tombstones: boolean }

export const faultKinds: readonly FaultKind[] = ['die before', 'die after', 'refuse', 'lose', 'delay', 'tear', 'sleep before', 'sleep after']
const fault = fc.option(fc.record({ step: fc.nat(11), kind: fc.constantFrom(...faultKinds) }), { freq: 2 })
const machine = fc.nat(1)
/** Schedules of at most this many events. */
export const schedules = (maxLength = 40): fc.Arbitrary<readonly Event[]> => fc.array(fc.oneof(
  { weight: 12, arbitrary: fc.record({ act: fc.constant('deliver' as const), machine, topic: fc.nat(5), partition: fc.nat(1), records: fc.integer({ min: 1, max: 8 }), shift: fc.integer({ min: -5, max: 2 }), fault }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('hire' as const), machine, wipe: fc.boolean(), past: fc.constantFrom('stop', 'kill', 'forget'), fault }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('check' as const), machine }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('wake' as const), machine }) },
  { weight: 1, arbitrary: fc.constant({ act: 'settle' as const }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('compact' as const), tombstones: fc.boolean() }) },
), { maxLength })

export interface Outcome {
  readonly log: MemoryLog
  readonly dropped: Readonly<Record<string, number>>
  /** Records that the machines of the schedule came through, of the first topic's first partition. */
  readonly worked: readonly number[]
  /** State and positions of each partition, as its last owner left them. */
  readonly left: readonly ReadonlyMap<string, string>[]
  /** The same as a machine with an empty disk restores them. */
  readonly restored: readonly ReadonlyMap<string, string>[]
}

interface Machine { readonly stores: MemoryStores; process: Process; worker: ProcessorWorker; readonly positions: Map<string, number>; task: Promise<unknown> }

const noLetters: DeadLetters = { topic: 'dlq.laws', prepare: async () => {}, publish: async (letters) => { throw new Error(letters[0]?.stack) } }

/** Runs the schedule on a processor over these sources, on so many machines. */
export async function outcomeOf(processor: Processor, sources: Sources, keyColumn: string, schedule: readonly Event[], owners = 2): Promise<Outcome> {
  const partitions = Math.max(...[...sources.values()].map((logs) => logs.length))
  const changelog = changelogTopic(processor)
  let time = 1_700_000_000_000
  const log = memoryLog([...sources.keys(), processor.to, changelog, noLetters.topic].map((name) => ({ name, partitions })), () => time)
  for (const [topic, logs] of sources) {
    logs.forEach((changes, partition) => changes.forEach((change, n) => log.append(topic, [{ key: 'k', value: Buffer.from(JSON.stringify(change)), partition, timestamp: 1_000 + n }])))
  }
  const topics = [...sources.keys()]

  async function hire(stores: MemoryStores, faulty: Fault | null): Promise<Machine> {
    const process = log.process(stores)
    if (faulty !== null) process.plan(faulty)
    const positions = new Map<string, number>()
    const worker = await startProcessor({
      processor, kafka: process.kafka, producers: process.producers, stores: process.stores, deadLetters: noLetters, random: () => 0, log: () => {}, onCrash: () => {},
      limits: { cut_bytes: 1_500, settle_keys: 12, commit_every_ms: 1_000 },
      clock: { now: () => (time += 400) },
      output: { keyOf: ({ before, after }) => String((after ?? before)?.[keyColumn]), encode: (change) => Buffer.from(JSON.stringify(change)) },
      decoders: new Map(topics.map((topic) => [topic, { prepare: async () => {}, decode: (value) => JSON.parse(value.toString()) as Change }])),
    })
    process.subscription()?.onAssigned(new Map([...topics, noLetters.topic].map((topic) => [topic, Array.from({ length: partitions }, (_, partition) => partition)])),
      (topic, partition, offset) => { positions.set(`${topic}/${partition}`, offset) })
    const hired: Machine = { stores, process, worker, positions, task: Promise.resolve() }
    await work(hired, () => worker.status())
    return hired
  }

  /** Until the task is done, or the process has stopped. */
  async function work(on: Machine, task: () => Promise<unknown>): Promise<void> {
    if (on.process.isDead() || on.process.isAsleep()) return
    on.task = Promise.all([on.task, task().catch(() => {})])
    await Promise.race([on.task, on.process.stopped()])
  }

  async function deliver(on: Machine, topic: string, partition: number, from: number, most: number): Promise<void> {
    const records = log.records(topic, partition).slice(from, from + most)
    if (records.length === 0) return
    await work(on, async () => {
      const outcome = await on.process.subscription()?.onBatch({ topic, partition, fetched_from: from, next: from + records.length, high_watermark: log.end(topic, partition), records })
      const place = `${topic}/${partition}`
      if (outcome === 'done') on.positions.set(place, from + records.length)
      else if (outcome !== undefined && 'seek' in outcome) on.positions.set(place, outcome.seek)
    })
  }

  const ghosts: Machine[] = []
  const machines: Machine[] = []
  while (machines.length < owners) machines.push(await hire(memoryStores(), null))
  const wake = async (on: Machine): Promise<void> => {
    on.process.wake()
    await Promise.race([on.task, on.process.stopped()])
  }
  for (const event of schedule) {
    const number = 'machine' in event ? event.machine % machines.length : 0
    const on = machines[number]
    if (on === undefined) continue
    if (event.act === 'deliver') {
      const topic = topics[event.topic % topics.length] ?? ''
      const partition = event.partition % partitions
      if (event.fault !== null && !on.process.isAsleep()) on.process.plan(event.fault)
      await deliver(on, topic, partition, Math.max(0, (on.positions.get(`${topic}/${partition}`) ?? 0) + event.shift), event.records)
    } else if (event.act === 'hire') {
      if (event.past === 'stop') await work(on, () => on.worker.stop())
      else if (event.past === 'kill') on.process.die()
      else ghosts.push(on)
      if (event.wipe) for (let partition = 0; partition < partitions; partition++) on.stores.delete(`${processorGroup(processor)}/${partition}`)
      machines[number] = await hire(on.stores, event.fault)
    } else if (event.act === 'check') {
      await work(on, () => on.worker.check())
    } else if (event.act === 'wake') {
      await wake(on)
      for (const ghost of ghosts) await wake(ghost)
    } else if (event.act === 'settle') {
      log.settle()
    } else {
      // a log is compacted once its owner has had a day to shadow what is stale, and tombstones go after a week
      const owner = await hire(memoryStores(), null)
      await work(owner, () => owner.worker.stop())
      log.compact(changelog, event.tombstones)
      if (event.tombstones) time += 8 * 86_400_000
    }
  }
  const worked = machines.map(({ positions }) => positions.get(`${topics[0]}/0`) ?? 0)
  for (const on of [...machines, ...ghosts]) await wake(on)
  log.settle()

  const last = await hire(machines[0]?.stores ?? memoryStores(), null)
  for (const topic of topics) {
    for (let partition = 0; partition < partitions; partition++) {
      const at = (): number => last.positions.get(`${topic}/${partition}`) ?? 0
      for (let tries = 0; at() < log.end(topic, partition); tries++) {
        if (tries > 10) throw new Error(`${topic}/${partition} does not come to its end: it stands at ${at()} of ${log.end(topic, partition)}`)
        await deliver(last, topic, partition, at(), Number.MAX_SAFE_INTEGER)
      }
    }
  }
  const { dropped } = await last.worker.status()
  await last.worker.stop()
  const kept = (stores: MemoryStores): readonly ReadonlyMap<string, string>[] => Array.from({ length: partitions }, (_, partition) =>
    new Map([...stores.entries(`${processorGroup(processor)}/${partition}`) ?? []].filter(([key]) => key !== '_claim').map(([key, value]) => [key, value.toString('latin1')] as const).sort(([a], [b]) => (a < b ? -1 : 1))))
  const left = kept(last.stores)
  const fresh = await hire(memoryStores(), null)
  await fresh.worker.stop()
  return { log, dropped, worked, left, restored: kept(fresh.stores) }
}

/** A record of an output partition that is no repeat. */
export interface Told { readonly source: string; readonly place: Place; readonly key: string | null; readonly change: Output }

/** What a reader that drops repeats is left with, of each output partition. Throws where a repeat differs from what it repeats. */
export function toldBy({ log }: Outcome, topic: string, partitions: number): readonly (readonly Told[])[] {
  return Array.from({ length: partitions }, (_, partition) => {
    const newest = new Map<string, Place>()
    const had = new Map<string, string>()
    return log.records(topic, partition).flatMap((record): Told[] => {
      const identity = identityOf(record.headers)
      if (identity === undefined) throw new Error('a record without an identity')
      const { source, place } = identity
      const id = `${source}/${place.offset}/${place.index}`
      const bytes = `${record.key} ${record.timestamp} ${record.value?.toString()}`
      if ((had.get(id) ?? bytes) !== bytes) throw new Error(`a repeat of ${id} differs: ${had.get(id)}, then ${bytes}`)
      had.set(id, bytes)
      const known = newest.get(source)
      if (known !== undefined && !isBehind(place, known)) return []
      newest.set(source, place)
      return [{ source, place, key: record.key, change: JSON.parse(record.value?.toString() ?? 'null') as Output }]
    })
  })
}
