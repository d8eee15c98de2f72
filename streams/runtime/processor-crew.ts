/** Keeps processors at work in this process: what they write in, what they remember on this machine, and somebody who looks after them. */
import { schemaOf } from '@cdlc/schemas/avro.ts'
import type { Codec } from '@cdlc/schemas/codec.ts'
import { subjectOf, topics, topicSpec } from '@cdlc/schemas/topics.ts'
import { type Absent, type Crew, openPosts } from './crew.ts'
import { createDeadLetters } from './dead-letter.ts'
import { decodersOf } from './decoders.ts'
import type { KafkaClient } from './kafka.ts'
import type { LocalStores } from './local-store.ts'
import type { Log } from './log.ts'
import type { Processor } from './processor.ts'
import type { OutputFormat } from './processor-step.ts'
import { type ProcessorStatus, type ProcessorWorker, startProcessor } from './processor-worker.ts'
import type { Producer } from './producer.ts'
import { withoutRepeats } from './repeats.ts'

const derived: ReadonlySet<string> = new Set(topics.filter(({ kind }) => kind === 'derived').map(({ name }) => name))
/** Whether a processor writes the topic, so that its readers meet repeats. */
export const isDerived = (topic: string): boolean => derived.has(topic)

/** Changes as records of a topic of the catalogue: its key column, its contract. Registers the schema. */
export async function outputOf(codec: Codec, topic: string): Promise<OutputFormat> {
  const { key } = topicSpec(topic)
  if (key === null) throw new Error(`writing to '${topic}': the catalogue names no key for it`)
  return {
    encode: await codec.encoder(subjectOf(topic), schemaOf(topic)),
    keyOf({ before, after }) {
      const value = (after ?? before)?.[key]
      if (typeof value !== 'string') throw new Error(`writing to '${topic}': its key '${key}' is ${JSON.stringify(value)}`)
      return value
    },
  }
}

export interface ProcessorCrewOptions {
  readonly kafka: KafkaClient
  /** Ends of topics for lag, which may be a moment old. */
  readonly offsets: KafkaClient['offsets']
  readonly producers: () => Producer
  readonly stores: LocalStores
  readonly codec: Codec
  readonly log: Log
  /** Random number in [0, 1), for jitter. */
  readonly random: () => number
}

export type ProcessorPostStatus = ProcessorStatus | Pick<ProcessorStatus, 'name' | 'version' | 'to'> & Absent

/** Nobody is at work yet. */
export function openProcessorCrew({ kafka, offsets, producers, stores, codec, log, random }: ProcessorCrewOptions): Crew<Processor, ProcessorWorker, ProcessorPostStatus> {
  const reading = withoutRepeats(kafka, stores, isDerived, log)
  return openPosts({
    start: async (processor: Processor, onCrash) => startProcessor({
      processor, kafka: reading, offsets, producers, stores, output: await outputOf(codec, processor.to), decoders: decodersOf(codec, processor, { traced: false }),
      deadLetters: createDeadLetters(kafka, processor), clock: Date, log, random, onCrash,
    }),
    log, random,
  }, ({ name, version, to }) => ({ name, version, to }))
}
