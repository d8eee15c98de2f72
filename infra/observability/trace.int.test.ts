/** One trace leads from the HTTP request that writes a rating or a title to the views that read it, through MySQL, Debezium and Kafka. */
import { createCodec } from '@cdlc/schemas/codec.ts'
import { customerServices, portsOf } from '@cdlc/services/customer-services/app.ts'
import { inventory } from '@cdlc/services/inventory/app.ts'
import { usualSettings, viewsOf } from '@cdlc/services/inventory/testing.ts'
import { fresh, realPlatform, send } from '@cdlc/services/real.ts'
import { newId } from '@cdlc/services/shared/clock.ts'
import { serviceFor } from '@cdlc/services/shared/testing.ts'
import { openOutbox } from '@cdlc/services/shared/outbox.ts'
import type { Platform } from '@cdlc/services/shared/platform.ts'
import { deadLetterTopic } from '@cdlc/streams/runtime/dead-letter.ts'
import { decodersOf } from '@cdlc/streams/runtime/decoders.ts'
import { type ConsumerGroups, openGroups } from '@cdlc/streams/runtime/groups.ts'
import { createKafka, type KafkaClient } from '@cdlc/streams/runtime/kafka.ts'
import { views as allViews } from '@cdlc/streams/runtime/registry.ts'
import type { ViewStore } from '@cdlc/streams/runtime/store.ts'
import { openTracing, tracedFlushes, type Tracing } from '@cdlc/streams/runtime/tracing.ts'
import { groupName, type View } from '@cdlc/streams/runtime/view.ts'
import { startWorker, type Worker } from '@cdlc/streams/runtime/worker.ts'
import { openSinks, type Sinks } from '@cdlc/streams/sinks/index.ts'
import titles from '@cdlc/streams/views/content/titles.ts'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startReceiver, type ReceivedSpan, type Receiver } from './receiver.ts'

const topic = 'cdc.user.ratings'
const title_id = newId(1_600_000_000_000_000)
const person = `${fresh()}@example.invalid`

let receiver: Receiver
let platform: Platform
let app: FastifyInstance
let films: FastifyInstance
let kafka: KafkaClient
let sinks: Sinks
let groups: ConsumerGroups
let profile_id: string
const traces: Tracing[] = []
const kept: { readonly view: View; readonly store: ViewStore; readonly worker: Worker }[] = []

async function open(service: string, follow: boolean): Promise<Tracing> {
  const tracing = await openTracing(process.env, service, { follow })
  if (tracing === undefined) throw new Error('opening a tracer: OTEL_EXPORTER_OTLP_ENDPOINT is not set')
  traces.push(tracing)
  return tracing
}

/** Where the topic ends now, a view begins: what is in it already is none of our business. ClickHouse keeps no position without rows. */
async function startAtEnd({ from }: View, store: ViewStore): Promise<void> {
  await store.prepare()
  for (const source of Object.keys(from)) {
    for (const { partition, high } of await kafka.offsets(source)) {
      const { fence } = await store.positions(partition)
      await store.flush({ topic: source, partition, from: 0, next: high, fence, writes: [] })
    }
  }
}

/** A worker of a copy of the view, in its own store and group, that follows traces as the platform's workers do. */
async function work(original: View, tracing: Tracing): Promise<void> {
  const view = { ...original, name: `traced-${original.name}-${fresh().slice(0, 8)}` }
  const store = await sinks.store(view)
  await startAtEnd(view, store)
  const codec = createCodec({ url: platform.endpoints.registry.url })
  const worker = await startWorker({
    view, store, kafka, decoders: decodersOf(codec, view, { traced: true }), clock: Date, random: Math.random, onFlush: tracedFlushes(tracing.tracer),
    deadLetters: { topic: deadLetterTopic(original), prepare: async () => {}, publish: (letters) => Promise.reject(new Error(`giving up ${letters.length} records`)) },
    log: (level, message, fields) => { if (level !== 'info') console.error(message, fields) },
    onCrash: (cause) => { console.error('a worker is down', cause) },
  })
  kept.push({ view, store, worker })
}

const attributesOf = (span: ReceivedSpan): Readonly<Record<string, unknown>> => Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
const readers = (source: string): readonly string[] => kept.filter(({ view }) => source in view.from).map(({ view }) => `apply ${view.name}`)
/** The spans of a trace, once each view of the topic has one in it. */
const traceOf = (traceId: string, source = topic): Promise<readonly ReceivedSpan[]> => vi.waitFor(() => {
  const spans = receiver.spans.filter((span) => span.traceId === traceId)
  const applied = spans.filter(({ name }) => name.startsWith('apply '))
  expect(new Set(applied.map(({ name }) => name))).toEqual(new Set(readers(source)))
  expect(spans.some(({ service }) => service !== 'workers')).toBe(true)
  return spans
}, { timeout: 60_000, interval: 50 })

beforeAll(async () => {
  receiver = await startReceiver()
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url)
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '50')
  platform = await realPlatform()
  kafka = createKafka(platform.endpoints.kafka.brokers, 'cdlc-trace-test')
  sinks = openSinks(platform.endpoints)
  groups = openGroups(platform.endpoints.kafka.brokers, 'cdlc-trace-test')
  const { tracer } = await open('customer-services', false)
  const views = {
    ...portsOf(platform).views, titles: async (ids: readonly string[]) => new Set(ids), diary: async () => [], entry: async () => undefined, viewing: async () => undefined, viewings: async () => [], viewingsOf: async () => [],
  }
  app = serviceFor({
    name: 'customer-services', description: '', checks: {}, tracer,
    routes: customerServices({ ...portsOf(platform), views }),
  })
  const { account_id } = (await send(app, 201, { method: 'POST', url: '/v1/accounts', payload: { email: person, country: 'GB' } })).json<{ readonly account_id: string }>()
  profile_id = (await send(app, 201, { method: 'POST', url: '/v1/profiles', payload: { account_id, name: 'Ada Lovelace' } })).json<{ readonly profile_id: string }>().profile_id
  films = serviceFor({
    name: 'inventory', description: '', checks: {}, tracer: (await open('inventory', false)).tracer,
    routes: inventory({
      database: platform.database('content'), clock: platform.clock, outbox: openOutbox(platform.codec, 'content.title-events'), views: viewsOf(), settings: usualSettings,
      ratingHistogram: () => Promise.reject(new Error('asking for ratings: nobody should')),
    }),
  })
  const workers = await open('workers', true)
  for (const view of [titles, ...(await allViews()).filter(({ from }) => topic in from)]) await work(view, workers)
})

afterAll(async () => {
  await Promise.allSettled(kept.map(({ worker }) => worker.stop()))
  await Promise.allSettled(kept.flatMap(({ view, store }) => [store.drop(), groups.remove(groupName(view))]))
  await Promise.allSettled([app.close(), films.close(), platform.close(), kafka.close(), groups.close(), sinks.close(), ...traces.map((tracing) => tracing.close())])
  await receiver.close()
  vi.unstubAllEnvs()
})

/** Sends a write of the rating under a caller's trace. */
const write = (method: 'PUT' | 'DELETE', traceId: string, flags = '01', stars = 4.5) => app.inject({
  method, url: `/v1/profiles/${profile_id}/ratings/${title_id}`, headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-${flags}` }, ...(method === 'PUT' ? { payload: { stars } } : {}),
})

it.each(['PUT', 'DELETE'] as const)('leads from %s to each view', async (method) => {
  const traceId = fresh()
  expect((await write(method, traceId)).statusCode).toBeLessThan(300)
  const spans = await traceOf(traceId)
  const [request] = spans.filter(({ name }) => name === `${method} /v1/profiles/:profile_id/ratings/:title_id`)
  const [transaction] = spans.filter(({ name }) => name === 'transaction user')
  expect(request?.parentSpanId).toBe('00f067aa0ba902b7')
  expect(transaction?.parentSpanId).toBe(request?.spanId)
  const applied = spans.filter(({ name }) => name.startsWith('apply '))
  expect(applied).toHaveLength(readers(topic).length)
  for (const span of applied) {
    expect(span).toMatchObject({ parentSpanId: transaction?.spanId, service: 'workers' })
    expect(BigInt(span.startTimeUnixNano)).toBeGreaterThan(BigInt(request?.startTimeUnixNano ?? 0))
    // the flush that it was part of is a trace of its own, and they lead to each other
    const [link] = span.links ?? []
    const flush = receiver.spans.find(({ spanId }) => spanId === link?.spanId)
    expect(flush?.name).toBe(span.name.replace('apply', 'flush'))
    expect(flush?.links).toEqual(expect.arrayContaining([expect.objectContaining({ traceId, spanId: transaction?.spanId })]))
  }
})

it('leads from each change of a title, its parts and its end to the view of titles', async () => {
  const change = async (method: 'POST' | 'PATCH' | 'PUT' | 'DELETE', url: string, payload?: object): Promise<string> => {
    const traceId = fresh()
    const answer = await films.inject({ method, url, headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }, ...(payload === undefined ? {} : { payload }) })
    expect([method, url, answer.statusCode < 300]).toEqual([method, url, true])
    await traceOf(traceId, 'cdc.content.titles')
    return answer.body
  }
  const { title_id: id } = JSON.parse(await change('POST', '/v1/titles', { kind: 'series', name: 'Traced' })) as { readonly title_id: string }
  await change('PATCH', `/v1/titles/${id}`, { studio: 'Traced' })
  await change('PUT', `/v1/titles/${id}/seasons/1`, {})
  await change('DELETE', `/v1/titles/${id}`)
})

it('is left alone by a write that is not sampled', async () => {
  const [unsampled, sampled] = [fresh(), fresh()]
  expect((await write('PUT', unsampled, '00')).statusCode).toBe(201)
  expect((await write('PUT', sampled, '01', 2)).statusCode).toBe(200)
  await traceOf(sampled)
  expect(receiver.spans.filter((span) => span.traceId === unsampled)).toEqual([])
})

it('tells of routes, stores, topics and positions, and of no person, value or statement', async () => {
  expect(receiver.spans.length).toBeGreaterThan(kept.length)
  const text = JSON.stringify(receiver.spans)
  for (const secret of [profile_id, title_id, person, 'Ada', 'INSERT', 'SELECT']) expect(text).not.toContain(secret)
  const known = /^(http\.(request\.method|route|response\.status_code)|url\.scheme|error\.type|db\.(system\.name|namespace)|messaging\.[a-z._]+|cdlc\.[a-z_]+)$/
  expect(receiver.spans.flatMap((span) => Object.keys(attributesOf(span))).filter((key) => !known.test(key))).toEqual([])
})
