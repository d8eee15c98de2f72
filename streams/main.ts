/** Runs stream workers: `main.ts [view or processor…]`, all where none is named. SIGTERM drains and leaves. */
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { openCaretaker, startRounds } from './runtime/caretaker.ts'
import { openCrew } from './runtime/crew.ts'
import { createDeadLetters } from './runtime/dead-letter.ts'
import { decodersOf } from './runtime/decoders.ts'
import { openEditions } from './runtime/editions-log.ts'
import { roleOf, worked } from './runtime/editions.ts'
import { openGroups } from './runtime/groups.ts'
import { createKafka } from './runtime/kafka.ts'
import { sharedOffsets } from './runtime/lag.ts'
import { localStores } from './runtime/local-store.ts'
import { logLines as log } from './runtime/log.ts'
import { collectProcess, createWorkerMetrics } from './runtime/metrics.ts'
import { isDerived, openProcessorCrew } from './runtime/processor-crew.ts'
import { createProcessorMetrics } from './runtime/metrics-processors.ts'
import { openProducers } from './runtime/producer.ts'
import { allNamed } from './runtime/registry.ts'
import { withoutRepeats } from './runtime/repeats.ts'
import { openTracing, tracedFlushes } from './runtime/tracing.ts'
import { startWorker } from './runtime/worker.ts'
import { openSinks } from './sinks/index.ts'

const endpoints = endpointsFrom(process.env)
const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-workers')
const offsets = sharedOffsets(kafka, Date.now)
const metrics = createWorkerMetrics()
const processorMetrics = createProcessorMetrics(metrics.registry)
collectProcess(metrics.registry)
const tracing = await openTracing(process.env, 'workers', { follow: true })
const trace = tracing === undefined ? undefined : tracedFlushes(tracing.tracer)
const sinks = openSinks(endpoints)
const codec = createCodec({ url: endpoints.registry.url })

const { views, processors } = await allNamed(process.argv.slice(2))
/** What processors and readers of their topics remember on this machine; it may be deleted while nobody is at work. */
const stores = localStores(process.env['CDLC_STATE_DIR'] ?? join(tmpdir(), 'cdlc-streams', endpoints.kafka.brokers.join('_')))
const reading = { ...withoutRepeats(kafka, stores, isDerived, log), offsets }
const groups = openGroups(endpoints.kafka.brokers, 'cdlc-workers')
const editions = openEditions({ kafka, groups, codec, component: 'workers', log, clock: Date })
const caretaker = openCaretaker({ editions, kafka, groups, store: sinks.store, views, log, clock: Date })
const crew = openCrew({
  start: async (view, onCrash) => startWorker({
    view, store: await sinks.store(view), kafka: reading, decoders: decodersOf(codec, view, { traced: tracing !== undefined }), deadLetters: createDeadLetters(kafka, view), clock: Date, log, random: Math.random,
    onFlush: trace === undefined ? metrics.onFlush : (report) => { metrics.onFlush(report); trace(report) },
    onCrash,
  }),
  log, random: Math.random, onLeft: caretaker.left,
})
const processorCrew = openProcessorCrew({ kafka, offsets, producers: openProducers(endpoints.kafka.brokers, 'cdlc-processors'), stores, codec, log, random: Math.random })
const rounds = startRounds(caretaker)
editions.onChange(() => crew.assign(views.flatMap((view) => worked(editions.of(view)).map((build) => ({ ...view, build })))))

/** What each worker says, and what its build is for. */
const statuses = async () => (await crew.statuses()).map((status) => {
  const view = views.find(({ name }) => name === status.name)
  return { ...status, role: view === undefined ? 'gone' : roleOf(editions.of(view), status.build) }
})

let ending = false
const server = createServer((request, response) => {
  const answer = (status: number, body: unknown): void => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)) }
  if (request.url === '/healthz') return answer(200, { status: 'ok', editions: editions.state() })
  if (request.url === '/metrics') {
    Promise.all([statuses(), processorCrew.statuses()]).then(([all, ofProcessors]) => { processorMetrics.tell(ofProcessors); return metrics.scrape(all) }).then((text) => { response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text) }, (cause: unknown) => answer(503, { error: String(cause) }))
    return
  }
  if (request.url === '/editions' && editions.state() !== 'unread') return answer(200, editions.all())
  if (request.url === '/processors') {
    processorCrew.statuses().then((all) => answer(200, all), (cause: unknown) => answer(503, { error: String(cause) }))
    return
  }
  if (request.url !== '/views') return answer(404, { error: `no '${request.url}' here; there are /editions, /healthz, /metrics, /processors and /views` })
  statuses().then((all) => answer(200, all), (cause: unknown) => answer(503, { error: String(cause) }))
})

async function end(code: number): Promise<void> {
  if (ending) return
  ending = true
  setTimeout(() => process.exit(1), 20_000).unref() // a store that does not answer must not hold up the end
  await Promise.allSettled([rounds.stop(), crew.stop(), processorCrew.stop()])
  await editions.close()
  await Promise.allSettled([kafka.close(), groups.close(), sinks.close(), tracing?.close()])
  process.exit(code)
}
process.once('SIGTERM', () => void end(0))
process.once('SIGINT', () => void end(0))

server.listen(endpoints.port('workers'), '127.0.0.1')
processorCrew.assign(processors)
await editions.known()
log('info', 'workers run', { views: views.map((view) => view.name), processors: processors.map((processor) => processor.name) })
