/** Contestant: a processor of the runtime, with everything it does for exactly-once effect. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projection } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { changelogConfig } from '@cdlc/schemas/topics.ts'
import { createDeadLetters, deadLetterPlan, deadLetterTopic } from '@cdlc/streams/runtime/dead-letter.ts'
import type { Decoder } from '@cdlc/streams/runtime/decode.ts'
import { createKafka, type KafkaClient } from '@cdlc/streams/runtime/kafka.ts'
import { localStores } from '@cdlc/streams/runtime/local-store.ts'
import { outputOf } from '@cdlc/streams/runtime/processor-crew.ts'
import { startProcessor } from '@cdlc/streams/runtime/processor-worker.ts'
import { changelogTopic, type Processor, processorGroup } from '@cdlc/streams/runtime/processor.ts'
import { openProducers } from '@cdlc/streams/runtime/producer.ts'
import { processors } from '@cdlc/streams/runtime/registry.ts'
import type { Change } from '@cdlc/streams/runtime/view.ts'
import { serve } from '../child.ts'
import { removeGroups, removeTopics } from '../kafka.ts'
import { peakMb, resetPeak, startMeter } from '../processes.ts'
import { PARTITIONS } from '../ratings-topic.ts'
import type { Measured } from '../runtime/job.ts'
import { recordsOf, type Task } from './task.ts'

const endpoints = endpointsFrom(process.env)
const codec = createCodec({ url: endpoints.registry.url })

async function run(task: Task): Promise<Measured> {
  const original = (await processors()).find(({ name }) => name === task.processor)
  if (original === undefined) throw new Error(`no processor '${task.processor}'`)
  const names = new Map(Object.entries(task.topics).map(([topic, { name }]) => [name, topic]))
  const named = (topic: string): string => names.get(topic) ?? topic
  const processor: Processor = {
    ...original, name: task.name, to: `bench.${task.name}`, from: Object.fromEntries(Object.entries(original.from).map(([topic, columns]) => [task.topics[topic]?.name ?? topic, columns])),
    apply: (event, state) => original.apply({ ...event, topic: named(event.topic) }, state),
  }
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-bench')
  const folder = await mkdtemp(join(tmpdir(), 'cdlc-bench-'))
  const own = [
    { name: processor.to, partitions: PARTITIONS, config: {} }, { name: changelogTopic(processor), partitions: PARTITIONS, config: changelogConfig }, deadLetterPlan(processor, PARTITIONS),
  ]
  await kafka.createTopics(own)
  const left = new Set(Object.entries(task.topics).flatMap(([topic, { ends }]) => ends.flatMap((end, partition) => (end > 0 ? [`${topic}/${partition}`] : []))))
  const caughtUp = Promise.withResolvers<void>()
  let stopMeter = startMeter()
  const watched: Pick<KafkaClient, 'consume' | 'offsets'> = { offsets: kafka.offsets, consume: (subscription) => (subscription.group !== processorGroup(processor) ? kafka.consume(subscription) : kafka.consume({
    ...subscription,
    onAssigned: (assigned, seek) => { stopMeter = startMeter(); subscription.onAssigned(assigned, seek) },
    async onBatch(batch) {
      const outcome = await subscription.onBatch(batch)
      const topic = named(batch.topic)
      if (outcome === 'done' && batch.next >= (task.topics[topic]?.ends[batch.partition] ?? Infinity) && left.delete(`${topic}/${batch.partition}`) && left.size === 0) caughtUp.resolve()
      return outcome
    },
  })) }
  resetPeak()
  const worker = await startProcessor({
    processor, kafka: watched, producers: openProducers(endpoints.kafka.brokers, 'cdlc-bench'), stores: localStores(folder), output: await outputOf(codec, original.to),
    deadLetters: createDeadLetters(kafka, processor), clock: Date, random: Math.random, onCrash: (cause) => caughtUp.reject(cause),
    log: (level, message, { cause }) => { if (level === 'error') caughtUp.reject(new Error(message, { cause })) },
    decoders: new Map(Object.entries(processor.from).map(([topic, columns]): [string, Decoder] => {
      const reader = codec.reader(projection(named(topic), columns))
      return [topic, { prepare: (values) => reader.prepare(values), decode: (value) => reader.decode(value) as Change }]
    })),
  })
  await caughtUp.promise
  const measured = { records: recordsOf(task), ...stopMeter(), peak_mb: peakMb() }
  await worker.stop()
  await kafka.close()
  await removeGroups(endpoints, [processorGroup(processor)])
  await removeTopics(endpoints, [processor.to, changelogTopic(processor), deadLetterTopic(processor)])
  await rm(folder, { recursive: true })
  return measured
}

serve({ run })
