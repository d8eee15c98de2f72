/** Folds a CDC topic by its table's primary key, to the rows it says are there. */
import { randomUUID } from 'node:crypto'
import { projection } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import type { KafkaClient } from '@cdlc/streams/runtime/kafka.ts'
import type { Change } from '@cdlc/streams/runtime/view.ts'

export interface TopicCount {
  readonly topic: string
  /** Records in the topic: every change there ever was. */
  readonly records: number
  /** Rows that are there after all of them. */
  readonly rows: number
}

const TIME_OUT_MS = 120_000

/** Reads each topic from its beginning to the end it has now. */
export async function countTopics(endpoints: Endpoints, kafka: KafkaClient, topics: readonly string[]): Promise<readonly TopicCount[]> {
  const codec = createCodec({ url: endpoints.registry.url })
  const readers = new Map(topics.map((topic) => [topic, codec.reader<Change>(projection(topic, topicSpec(topic).primary_key ?? []))]))
  const live = new Map(topics.map((topic) => [topic, new Set<string>()]))
  const records = new Map<string, number>()
  const ends = new Map<string, number>()
  for (const topic of topics) {
    const ranges = await kafka.offsets(topic)
    records.set(topic, ranges.reduce((sum, { low, high }) => sum + high - low, 0))
    for (const { partition, low, high } of ranges) if (high > low) ends.set(`${topic}/${partition}`, high)
  }
  if (ends.size === 0) return topics.map((topic) => ({ topic, records: 0, rows: 0 }))
  const finished = Promise.withResolvers<void>()
  const timer = setTimeout(() => finished.reject(new Error(`counting topics: ${[...ends.keys()].join(', ')} did not come to their ends in ${TIME_OUT_MS / 1_000} s`)), TIME_OUT_MS)
  const consumer = await kafka.consume({
    group: `cdlc-count-${randomUUID()}`, topics, onAssigned: () => {}, onCrash: (cause) => finished.reject(cause),
    async onBatch({ topic, partition, next, records: batch }) {
      const reader = readers.get(topic)
      const rows = live.get(topic)
      if (reader === undefined || rows === undefined) return 'done'
      try {
        await reader.prepare(batch.map((record) => record.value))
        for (const { value } of batch) {
          if (value === null) continue
          const { before, after } = reader.decode(value)
          if (after === null) rows.delete(JSON.stringify(before))
          else rows.add(JSON.stringify(after))
        }
      } catch (cause) {
        finished.reject(cause)
      }
      if (next >= (ends.get(`${topic}/${partition}`) ?? 0)) ends.delete(`${topic}/${partition}`)
      if (ends.size === 0) finished.resolve()
      return 'done'
    },
  })
  try {
    await finished.promise
  } finally {
    clearTimeout(timer)
    await consumer.stop()
  }
  return topics.map((topic) => ({ topic, records: records.get(topic) ?? 0, rows: live.get(topic)?.size ?? 0 }))
}
