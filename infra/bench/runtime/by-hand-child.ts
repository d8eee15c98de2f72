/** Contestants: kafkajs by hand, `batch` with a pipeline per batch, `message` with an await per record. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { Redis } from 'ioredis'
import type { Consumer, ConsumerConfig } from 'kafkajs'
import { serve } from '../child.ts'
import { openKafka, removeGroups } from '../kafka.ts'
import { peakMb, resetPeak, startMeter } from '../processes.ts'
import { type Change, clear, foldingOf, openDecoder } from './by-hand.ts'
import { type Measured, recordsOf, type Task } from './job.ts'

const endpoints = endpointsFrom(process.env)
const redis = new Redis(endpoints.redis.url)

/** What the runtime fetches with, so that the difference is in what is done with a batch. */
const tuned: Omit<ConsumerConfig, 'groupId'> = { minBytes: 1, maxWaitTimeInMs: 250, maxBytesPerPartition: 1_048_576, maxBytes: 10_485_760 }

/** Runs `consume` until the task's records have come; measures from joining the group on. */
async function measured(task: Task, settings: Omit<ConsumerConfig, 'groupId'>, consume: (consumer: Consumer, count: (records: number) => void) => Promise<void>): Promise<Measured> {
  const consumer = openKafka(endpoints).consumer({ groupId: task.name, ...settings })
  const all = Promise.withResolvers<void>()
  let left = recordsOf(task)
  resetPeak()
  let stopMeter = startMeter()
  consumer.on(consumer.events.GROUP_JOIN, () => { stopMeter = startMeter() })
  consumer.on(consumer.events.CRASH, ({ payload }) => all.reject(payload.error))
  await consumer.connect()
  await consumer.subscribe({ topics: [task.topic], fromBeginning: true })
  await consume(consumer, (records) => {
    left -= records
    if (left <= 0) all.resolve()
  })
  await all.promise
  const result = { records: recordsOf(task) - left, ...stopMeter(), peak_mb: peakMb() }
  await consumer.disconnect()
  await clear(redis, task.name)
  await removeGroups(endpoints, [task.name])
  return result
}

const batch = (task: Task): Promise<Measured> => measured(task, tuned, async (consumer, count) => {
  const decode = openDecoder(endpoints, task.job)
  const foldings = new Map<number, ReturnType<typeof foldingOf>>()
  await consumer.run({
    partitionsConsumedConcurrently: task.ends.length, autoCommitInterval: 1_000,
    async eachBatch({ batch: { messages, partition } }) {
      const folding = foldings.get(partition) ?? foldingOf(task.job, task.name)
      foldings.set(partition, folding)
      for (const { value } of messages) {
        if (value === null) continue
        const change = decode(value)
        folding.add(change instanceof Promise ? await change : change)
      }
      const pipeline = redis.pipeline()
      for (const [key, fields] of folding.take()) pipeline.hset(key, fields)
      await pipeline.exec()
      count(messages.length)
    },
  })
})

const message = (task: Task): Promise<Measured> => measured(task, {}, async (consumer, count) => {
  const decode = openDecoder(endpoints, task.job)
  const folding = foldingOf(task.job, task.name)
  await consumer.run({
    async eachMessage({ message: { value } }) {
      if (value === null) return
      folding.add(await decode(value) as Change)
      for (const [key, fields] of folding.take()) await redis.hset(key, fields)
      count(1)
    },
  })
})

serve({ batch, message })
