/**
 * A worker in a process of its own, for the test of scaling out: counts the records of a topic into Redis, and tells on standard output, a
 * JSON line each, what it was given and how far it has come. `worker.ts <topic>`.
 */
import { randomUUID } from 'node:crypto'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { createDeadLetters } from '../runtime/dead-letter.ts'
import { createKafka, type KafkaClient } from '../runtime/kafka.ts'
import { startWorker } from '../runtime/worker.ts'
import { openSinks } from '../sinks/index.ts'
import { counting, plainDecoder } from './counting.ts'

const [topic = ''] = process.argv.slice(2)
const endpoints = endpointsFrom(process.env)
const kafka = createKafka(endpoints.kafka.brokers, `scale-out-${randomUUID()}`)
const view = counting(topic)
const sinks = openSinks(endpoints)
const tell = (line: object): void => { process.stdout.write(`${JSON.stringify(line)}\n`) }

const own: KafkaClient = { ...kafka, consume: (subscription) => kafka.consume({ ...subscription, onAssigned: (assigned, seek) => {
  tell({ assigned: assigned.get(topic) ?? [] })
  subscription.onAssigned(assigned, seek)
} }) }
const worker = await startWorker({
  view, store: await sinks.store(view), kafka: own, decoders: new Map([[topic, plainDecoder]]), deadLetters: createDeadLetters(kafka, view),
  clock: Date, random: Math.random, log: () => {}, onCrash: () => process.exit(1),
  onFlush: ({ partition, next, outcome }) => tell({ partition, next, outcome }),
})
process.once('SIGTERM', () => {
  void worker.stop().then(() => kafka.close()).then(() => sinks.close()).then(() => process.exit(0))
})
