/** A real topic that has lost its oldest records, as retention takes them. */
import { randomUUID } from 'node:crypto'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import kafkajs from 'kafkajs'
import { afterAll, expect, test } from 'vitest'
import { counting, plainDecoder, plainValue } from '../scale-out/counting.ts'
import { openSinks } from '../sinks/index.ts'
import { createDeadLetters } from './dead-letter.ts'
import { createKafka } from './kafka.ts'
import { startWorker } from './worker.ts'

const endpoints = endpointsFrom(process.env)
const kafka = createKafka(endpoints.kafka.brokers, 'forgotten-test')
const admin = new kafkajs.Kafka({ clientId: 'forgotten-test', brokers: [...endpoints.kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin()
const sinks = openSinks(endpoints)
afterAll(async () => { await Promise.all([kafka.close(), admin.disconnect(), sinks.close()]) })

test('a view that begins when the oldest records are gone has all that are left, and comes to the end', async () => {
  const topic = `test.forgotten.${randomUUID()}`
  await admin.connect()
  await kafka.createTopics([{ name: topic, partitions: 1, config: {} }])
  await kafka.produce(topic, Array.from({ length: 10 }, (_, n) => ({ key: `t${n}`, value: plainValue(`t${n}`) })))
  await admin.fetchTopicOffsets(topic) // it asks no metadata by itself
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] })
  const view = counting(topic)
  const store = await sinks.store(view)
  const worker = await startWorker({
    view, store, kafka, decoders: new Map([[topic, plainDecoder]]), deadLetters: createDeadLetters(kafka, view), clock: Date, random: Math.random, log: () => {},
    onCrash: (cause) => { throw cause },
  })
  const counted = async (): Promise<number> => {
    let sum = 0
    for await (const row of store.scan('count')) sum += Number(row['count'])
    return sum
  }
  await expect.poll(counted, { timeout: 30_000 }).toBe(4)
  await kafka.produce(topic, [{ key: 't10', value: plainValue('t10') }])
  await expect.poll(counted, { timeout: 30_000 }).toBe(5)
  await worker.stop()
  await store.drop()
  await admin.deleteTopics({ topics: [topic] })
})
