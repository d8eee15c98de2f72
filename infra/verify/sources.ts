/**
 * What a view is computed from anew. A table's topic is recomputed from the table: nothing between MySQL and the view is believed. Events and
 * what processors make have no table; there the topic itself is the source, without the repeats that processors leave in theirs.
 */
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { type Codec, createCodec } from '@cdlc/schemas/codec.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import { decodeRecords } from '@cdlc/streams/runtime/decode.ts'
import { decodersOf } from '@cdlc/streams/runtime/decoders.ts'
import type { KafkaClient } from '@cdlc/streams/runtime/kafka.ts'
import { memoryStores } from '@cdlc/streams/runtime/local-store-memory.ts'
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import { isDerived } from '@cdlc/streams/runtime/processor-crew.ts'
import { readToEnd } from '@cdlc/streams/runtime/read.ts'
import { withoutRepeats } from '@cdlc/streams/runtime/repeats.ts'
import type { Change, View } from '@cdlc/streams/runtime/view.ts'
import { openTables, type Tables } from './tables.ts'

type Reader = Pick<KafkaClient, 'consume' | 'offsets'>
/** First offset that is not to be read, by partition. */
type Ends = ReadonlyMap<number, number>

const hasTable = (topic: string): boolean => topicSpec(topic).kind === 'cdc'

/** Everything that the view reads, as it was when this was opened, held until closed. */
export async function openSources(endpoints: Endpoints, kafka: Reader, view: Pick<View, 'from'>): Promise<Pick<Tables, 'changes' | 'close'>> {
  const codec = createCodec(endpoints.registry)
  const tables = await openTables(endpoints)
  try {
    const topics = Object.keys(view.from).filter((topic) => !hasTable(topic))
    const ends = new Map(await Promise.all(topics.map(async (topic) => [topic, await endsOf(kafka, topic)] as const)))
    return {
      changes: (topic, columns) => (hasTable(topic) ? tables.changes(topic, columns) : changesIn(kafka, codec, topic, columns, ends.get(topic) ?? new Map())),
      close: () => tables.close(),
    }
  } catch (cause) {
    await tables.close()
    throw cause
  }
}

/** The ends that a topic has now. */
const endsOf = async (kafka: Pick<KafkaClient, 'offsets'>, topic: string): Promise<Ends> =>
  new Map((await kafka.offsets(topic)).map(({ partition, high }) => [partition, high]))

/** Changes of a topic from its beginning up to these ends, in batches, of each partition in order; records that no view can read are left out. */
export async function* changesIn(kafka: Reader, codec: Codec, topic: string, columns: readonly string[], ends: Ends): AsyncGenerator<readonly Change[]> {
  const decoders = decodersOf(codec, { from: { [topic]: columns } }, { traced: false })
  const reading = withoutRepeats(kafka, memoryStores(), isDerived, logLinesFrom('silent'))
  const batches = new PassThrough({ objectMode: true })
  const left = new AbortController()
  readToEnd(reading, [topic], async (batch) => {
    const { events } = await decodeRecords(decoders, batch, batch.records)
    if (events.length > 0 && !batches.write(events.map(({ change }) => change))) await once(batches, 'drain', left)
  }, { to: (_topic, { partition }) => ends.get(partition) ?? 0 }).then(() => batches.end(), (cause: Error) => batches.destroy(cause))
  try {
    yield* batches as AsyncIterable<readonly Change[]>
  } finally {
    left.abort()
  }
}
