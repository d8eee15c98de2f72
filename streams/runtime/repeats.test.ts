import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import byProfile from '../processors/user/ratings-by-profile.ts'
import { outcomeOf, schedules, toldBy } from '../processor-laws.ts'
import { memoryLog, type MemoryLog } from '../processor-log.ts'
import { openStore } from '../sinks/memory/store.ts'
import { recordOf } from './emission.ts'
import type { KafkaClient, RawBatch, Subscription } from './kafka.ts'
import { type MemoryStores, memoryStores } from './local-store-memory.ts'
import { withoutRepeats } from './repeats.ts'
import type { ViewStore } from './store.ts'
import { created, keepDeadLetters } from './testing.ts'
import { type Change, defineView } from './view.ts'
import { startWorker } from './worker.ts'

const topic = byProfile.to
/** Counts records of a profile, with nothing to tell one that comes twice. */
const counting = defineView('file:///views/counting.ts', {
  version: 1, store: 'memory', from: { 'user.ratings-by-profile': ['profile_id'] },
  rows: { count: { key: ['profile_id'], columns: { profile_id: 'text', count: 'int' } } },
  touches: ({ before, after }) => [{ row: 'count', key: { profile_id: (after ?? before)?.profile_id ?? '' } }],
  apply: ({ before, after }, { count }) => {
    const { profile_id = '' } = after ?? before ?? {}
    return [{ put: 'count', row: { profile_id, count: (count.get({ profile_id })?.count ?? 0) + 1 } }]
  },
})

interface Reader { read(partition: number, from: number, records: number): Promise<void>; at(partition: number): number; stop(): Promise<void> }

/** A real view worker that reads the topic without repeats; `ears` is what it remembers having heard. */
async function reader(log: MemoryLog, store: ViewStore, ears: MemoryStores): Promise<Reader> {
  const process = log.process(ears)
  const letters = keepDeadLetters(counting)
  let subscription: Subscription | undefined
  const kafka: Pick<KafkaClient, 'consume' | 'offsets'> = { ...process.kafka, async consume(wanted) {
    if (wanted.group.startsWith('cdlc-reading-')) return process.kafka.consume(wanted)
    subscription = wanted
    return { stop: async () => {} }
  } }
  const worker = await startWorker({
    view: counting, store, deadLetters: letters, clock: { now: () => 0 }, random: () => 0, log: () => {}, onCrash: () => {},
    kafka: withoutRepeats(kafka, ears, (name) => name === topic, () => {}),
    decoders: new Map([[topic, { prepare: async () => {}, decode: (value) => JSON.parse(value.toString()) as Change }]]),
  })
  const positions = new Map<number, number>()
  subscription?.onAssigned(new Map([[topic, [0, 1]], [letters.topic, [0, 1]]]), (name, partition, offset) => { if (name === topic) positions.set(partition, offset) })
  await new Promise((resolve) => { setImmediate(resolve) }) // the worker asks its store where to begin
  const at = (partition: number): number => positions.get(partition) ?? 0
  return {
    at,
    stop: () => worker.stop(),
    async read(partition, from, most) {
      const records = log.records(topic, partition).slice(from, from + most)
      if (records.length === 0) return
      const batch: RawBatch = { topic, partition, fetched_from: from, next: from + records.length, high_watermark: log.end(topic, partition), records }
      const outcome = await subscription?.onBatch(batch)
      if (outcome === 'done') positions.set(partition, batch.next)
      else if (outcome !== undefined && 'seek' in outcome) positions.set(partition, outcome.seek)
    },
  }
}

async function countedBy(log: MemoryLog, readings: readonly Reading[]): Promise<Readonly<Record<string, unknown>>> {
  const tables = { tables: new Map() }
  let failing = false
  const kept = openStore(tables, counting)
  const store: ViewStore = { ...kept, flush: async (batch) => {
    if (failing) throw new Error('the store is away')
    return kept.flush(batch)
  } }
  let ears = memoryStores()
  let reading = await reader(log, store, ears)
  for (const { partition, records, shift, store_fails, ends, forgets, loses } of readings) {
    failing = store_fails
    await reading.read(partition, Math.max(0, reading.at(partition) + shift), records)
    failing = false
    if (ends === 'in peace') await reading.stop() // what was heard goes to the disk
    if (forgets) ears = memoryStores()
    if (loses) await kept.drop()
    if (ends !== 'no' || forgets || loses) reading = await reader(log, store, ears)
  }
  for (const partition of [0, 1]) {
    for (let tries = 0; reading.at(partition) < log.end(topic, partition); tries++) {
      if (tries > 20) throw new Error(`partition ${partition} does not come to its end`)
      await reading.read(partition, reading.at(partition), 7)
    }
  }
  const counts: Record<string, unknown> = {}
  for await (const row of store.scan('count')) counts[String(row['profile_id'])] = row['count']
  return counts
}

interface Reading { readonly partition: number; readonly records: number; readonly shift: number; readonly store_fails: boolean
  readonly ends: 'no' | 'killed' | 'in peace'; readonly forgets: boolean; readonly loses: boolean }
const rarely = fc.constantFrom(false, false, false, false, true)
const readings = fc.array(fc.record({ partition: fc.nat(1), records: fc.integer({ min: 1, max: 6 }), shift: fc.integer({ min: -4, max: 2 }),
  store_fails: fc.boolean(), ends: fc.constantFrom('no', 'no', 'killed', 'in peace'), forgets: rarely, loses: rarely }), { maxLength: 25 })
const rating = (n: number): Change => created('cdc.user.ratings', { profile_id: `p${n % 3}`, title_id: 't', half_stars: 1, rated_at: 1, version: n }) as unknown as Change

describe('a view that counts the records of a processor', () => {
  test('counts each once, whatever happened to the processor and happens to the view', async () => {
    const logs = fc.tuple(fc.array(fc.nat(2), { maxLength: 25 }), fc.array(fc.nat(2), { maxLength: 25 }))
    await fc.assert(fc.asyncProperty(logs, schedules(30), readings, async (profiles, schedule, cuts) => {
      const sources = new Map([['cdc.user.ratings', profiles.map((log) => log.map(rating))]])
      const outcome = await outcomeOf(byProfile, sources, 'profile_id', schedule)
      const told = toldBy(outcome, topic, 2).flat()
      expect(told).toHaveLength(profiles.flat().length)
      const expected: Record<string, number> = {}
      for (const { key } of told) expected[String(key)] = (expected[String(key)] ?? 0) + 1
      expect(await countedBy(outcome.log, cuts)).toEqual(expected)
    }), { numRuns: Number(process.env['CDLC_LAW_RUNS'] ?? 150) })
  })

  test('goes on past more repeats in a row than a batch holds', async () => {
    const log = memoryLog([{ name: topic, partitions: 2 }, { name: 'dlq.counting', partitions: 2 }], () => 0)
    const say = (offset: number) => log.append(topic, [{ ...recordOf('by-profile-v1', 0, { topic: 'ratings', offset, index: 0, key: 'p', value: Buffer.from(JSON.stringify(rating(0))), timestamp: 0 }), partition: 0 }])
    for (const offset of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 4, 5, 6, 7, 8, 9, 10]) say(offset)
    const one = (shift: number): Reading => ({ partition: 0, records: 2, shift, store_fails: false, ends: 'no', forgets: false, loses: false })
    expect(await countedBy(log, Array.from({ length: 14 }, () => one(0)))).toEqual({ p0: 11 })
  })

  test('takes a record that no processor wrote as it comes', async () => {
    const log = memoryLog([{ name: topic, partitions: 2 }, { name: 'dlq.counting', partitions: 2 }], () => 0)
    for (let n = 0; n < 4; n++) log.append(topic, [{ key: 'p', value: Buffer.from(JSON.stringify(rating(0))), partition: 1 }])
    expect(await countedBy(log, [])).toEqual({ p0: 4 })
  })
})
