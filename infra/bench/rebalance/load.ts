/** Ratings in every partition at a steady pace. */
import { setTimeout as delay } from 'node:timers/promises'
import { schemaOf } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { subjectOf } from '@cdlc/schemas/topics.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import { CONTRACT, envelope, PARTITIONS, ratings } from '../ratings-topic.ts'

/** Between two records of a partition. */
export const EVERY_MS = 20
const KINDS = 1_000

/** Produces one record to each partition every 20 ms until it is stopped. */
export async function startLoad(endpoints: Endpoints, topic: string): Promise<{ stop(): Promise<void> }> {
  const encode = await createCodec({ url: endpoints.registry.url }).encoder(subjectOf(CONTRACT), schemaOf(CONTRACT))
  const values = [...ratings(KINDS, 1)].map((rating, i) => ({ key: rating.after.title_id, value: encode(envelope(rating, i)) }))
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-bench')
  let stopped = false
  const producing = (async () => {
    for (let turn = 0; !stopped; turn++) {
      const records = Array.from({ length: PARTITIONS }, (_, partition) => ({ ...values[(turn * PARTITIONS + partition) % KINDS] ?? { key: '', value: null }, partition }))
      await Promise.all([kafka.produce(topic, records), delay(EVERY_MS)])
    }
  })()
  producing.catch(() => {}) // whoever stops it hears of it
  return { async stop() {
    stopped = true
    try {
      await producing
    } finally {
      await kafka.close()
    }
  } }
}
