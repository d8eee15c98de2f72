/** What the topics tell of the rows that the load writes; read on from where the last reading ended. */
import { projection, schemaOf } from '@cdlc/schemas/avro.ts'
import { createCodec, type Reader } from '@cdlc/schemas/codec.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import type { KafkaClient, RawBatch } from '@cdlc/streams/runtime/kafka.ts'
import type { Change } from '@cdlc/streams/runtime/view.ts'
import type { Told } from './holds.ts'
import type { Kind } from './ledger.ts'

export interface Tales {
  /** What each topic has told so far, by row. */
  of(topic: string): ReadonlyMap<string, Told>
  counts(): { readonly records: number; readonly repeats: number }
  /** Reads on while the task runs. */
  during<T>(task: () => Promise<T>): Promise<T>
}

/** Where each kind of row is told of. */
export const changesOf: Readonly<Record<Kind, string>> = {
  title: 'cdc.content.titles', account: 'cdc.user.accounts', profile: 'cdc.user.profiles', rating: 'cdc.user.ratings',
}
/** The events of titles come out of the outbox, by a door of their own. */
export const titleEvents = 'content.title-events'

interface Word { readonly id: string; readonly version: number; readonly removed: boolean }
interface TitleEvent { readonly title_id: string; readonly version: number; readonly type: string }
interface Source { readonly reader: Reader<unknown>; readonly word: (value: unknown) => Word }

const idOf = (row: Readonly<Record<string, unknown>>, keys: readonly string[]): string => keys.map((key) => String(row[key])).join('.')

function sourceOf(endpoints: Endpoints, topic: string): Source {
  const codec = createCodec({ url: endpoints.registry.url })
  if (topic === titleEvents) {
    return { reader: codec.reader(schemaOf(topic)), word: (value) => {
      const { title_id, version, type } = value as TitleEvent
      return { id: title_id, version, removed: type === 'TitleRemoved' }
    } }
  }
  const keys = topicSpec(topic).primary_key ?? []
  return { reader: codec.reader(projection(topic, [...keys, 'version'])), word: (value) => {
    const { before, after } = value as Change
    const row = after ?? before ?? {}
    return { id: idOf(row, keys), version: Number(row['version']), removed: after === null }
  } }
}

/** Reads in a group of its own. */
export function openTales(endpoints: Endpoints, kafka: KafkaClient, group: string): Tales {
  const topics = [...Object.values(changesOf), titleEvents]
  const sources = new Map(topics.map((topic) => [topic, sourceOf(endpoints, topic)]))
  const told = new Map(topics.map((topic) => [topic, new Map<string, Told>()]))
  const next = new Map<string, number>()
  let records = 0
  let repeats = 0

  function hear(topic: string, { id, version, removed }: Word): void {
    const rows = told.get(topic)
    const tale = rows?.get(id) ?? { written: new Set(), removed: new Set(), last: { version, removed } }
    const versions = removed ? tale.removed : tale.written
    records++
    if (versions.has(version)) repeats++
    versions.add(version)
    tale.last = { version, removed }
    rows?.set(id, tale)
  }

  async function onBatch({ topic, partition, fetched_from, next: after, records: batch }: RawBatch): Promise<'done' | { readonly seek: number }> {
    const place = `${topic}/${partition}`
    const at = next.get(place) ?? 0
    const source = sources.get(topic)
    if (fetched_from > at || source === undefined) return { seek: at }
    const fresh = batch.filter((record) => record.offset >= at)
    await source.reader.prepare(fresh.map((record) => record.value))
    for (const { value } of fresh) if (value !== null) hear(topic, source.word(source.reader.decode(value)))
    next.set(place, Math.max(at, after))
    return 'done'
  }

  return {
    of: (topic) => told.get(topic) ?? new Map<string, Told>(),
    counts: () => ({ records, repeats }),
    async during(task) {
      const failed = Promise.withResolvers<never>()
      const consumer = await kafka.consume({
        group, topics, onCrash: (cause) => failed.reject(cause),
        onBatch: (batch) => onBatch(batch).catch((cause: unknown) => {
          failed.reject(new Error(`reading ${batch.topic}/${batch.partition} from ${batch.fetched_from}`, { cause }))
          return { pause_ms: 1_000 }
        }),
        onAssigned: (assigned, seek) => {
          for (const [topic, partitions] of assigned) for (const partition of partitions) seek(topic, partition, next.get(`${topic}/${partition}`) ?? 0)
        },
      })
      try {
        return await Promise.race([task(), failed.promise])
      } finally {
        failed.promise.catch(() => {})
        await consumer.stop()
      }
    },
  }
}
