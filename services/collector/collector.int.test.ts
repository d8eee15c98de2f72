/** Through the route into real Kafka, in a topic of its own, in the contract of `user.telemetry`. */
import { schemaOf } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import { readToEnd } from '@cdlc/streams/runtime/read.ts'
import type { FastifyInstance } from 'fastify'
import kafkajs from 'kafkajs'
import { ulid } from 'ulid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fresh, send } from '../real.ts'
import { createClock } from '../shared/clock.ts'
import { serviceFor } from '../shared/testing.ts'
import { open, openPorts } from './app.ts'
import type { Kept } from './event.ts'
import { collector } from './routes.ts'
import { profile_id } from './testing.ts'

const endpoints = endpointsFrom(process.env)
const platform = { endpoints, codec: createCodec(endpoints.registry), clock: createClock() }
const topic = `test.telemetry-${fresh()}`
const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-test')
const admin = new kafkajs.Kafka({ clientId: 'cdlc-test', brokers: [...endpoints.kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin()
const closing: (() => Promise<unknown>)[] = []

/** Collector over a topic, or over brokers that are somewhere else. */
function collectorOn(brokers: readonly string[] = endpoints.kafka.brokers): FastifyInstance {
  const { ports, close } = openPorts({ ...platform, endpoints: { ...endpoints, kafka: { brokers } } }, topic)
  const app = serviceFor({ name: 'collector', description: '', checks: {}, routes: collector(ports) })
  closing.push(() => app.close(), close)
  return app
}
async function inTopic(): Promise<readonly Kept[]> {
  const reader = platform.codec.reader<Kept>(schemaOf('user.telemetry'))
  const found: Kept[] = []
  await readToEnd(kafka, [topic], async ({ records }) => {
    await reader.prepare(records.map(({ value }) => value))
    for (const { key, value } of records) {
      const event = value === null ? undefined : reader.decode(value)
      expect(event?.event_id).toBe(key)
      if (event !== undefined) found.push(event)
    }
  })
  return found
}
const event = (event_id: string, title_id = ulid()) => ({ kind: 'impression', event_id, occurred_at: new Date().toISOString(), surface: 'home-row', session: 's-1', title_id, position: 0 })
const post = (app: FastifyInstance, status: number, payload: object) => send(app, status, { method: 'POST', url: '/v1/telemetry', payload })

beforeAll(async () => {
  await admin.connect()
  const { partitions, config } = topicSpec('user.telemetry')
  await kafka.createTopics([{ name: topic, partitions, config }])
})
afterAll(async () => {
  for (const close of closing) await close()
  await admin.deleteTopics({ topics: [topic] })
  await Promise.all([admin.disconnect(), kafka.close()])
})

test('what is said to be accepted is in the topic, once for each time that it was told, and its repeats in one partition', async () => {
  const app = collectorOn()
  const ids = Array.from({ length: 40 }, () => ulid())
  const answers = await Promise.all(ids.map((id) => post(app, 202, { consent: true, profile_id, events: [event(id), event(ulid()), { kind: 'sneeze' }] })))
  expect(answers.map((answer) => answer.json<{ accepted: number }>().accepted)).toEqual(ids.map(() => 2))
  await post(app, 202, { events: [event(ids[0] ?? '')] })
  const found = await inTopic()
  expect(found).toHaveLength(81)
  expect(new Set(found.map(({ event_id }) => event_id)).size).toBe(80)
  expect(found.filter(({ event_id }) => event_id === ids[0])).toMatchObject([{ session: 's-1', profile_id, consent: true }, { session: null, profile_id: null, consent: false }])
})

test('two collectors write to one topic and lose nothing', async () => {
  const before = (await inTopic()).length
  const both = [collectorOn(), collectorOn()]
  await Promise.all(both.flatMap((app) => Array.from({ length: 20 }, () => post(app, 202, { events: Array.from({ length: 50 }, () => event(ulid())) }))))
  expect((await inTopic()).length - before).toBe(2_000)
})

test('where Kafka is not, nothing is accepted', async () => {
  const before = (await inTopic()).length
  const answer = await post(collectorOn(['127.0.0.1:9']), 503, { events: [event(ulid())] })
  expect([answer.headers['retry-after'], answer.json<{ code: string }>().code]).toEqual(['1', 'store_unavailable'])
  expect((await inTopic()).length).toBe(before)
})

test('it is ready where its topic is there', async () => {
  const service = open(platform)
  const app = serviceFor(service)
  await send(app, 200, { method: 'GET', url: '/readyz' })
  const end = await service.start?.()
  await app.close()
  await end?.()
})
