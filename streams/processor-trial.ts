/**
 * A processor of the house on trial: the same function between topics of its own, on real servers. As a program it works until it is
 * killed: `processor-trial.ts <processor> <trial> <folder of its local stores>`.
 */
import { pathToFileURL } from 'node:url'
import { projection, schemaOf } from '@cdlc/schemas/avro.ts'
import { changelogConfig, subjectOf, topicSpec } from '@cdlc/schemas/topics.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { createDeadLetters, deadLetterPlan } from './runtime/dead-letter.ts'
import type { Decoder } from './runtime/decode.ts'
import { createKafka, type KafkaClient } from './runtime/kafka.ts'
import { localStores } from './runtime/local-store.ts'
import type { Log } from './runtime/log.ts'
import { outputOf } from './runtime/processor-crew.ts'
import { type ProcessorWorker, startProcessor } from './runtime/processor-worker.ts'
import { changelogTopic, type Processor } from './runtime/processor.ts'
import { openProducers } from './runtime/producer.ts'
import { processors } from './runtime/registry.ts'
import type { Change } from './runtime/view.ts'

const endpoints = endpointsFrom(process.env)
export const codec = createCodec({ url: endpoints.registry.url })
export const connect = (client: string): KafkaClient => createKafka(endpoints.kafka.brokers, client)

export interface Trial {
  readonly processor: Processor
  /** The trial's topic for one of the catalogue. */
  readonly topicFor: (topic: string) => string
}

/** The processor of this name between topics `test.<trial>.…`. */
export async function trialOf(name: string, trial: string): Promise<Trial> {
  const original = (await processors()).find((processor) => processor.name === name)
  if (original === undefined) throw new Error(`no processor '${name}'`)
  const topicFor = (topic: string): string => `test.${trial}.${topic}`
  const processor: Processor = {
    ...original, name: `${name}-${trial}`, to: topicFor(original.to),
    from: Object.fromEntries(Object.entries(original.from).map(([topic, columns]) => [topicFor(topic), columns])),
    apply: (event, state) => original.apply({ ...event, topic: event.topic.slice(topicFor('').length) }, state),
  }
  return { processor, topicFor }
}

/** Makes the trial's topics. */
export async function prepare(kafka: KafkaClient, { processor }: Trial, partitions: number): Promise<void> {
  await kafka.createTopics([
    ...[...Object.keys(processor.from), processor.to].map((name) => ({ name, partitions, config: {} })),
    { name: changelogTopic(processor), partitions, config: changelogConfig },
    deadLetterPlan(processor, partitions),
  ])
}

/** Writes changes to a topic of the trial, each under the key that the catalogue names. */
export async function tell(kafka: KafkaClient, { topicFor }: Trial, topic: string, columns: readonly string[], changes: readonly Change[]): Promise<void> {
  const encode = await codec.encoder(subjectOf(topicFor(topic)), projection(topic, columns))
  const key = topicSpec(topic).key ?? ''
  for (let from = 0; from < changes.length; from += 500) {
    await kafka.produce(topicFor(topic), changes.slice(from, from + 500).map(({ op, before, after }) => ({ key: String((after ?? before)?.[key]), value: encode({ op, before, after }) })))
  }
}

/** A worker for the trial, with its local stores in this folder. */
export async function hire({ processor, topicFor }: Trial, kafka: KafkaClient, folder: string, log: Log, onCrash: (cause: unknown) => void): Promise<ProcessorWorker> {
  const original = (topic: string): string => topic.slice(topicFor('').length)
  return startProcessor({
    processor, kafka, producers: openProducers(endpoints.kafka.brokers, `trial-${processor.name}`), stores: localStores(folder),
    output: await outputOf(codec, original(processor.to)), deadLetters: createDeadLetters(kafka, processor), clock: Date, random: Math.random, log, onCrash,
    decoders: new Map(Object.entries(processor.from).map(([topic, columns]): [string, Decoder] => {
      const reader = codec.reader(projection(original(topic), columns))
      return [topic, { prepare: (values) => reader.prepare(values), decode: (value) => reader.decode(value) as Change }]
    })),
  })
}

/** Reads a change of the trial's output. */
export async function outputReader(processor: Processor, { topicFor }: Trial) {
  return codec.reader<Change>(schemaOf(processor.to.slice(topicFor('').length)))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , name = '', trial = '', folder = ''] = process.argv
  const kafka = connect(`trial-${process.pid}`)
  await hire(await trialOf(name, trial), kafka, folder, (level, message, fields) => process.stderr.write(`${level} ${message} ${String(fields['cause'])}\n`), (cause) => { throw cause })
  process.stdout.write('at work\n')
}
