/** Collector: what people see and do in passing, from their applications straight into Kafka. */
import { schemaOf } from '@cdlc/schemas/avro.ts'
import type { Codec } from '@cdlc/schemas/codec.ts'
import { subjectOf } from '@cdlc/schemas/topics.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import { openProducers } from '@cdlc/streams/runtime/producer.ts'
import { Unavailable } from '../shared/errors.ts'
import type { Platform } from '../shared/platform.ts'
import type { Service } from '../shared/service.ts'
import type { Kept } from './event.ts'
import { openEventLog, type EventLog } from './log.ts'
import type { CollectorPorts } from './ports.ts'
import { collector } from './routes.ts'

const contract = 'user.telemetry'

/** Encodes events and appends them; the registry is asked once, when the first one comes. */
export function appendTo(log: Pick<EventLog, 'append'>, codec: Pick<Codec, 'encoder'>): CollectorPorts['append'] {
  let encoder: Promise<(event: Kept) => Buffer> | undefined
  return async (events) => {
    encoder ??= codec.encoder<Kept>(subjectOf(contract), schemaOf(contract)).catch((cause: unknown) => {
      encoder = undefined
      throw new Unavailable(`registering the schema of '${contract}'`, { cause })
    })
    const encode = await encoder
    await log.append(events.map((event) => ({ key: event.event_id, value: encode(event) })))
  }
}

/** What it needs, out of the real platform; a bench has a topic of its own. */
export function openPorts({ endpoints, codec, clock }: Pick<Platform, 'endpoints' | 'codec' | 'clock'>, topic: string = contract): { readonly ports: CollectorPorts; close(): Promise<void> } {
  const log = openEventLog(topic, openProducers(endpoints.kafka.brokers, 'cdlc-collector'))
  return { ports: { clock, append: appendTo(log, codec) }, close: () => log.close() }
}

/** Collector over the real platform. */
export function open(platform: Pick<Platform, 'endpoints' | 'codec' | 'clock'>): Service {
  const { endpoints } = platform
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-collector')
  const { ports, close } = openPorts(platform)
  return {
    name: 'collector',
    port: endpoints.port('collector'),
    description: 'What people see and do in passing: impressions, clicks, searches, time spent.',
    routes: collector(ports),
    checks: { kafka: async () => { await kafka.offsets(contract) } },
    start: async () => async () => { await Promise.allSettled([close(), kafka.close()]) },
  }
}
