import { schemaOf } from '@cdlc/schemas/avro.ts'
import { type Codec, codecOver } from '@cdlc/schemas/codec.ts'
import { examplesOf } from '@cdlc/schemas/examples.ts'
import { avroType } from '@cdlc/schemas/long.ts'
import type { Registry } from '@cdlc/schemas/registry.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import type { KafkaClient, RawRecord } from '@cdlc/streams/runtime/kafka.ts'
import type { Change } from '@cdlc/streams/runtime/view.ts'
import { expect, test } from 'vitest'
import { changesIn } from './sources.ts'

const ACTIVITY = 'user.activity'
const RELATIONS = 'user.relations-by-other'

function registryOf(topic: string): Registry {
  return { register: async () => 1, writerType: async (id) => (id === 1 ? avroType(schemaOf(topic)) : undefined) }
}

interface Written { readonly value: unknown; readonly place?: string; readonly partition?: number }

/** A topic with these records, handed over one by one; and whether the reading was stopped. */
async function given(topic: string, written: readonly Written[]) {
  const codec = codecOver(registryOf(topic))
  const encode = await codec.encoder(`${topic}-value`, schemaOf(topic))
  const logs = Map.groupBy(written.map(({ value, place, partition = 0 }) => ({
    partition, value: value === null || Buffer.isBuffer(value) ? value : encode(value),
    headers: (place === undefined ? {} : { 'cdlc-source': Buffer.from('p-v1/t/0'), 'cdlc-place': Buffer.from(place) }) as RawRecord['headers'],
  })), ({ partition }) => partition)
  let stopped = 0
  const kafka: Pick<KafkaClient, 'consume' | 'offsets'> = {
    offsets: async () => [...logs].map(([partition, log]) => ({ partition, low: 0, high: log.length })),
    async consume({ onAssigned, onBatch }) {
      onAssigned(new Map([[topic, [...logs.keys()]]]), () => {})
      const over = Promise.all([...logs].map(async ([partition, log]) => {
        for (const [offset, { value, headers }] of log.entries()) {
          await new Promise((resolve) => { setImmediate(resolve) })
          await onBatch({ topic, partition, fetched_from: offset, next: offset + 1, high_watermark: log.length, records: [{ offset, key: 'k', value, headers, timestamp: 0 }] })
        }
      }))
      return { stop: async () => {
        await over
        stopped++
      } }
    },
  }
  const ends = new Map([...logs].map(([partition, log]) => [partition, log.length]))
  return { codec, kafka, ends, stopped: () => stopped }
}

async function read(topic: string, columns: readonly string[], { codec, kafka, ends }: { codec: Codec; kafka: Pick<KafkaClient, 'consume' | 'offsets'>; ends: ReadonlyMap<number, number> }) {
  const changes: Change[] = []
  for await (const batch of changesIn(kafka, codec, topic, columns, ends)) changes.push(...batch)
  return changes
}

const activities = (await examplesOf(ACTIVITY)).map(({ value }) => value as Readonly<Record<string, unknown>>)
const relations = (await examplesOf(RELATIONS)).map(({ value }) => value as Readonly<Record<string, unknown>>)

test('an event is the creation of itself, of the columns asked for', async () => {
  const changes = await read(ACTIVITY, ['activity_id', 'type', 'occurred_at'], await given(ACTIVITY, activities.map((value) => ({ value }))))
  expect(changes).toEqual(activities.map(({ activity_id, type, occurred_at }) =>
    ({ topic: ACTIVITY, op: 'c', before: null, after: { activity_id, type, occurred_at } })))
})

test('what no view can read is left out, as views do', async () => {
  const [first, second] = activities
  const changes = await read(ACTIVITY, ['event_id'], await given(ACTIVITY, [{ value: first }, { value: null }, { value: Buffer.from('no event') }, { value: second }]))
  expect(changes.map(({ after }) => after)).toEqual([{ event_id: first?.['event_id'] }, { event_id: second?.['event_id'] }])
})

test('records that a processor wrote again are left out', async () => {
  const [first, second, third] = relations
  const written = [{ value: first, place: '0/0' }, { value: second, place: '1/0' }, { value: first, place: '0/0' }, { value: second, place: '1/0' }, { value: third, place: '1/1' }]
  const changes = await read(RELATIONS, topicSpec(RELATIONS).primary_key ?? [], await given(RELATIONS, written))
  expect(changes.map(({ op, after }) => [op, after?.['other_id']])).toEqual([first, second, third].map((value) =>
    [value?.['op'], (value?.['after'] as Readonly<Record<string, unknown>> | null)?.['other_id']]))
})

test('nothing is read past the ends that were known when it began', async () => {
  const { ends, ...topic } = await given(ACTIVITY, activities.map((value) => ({ value })))
  expect(await read(ACTIVITY, ['event_id'], { ...topic, ends: new Map([[0, 3]]) })).toHaveLength(3)
  expect(await read(ACTIVITY, ['event_id'], { ...topic, ends: new Map() })).toEqual([])
  expect([...ends.values()]).toEqual([activities.length])
})

test('each partition comes whole and in order, however slow the reader is', async () => {
  const written = Array.from({ length: 200 }, (_, n) => ({ value: { ...activities[0], version: n }, partition: n % 3 }))
  const { codec, kafka, ends } = await given(ACTIVITY, written)
  const seen: number[] = []
  for await (const batch of changesIn(kafka, codec, ACTIVITY, ['version'], ends)) {
    await new Promise((resolve) => { setImmediate(resolve) })
    seen.push(...batch.map(({ after }) => Number(after?.['version'])))
  }
  expect([0, 1, 2].map((partition) => seen.filter((version) => version % 3 === partition)))
    .toEqual([0, 1, 2].map((partition) => Array.from({ length: partition < 2 ? 67 : 66 }, (_, n) => 3 * n + partition)))
})

test('a registry that does not answer is the reader\'s trouble, and one who leaves early stops the reading', async () => {
  const { kafka, ends, codec, stopped } = await given(ACTIVITY, Array.from({ length: 50 }, () => ({ value: activities[0] })))
  const away = codecOver({ register: async () => 1, writerType: async () => { throw new Error('the registry is away') } })
  await expect(read(ACTIVITY, ['event_id'], { codec: away, kafka, ends })).rejects.toThrow('the registry is away')
  for await (const batch of changesIn(kafka, codec, ACTIVITY, ['event_id'], ends)) if (batch.length > 0) break
  await expect.poll(stopped).toBe(2)
})
