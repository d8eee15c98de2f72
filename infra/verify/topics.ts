/** Folds a CDC topic by its table's primary key, to the rows it says are there. */
import { projection } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import type { KafkaClient } from '@cdlc/streams/runtime/kafka.ts'
import { readToEnd } from '@cdlc/streams/runtime/read.ts'
import type { Change } from '@cdlc/streams/runtime/view.ts'

export interface TopicCount {
  readonly topic: string
  /** Records in the topic: every change there ever was. */
  readonly records: number
  /** Rows that are there after all of them. */
  readonly rows: number
}

/** Reads each topic from its beginning to the end it has now. */
export async function countTopics(endpoints: Endpoints, kafka: KafkaClient, topics: readonly string[]): Promise<readonly TopicCount[]> {
  const codec = createCodec({ url: endpoints.registry.url })
  const readers = new Map(topics.map((topic) => [topic, codec.reader<Change>(projection(topic, topicSpec(topic).primary_key ?? []))]))
  const live = new Map(topics.map((topic) => [topic, new Set<string>()]))
  const counted = new Map<string, number>()
  for (const topic of topics) counted.set(topic, (await kafka.offsets(topic)).reduce((sum, { low, high }) => sum + high - low, 0))
  await readToEnd(kafka, topics, async ({ topic, records }) => {
    const reader = readers.get(topic)
    const rows = live.get(topic)
    if (reader === undefined || rows === undefined) return
    await reader.prepare(records.map((record) => record.value))
    for (const { value } of records) {
      if (value === null) continue
      const { before, after } = reader.decode(value)
      if (after === null) rows.delete(JSON.stringify(before))
      else rows.add(JSON.stringify(after))
    }
  })
  return topics.map((topic) => ({ topic, records: counted.get(topic) ?? 0, rows: live.get(topic)?.size ?? 0 }))
}
