/** Runs stream workers: `main.ts [view…]`, all views where none is named. SIGTERM drains and leaves. */
import { createServer } from 'node:http'
import { projection } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { createDeadLetters } from './runtime/dead-letter.ts'
import { createKafka } from './runtime/kafka.ts'
import { sharedOffsets } from './runtime/lag.ts'
import { collectProcess, createWorkerMetrics } from './runtime/metrics.ts'
import { viewsNamed } from './runtime/registry.ts'
import type { Change, View } from './runtime/view.ts'
import { type Decoder, startWorker, type Worker } from './runtime/worker.ts'
import { openSinks } from './sinks/index.ts'

const endpoints = endpointsFrom(process.env)
const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-workers')
const offsets = sharedOffsets(kafka, Date.now)
const metrics = createWorkerMetrics()
collectProcess(metrics.registry)
const sinks = openSinks(endpoints)
const codec = createCodec({ url: endpoints.registry.url })

const log = (level: string, message: string, fields: Readonly<Record<string, unknown>>): void => {
  const { cause, ...rest } = fields
  const error = cause instanceof Error ? { error: cause.message, stack: cause.stack, cause: cause.cause instanceof Error ? cause.cause.message : undefined } : { error: cause }
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...rest, ...(cause === undefined ? {} : error) })}\n`)
}

function decodersOf(view: View): ReadonlyMap<string, Decoder> {
  return new Map(Object.entries(view.from).map(([topic, columns]) => {
    const reader = codec.reader(projection(topic, columns))
    return [topic, { prepare: (values) => reader.prepare(values), decode: (value) => reader.decode(value) as Change }]
  }))
}

let ending = false
const workers: Worker[] = []
const server = createServer((request, response) => {
  const answer = (status: number, body: unknown): void => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)) }
  if (request.url === '/healthz') return answer(200, { status: 'ok' })
  if (request.url === '/metrics') {
    metrics.scrape(workers).then((text) => { response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text) }, (cause: unknown) => answer(503, { error: String(cause) }))
    return
  }
  if (request.url !== '/views') return answer(404, { error: `no '${request.url}' here; there are /healthz, /metrics and /views` })
  Promise.all(workers.map((worker) => worker.status())).then((views) => answer(200, views), (cause: unknown) => answer(503, { error: String(cause) }))
})

async function end(code: number): Promise<void> {
  if (ending) return
  ending = true
  setTimeout(() => process.exit(1), 20_000).unref() // a store that does not answer must not hold up the end
  await Promise.allSettled(workers.map((worker) => worker.stop()))
  await Promise.allSettled([kafka.close(), sinks.close()])
  process.exit(code)
}
process.once('SIGTERM', () => void end(0))
process.once('SIGINT', () => void end(0))

const views = await viewsNamed(process.argv.slice(2))
server.listen(endpoints.port('workers'), '127.0.0.1')
for (const view of views) {
  workers.push(await startWorker({
    view, store: await sinks.store(view), kafka: { ...kafka, offsets }, decoders: decodersOf(view), deadLetters: createDeadLetters(kafka, view), clock: Date, log, random: Math.random, onFlush: metrics.onFlush,
    onCrash: (cause) => { log('error', 'consumer is down; ending so that the supervisor starts another', { view: view.name, cause }); void end(1) },
  }))
}
log('info', 'workers run', { views: views.map((view) => view.name) })
