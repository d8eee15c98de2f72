/** Contestant: kafkajs by hand. Ratings under another key, decoded, encoded and sent batch by batch, at least once and with no word of where they come from. */
import { projection, schemaOf } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { subjectOf } from '@cdlc/schemas/topics.ts'
import kafkajs from 'kafkajs'
import { serve } from '../child.ts'
import { openKafka, removeGroups, removeTopics, withAdmin } from '../kafka.ts'
import { peakMb, resetPeak, startMeter } from '../processes.ts'
import { CONTRACT, PARTITIONS } from '../ratings-topic.ts'
import type { Measured } from '../runtime/job.ts'
import { recordsOf, type Task } from './task.ts'

const endpoints = endpointsFrom(process.env)
const OUTPUT = 'user.ratings-by-profile'
type Row = Readonly<Record<string, unknown>>

async function rekey(task: Task): Promise<Measured> {
  const codec = createCodec({ url: endpoints.registry.url })
  const reader = codec.reader<{ readonly before: Row | null; readonly after: Row | null }>(projection(CONTRACT, ['profile_id', 'title_id', 'half_stars', 'rated_at', 'version']))
  const encode = await codec.encoder(subjectOf(OUTPUT), schemaOf(OUTPUT))
  const to = `bench.${task.name}`
  await withAdmin(endpoints, (admin) => admin.createTopics({ waitForLeaders: true, topics: [{ topic: to, numPartitions: PARTITIONS }] }))
  const kafka = openKafka(endpoints)
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  const consumer = kafka.consumer({ groupId: task.name, minBytes: 1, maxWaitTimeInMs: 250, maxBytesPerPartition: 1_048_576, maxBytes: 10_485_760 })
  const all = Promise.withResolvers<void>()
  let left = recordsOf(task)
  let stopMeter = startMeter()
  resetPeak()
  consumer.on(consumer.events.GROUP_JOIN, () => { stopMeter = startMeter() })
  consumer.on(consumer.events.CRASH, ({ payload }) => all.reject(payload.error))
  await Promise.all([producer.connect(), consumer.connect()])
  await consumer.subscribe({ topics: [task.topics[CONTRACT]?.name ?? CONTRACT], fromBeginning: true })
  await consumer.run({
    partitionsConsumedConcurrently: PARTITIONS, autoCommitInterval: 1_000,
    async eachBatch({ batch: { messages } }) {
      await reader.prepare(messages.map(({ value }) => value))
      const records = messages.flatMap(({ value, timestamp }) => {
        if (value === null) return []
        const change = reader.decode(value)
        return [{ key: String((change.after ?? change.before)?.['profile_id']), value: encode(change), timestamp }]
      })
      for (let from = 0; from < records.length; from += 1_000) await producer.send({ topic: to, acks: -1, messages: records.slice(from, from + 1_000) })
      left -= messages.length
      if (left <= 0) all.resolve()
    },
  })
  await all.promise
  const measured = { records: recordsOf(task), ...stopMeter(), peak_mb: peakMb() }
  await Promise.all([consumer.disconnect(), producer.disconnect()])
  await removeGroups(endpoints, [task.name])
  await removeTopics(endpoints, [to])
  return measured
}

serve({ rekey })
