import { type Codec, DecodeError } from '@cdlc/schemas/codec.ts'
import { afterEach, expect, test } from 'vitest'
import { type Editions, type Memory, openEditions } from './editions-log.ts'
import { abortRebuild, beginRebuild, caughtUp, type Entry, firstBuilds, TOPIC, type ViewBuilds } from './editions.ts'
import type { KafkaClient, OutgoingRecord, Subscription } from './kafka.ts'

const version = { name: 'trending', version: 1, store: 'redis', rows: {} } as const

/** The topic in memory; consumers get a record in a batch of its own, in a later turn. */
function memoryTopic() {
  const records: Buffer[] = []
  const consumers = new Set<{ subscription: Subscription; next: number; busy: Promise<void> }>()
  const state = { away: false }
  const deliver = (consumer: { subscription: Subscription; next: number; busy: Promise<void> }): Promise<void> => {
    consumer.busy = consumer.busy.then(async () => {
      while (consumers.has(consumer) && consumer.next < records.length) {
        const offset = consumer.next
        const outcome = await consumer.subscription.onBatch({ topic: TOPIC, partition: 0, fetched_from: offset, next: offset + 1, high_watermark: records.length,
          records: [{ offset, key: null, value: records[offset] ?? null, timestamp: 0, headers: {} }] })
        if (outcome === 'done') consumer.next = offset + 1
        else if ('seek' in outcome) consumer.next = outcome.seek
        else await new Promise((resolve) => { setTimeout(resolve, 1) })
      }
    })
    return consumer.busy
  }
  const kafka: Pick<KafkaClient, 'consume' | 'offsets' | 'produce'> = {
    async consume(subscription) {
      if (state.away) throw new Error('no broker')
      const consumer = { subscription, next: 0, busy: Promise.resolve() }
      consumers.add(consumer)
      subscription.onAssigned(new Map([[TOPIC, [0]]]), (_topic, _partition, offset) => { consumer.next = offset })
      void deliver(consumer)
      return { stop: async () => { consumers.delete(consumer) } }
    },
    async offsets() {
      if (state.away) throw new Error('no broker')
      return [{ partition: 0, low: 0, high: records.length }]
    },
    async produce(_topic: string, more: readonly OutgoingRecord[]) {
      records.push(...more.flatMap(({ value }) => value ?? []))
      for (const consumer of consumers) void deliver(consumer)
    },
  }
  return { kafka, records, state, crash: () => {
    for (const consumer of consumers) {
      consumers.delete(consumer)
      consumer.subscription.onCrash(new Error('down for good'))
    }
  } }
}

const codec: Codec = {
  encoder: async () => (value) => Buffer.from(JSON.stringify(value)),
  reader: <T>() => ({ prepare: async () => {}, decode: (value: Buffer) => {
    if (value.toString().startsWith('?')) throw new DecodeError('undecodable', 'no record')
    return JSON.parse(value.toString()) as T
  } }),
}

const open: Editions[] = []
const removed: string[] = []
function follow({ kafka }: ReturnType<typeof memoryTopic>, memory?: Memory): Editions {
  const editions = openEditions({ kafka, codec, component: 'test', log: () => {}, clock: { now: () => 7 }, groups: { remove: async (group) => { removed.push(group); return 'removed' } },
    ...memory === undefined ? {} : { memory } })
  open.push(editions)
  return editions
}
afterEach(async () => { await Promise.all(open.splice(0).map((editions) => editions.close())) })

const heard = (editions: Editions, holds: () => boolean): Promise<void> => new Promise((resolve) => {
  const stop = editions.onChange(() => { if (holds()) { stop(); resolve() } })
  if (holds()) { stop(); resolve() }
})

test('nothing is answered before the topic has been read; then a view begins with build 0', async () => {
  const editions = follow(memoryTopic())
  expect(() => editions.of(version)).toThrow("'platform.views' has not been read yet")
  await editions.known()
  expect([editions.of(version), editions.state()]).toEqual([firstBuilds(version), 'read'])
})

test('a change that one process makes is heard by all', async () => {
  const topic = memoryTopic()
  const [one, other] = [follow(topic), follow(topic)]
  await Promise.all([one.known(), other.known()])
  const made = await one.change(version, 'RebuildBegun', beginRebuild)
  expect(made).toMatchObject({ offset: 0, builds: { building: 1, expects: -1, change: 'RebuildBegun', changed_at: 7 } })
  expect(made.builds.changed_by).toMatch(/^test@.+\/\d+$/)
  await heard(other, () => other.of(version).building === 1)
  await other.change(version, 'Aborted', abortRebuild)
  await heard(one, () => one.of(version).building === null)
  expect(one.of(version)).toMatchObject({ dropping: [1], expects: 0 })
})

test('a process that starts late knows all that was said before', async () => {
  const topic = memoryTopic()
  const first = follow(topic)
  await first.change(version, 'CaughtUp', caughtUp)
  await first.change(version, 'RebuildBegun', beginRebuild)
  const late = follow(topic)
  await late.known()
  expect(late.of(version)).toMatchObject({ caught_up: true, building: 1 })
})

test('a change is made from all that is there, though not all had been read yet', async () => {
  const topic = memoryTopic()
  await follow(topic).change(version, 'RebuildBegun', beginRebuild)
  expect((await follow(topic).change(version, 'Aborted', abortRebuild)).builds).toMatchObject({ expects: 0, dropping: [1] })
})

test('of the same change made by three at once one counts; the others are refused by what it made', async () => {
  const topic = memoryTopic()
  const writers = [follow(topic), follow(topic), follow(topic)]
  await Promise.all(writers.map((writer) => writer.known()))
  const outcomes = await Promise.allSettled(writers.map((writer) => writer.change(version, 'RebuildBegun', beginRebuild)))
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
  for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'refused' })
  expect(topic.records).toHaveLength(3)
  for (const writer of writers) expect(writer.of(version)).toMatchObject({ building: 1, last_build: 1 })
})

test('changes that have nothing to do with each other do not hinder each other, though they are made at once', async () => {
  const topic = memoryTopic()
  const [command, worker] = [follow(topic), follow(topic)]
  await Promise.all([command.known(), worker.known()])
  await Promise.all([command.change(version, 'RebuildBegun', beginRebuild), worker.change(version, 'CaughtUp', caughtUp)])
  expect(topic.records).toHaveLength(3)
  await heard(worker, () => worker.of(version).building === 1)
  expect(worker.of(version)).toMatchObject({ building: 1, caught_up: true })
})

test('where somebody is always faster, it ends, and says so', async () => {
  const topic = memoryTopic()
  const fast = follow(topic)
  await fast.known()
  const { produce } = topic.kafka
  let overtaken = 0
  const overtaking = { ...topic.kafka, async produce(name: string, records: readonly OutgoingRecord[]) {
    overtaken++
    await fast.change(version, 'RebuildBegun', (builds) => ({ ...builds, last_build: builds.last_build + 1 }))
    await produce(name, records)
  } }
  const overtakenOne = follow({ ...topic, kafka: overtaking })
  await expect(overtakenOne.change(version, 'CaughtUp', caughtUp)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('10 times in a row') as string })
  expect(overtaken).toBe(10)
})

test('a change that the state does not allow is refused and not written', async () => {
  const topic = memoryTopic()
  const editions = follow(topic)
  await expect(editions.change(version, 'Aborted', abortRebuild)).rejects.toMatchObject({ code: 'refused' })
  expect(topic.records).toHaveLength(0)
})

test('bytes that are no record are left out, by every reader alike', async () => {
  const topic = memoryTopic()
  await topic.kafka.produce(TOPIC, [{ key: null, value: Buffer.from('???') }])
  const editions = follow(topic)
  expect((await editions.change(version, 'CaughtUp', caughtUp)).offset).toBe(1)
})

test('a consumer that is down for good is replaced, and misses nothing', async () => {
  const topic = memoryTopic()
  const [one, other] = [follow(topic), follow(topic)]
  await Promise.all([one.known(), other.known()])
  topic.crash()
  await one.change(version, 'CaughtUp', caughtUp)
  await heard(other, () => other.of(version).caught_up)
})

test('a process that follows leaves no consumer group behind', async () => {
  const editions = follow(memoryTopic())
  await editions.known()
  removed.splice(0)
  await editions.close()
  expect(removed).toEqual([expect.stringMatching(/^platform\.views\.test\.[0-9a-f]{8}$/)])
})

test('while Kafka is away a process goes by what it remembers, and says so; then by the topic again', async () => {
  const topic = memoryTopic()
  let saved: readonly Entry[] | undefined
  const memory: Memory = { load: async () => saved, save: async (entries) => { saved = [...entries] } }
  const before = follow(topic, memory)
  await before.change(version, 'RebuildBegun', beginRebuild)
  await heard(before, () => saved?.length === 1)
  await before.close()
  topic.state.away = true
  const after = follow(topic, memory)
  await after.known()
  expect([after.state(), after.of(version).building]).toEqual(['remembered', 1])
  await topic.kafka.produce(TOPIC, [{ key: null, value: Buffer.from(JSON.stringify({ ...firstBuilds(version), building: null, dropping: [1], last_build: 1, expects: 0, change: 'Aborted', change_id: 'x', changed_at: 0, changed_by: 'y' } satisfies ViewBuilds)) }])
  topic.state.away = false
  await heard(after, () => after.state() === 'read')
  expect(after.of(version)).toMatchObject({ building: null, dropping: [1] })
}, 20_000)
