import { randomUUID } from 'node:crypto'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, expect, test } from 'vitest'
import { counting, plainDecoder, plainValue } from '../scale-out/counting.ts'
import { openSinks } from '../sinks/index.ts'
import { createDeadLetters } from './dead-letter.ts'
import { createKafka, type KafkaClient } from './kafka.ts'
import { partitionOf } from './partition.ts'
import type { View } from './view.ts'
import { startWorker, type Worker } from './worker.ts'

const endpoints = endpointsFrom(process.env)
const kafka = createKafka(endpoints.kafka.brokers, 'worker-test')
const sinks = openSinks(endpoints)
afterAll(async () => { await kafka.close(); await sinks.close() })

const partitions = 6
const key = (i: number): string => `t${(i * 7919) % 97}`

async function produce(topic: string, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i += 500) {
    await kafka.produce(topic, Array.from({ length: Math.min(500, to - i) }, (_, j) => (
      { key: key(i + j), value: plainValue(key(i + j)) })))
  }
}

async function total(view: View): Promise<number> {
  let sum = 0
  for await (const row of (await sinks.store(view)).scan('count')) sum += Number(row['count'])
  return sum
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!await holds()) {
    if (Date.now() > deadline) throw new Error(`waited 60 s until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function hire(view: View, topic: string, group = ''): Promise<{ worker: Worker; kafka: KafkaClient }> {
  const client = createKafka(endpoints.kafka.brokers, `worker-${randomUUID()}`)
  const own: KafkaClient = { ...client, consume: (subscription) => client.consume({ ...subscription, group: `${subscription.group}${group}` }) }
  const worker = await startWorker({
    view, store: await sinks.store(view), kafka: own, decoders: new Map([[topic, plainDecoder]]), deadLetters: createDeadLetters(client, view), clock: Date, random: Math.random, log: () => {},
    onCrash: (cause) => { throw cause },
  })
  return { worker, kafka: own }
}

test('every record counts once while workers come and go, and the lag comes to nothing', async () => {
  const topic = `test.counting.${randomUUID()}`
  await kafka.createTopics([{ name: topic, partitions, config: {} }])
  const view = counting(topic)
  const records = 20_000
  const producing = produce(topic, 0, records)
  const first = await hire(view, topic)
  await until('the first worker has begun', async () => await total(view) > 0)
  const second = await hire(view, topic)
  await until('half is applied', async () => await total(view) >= records / 2)
  await first.worker.stop()
  const third = await hire(view, topic)
  await producing
  await until('all is applied', async () => await total(view) >= records)
  await second.worker.stop()
  await produce(topic, records, records + 1_000)
  await until('what came later is applied', async () => await total(view) >= records + 1_000)
  expect(await total(view)).toBe(records + 1_000)
  await until('the lag is nothing', async () => (await third.worker.status()).lag_records === 0)
  expect(await third.worker.status()).toMatchObject({ state: 'running', lag_records: 0, lag_seconds: 0 })
  await third.worker.stop()
  await Promise.all([first, second, third].map(({ kafka: own }) => own.close()))
  await (await sinks.store(view)).drop()
  expect(await total(view)).toBe(0)
}, 120_000)

test('every record counts once while every partition has three owners at once', async () => {
  const topic = `test.owners.${randomUUID()}`
  await kafka.createTopics([{ name: topic, partitions, config: {} }])
  const view = counting(topic)
  const owners = await Promise.all(['-a', '-b', '-c'].map((group) => hire(view, topic, group)))
  for (let from = 0; from < 5_000; from += 250) await produce(topic, from, from + 250)
  const caughtUp = async (): Promise<boolean> => (await Promise.all(owners.map(({ worker }) => worker.status()))).every((status) => status.lag_records === 0)
  await until('every owner has seen all', caughtUp)
  expect(await total(view)).toBe(5_000)
  const statuses = await Promise.all(owners.map(({ worker }) => worker.status()))
  expect(statuses.reduce((sum, status) => sum + status.fenced_total, 0)).toBeGreaterThan(0)
  await Promise.all(owners.map(({ worker }) => worker.stop()))
  await Promise.all(owners.map(({ kafka: own }) => own.close()))
  await (await sinks.store(view)).drop()
}, 120_000)

test('a store that lost everything is filled again, though the group had committed', async () => {
  const topic = `test.losing.${randomUUID()}`
  await kafka.createTopics([{ name: topic, partitions, config: {} }])
  const view = counting(topic)
  const store = await sinks.store(view)
  await produce(topic, 0, 2_000)
  const first = await hire(view, topic)
  await until('all is applied', async () => await total(view) === 2_000)
  await first.worker.stop()
  await store.drop()
  const second = await hire(view, topic)
  await until('all is applied again', async () => await total(view) === 2_000)
  await second.worker.stop()
  await Promise.all([first.kafka.close(), second.kafka.close()])
  await store.drop()
}, 120_000)

test('a key is produced to the partition that readers look in', async () => {
  const topic = `test.keys.${randomUUID()}`
  await kafka.createTopics([{ name: topic, partitions, config: {} }])
  await produce(topic, 0, 500)
  const expected = Array.from({ length: partitions }, (_, partition) => Array.from({ length: 500 }, (__, i) => i).filter((i) => partitionOf(key(i), partitions) === partition).length)
  expect((await kafka.offsets(topic)).map(({ high }) => high)).toEqual(expected)
})
