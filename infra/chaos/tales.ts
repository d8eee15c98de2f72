/** What the topics tell of the rows that the load writes; read on from where the last reading ended. */
import { projection, schemaOf } from '@cdlc/schemas/avro.ts'
import { createCodec, type Reader } from '@cdlc/schemas/codec.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import type { KafkaClient, RawBatch } from '@cdlc/streams/runtime/kafka.ts'
import type { Change } from '@cdlc/streams/runtime/view.ts'
import { hear, type Heard, type Told, type Word } from './holds.ts'
import { kindSpecs } from './kinds.ts'

export interface Tales {
  /** What each topic has told so far, by row. */
  of(topic: string): ReadonlyMap<string, Told>
  counts(): { readonly records: number; readonly repeats: number }
  /** Reads on while the task runs. */
  during<T>(task: () => Promise<T>): Promise<T>
}

/** Events come out of the outbox, by doors of their own. */
export const eventTopics = { titles: 'content.title-events', activity: 'user.activity', notifications: 'user.notifications' } as const

interface Source { readonly reader: Reader<unknown>; readonly word: (value: unknown) => Word }
/** What the three topics of events have in common, and what each calls its own. */
interface Event {
  readonly event_id: string
  readonly type: string
  readonly version: number
  readonly occurred_at: number
  readonly kind?: string
  readonly title_id?: string
  readonly activity_id?: string
  readonly notification_id?: string
}
const withdrawn: ReadonlySet<string> = new Set(['TitleRemoved', 'ActivityWithdrawn', 'NotificationWithdrawn'])
const names: Readonly<Record<string, 'title_id' | 'activity_id' | 'notification_id'>> = {
  [eventTopics.titles]: 'title_id', [eventTopics.activity]: 'activity_id', [eventTopics.notifications]: 'notification_id',
}

const idOf = (row: Readonly<Record<string, unknown>>, keys: readonly string[]): string => keys.map((key) => String(row[key])).join('.')

function sourceOf(endpoints: Endpoints, topic: string): Source {
  const codec = createCodec({ url: endpoints.registry.url })
  const name = names[topic]
  if (name !== undefined) {
    return { reader: codec.reader(schemaOf(topic)), word: (value) => {
      const event = value as Event
      // a like answers no version: the instant at which it was given stands for it
      const version = event.kind?.endsWith('liked') === true ? event.occurred_at : event.version
      return { id: event[name] ?? '', version, removed: withdrawn.has(event.type), event_id: event.event_id }
    } }
  }
  const keys = topicSpec(topic).primary_key ?? []
  const version = Object.values(kindSpecs).find((spec) => spec.topic === topic)?.version ?? 'version'
  return { reader: codec.reader(projection(topic, [...keys, version])), word: (value) => {
    const { before, after } = value as Change
    const row = after ?? before ?? {}
    return { id: idOf(row, keys), version: Number(row[version]), removed: after === null }
  } }
}

/** Reads in a group of its own. */
export function openTales(endpoints: Endpoints, kafka: KafkaClient, group: string): Tales {
  const topics = [...Object.values(kindSpecs).map(({ topic }) => topic), ...Object.values(eventTopics)]
  const sources = new Map(topics.map((topic) => [topic, sourceOf(endpoints, topic)]))
  const heard = new Map(topics.map((topic): [string, Heard] => [topic, { rows: new Map(), first: new Map() }]))
  const next = new Map<string, number>()
  let records = 0
  let repeats = 0

  async function onBatch({ topic, partition, fetched_from, next: after, records: batch }: RawBatch): Promise<'done' | { readonly seek: number }> {
    const place = `${topic}/${partition}`
    const at = next.get(place) ?? 0
    const source = sources.get(topic)
    const topicHeard = heard.get(topic)
    if (fetched_from > at || source === undefined || topicHeard === undefined) return { seek: at }
    const fresh = batch.filter((record) => record.offset >= at)
    await source.reader.prepare(fresh.map((record) => record.value))
    for (const { value } of fresh) {
      if (value === null) continue
      records++
      if (hear(topicHeard, source.word(source.reader.decode(value)))) repeats++
    }
    next.set(place, Math.max(at, after))
    return 'done'
  }

  return {
    of: (topic) => heard.get(topic)?.rows ?? new Map<string, Told>(),
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
