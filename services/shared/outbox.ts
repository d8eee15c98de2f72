/** Domain events: encoded as the registry will read them, written in the transaction of the state they explain. */
import { schemaOf } from '@cdlc/schemas/avro.ts'
import type { Codec } from '@cdlc/schemas/codec.ts'
import type { Events } from '@cdlc/schemas/generated/topics.ts'
import { subjectOf, topicSpec } from '@cdlc/schemas/topics.ts'
import { ulid } from 'ulid'
import { Unavailable } from './errors.ts'
import type { Database, Sql } from './mysql.ts'

type EventOf<T extends keyof Events> = Omit<Events[T], 'event_id'> & { readonly type: string; readonly occurred_at: number }

/** Writes events of one topic; `prepare` first, outside the transaction: it may ask the registry. */
export interface Outbox<T extends keyof Events> {
  prepare(): Promise<void>
  /** In their order, in one statement; nothing is sent for none. */
  write(sql: Sql, ...events: readonly EventOf<T>[]): Promise<void>
}

/** The outbox of a topic; the registry is asked once, when the first event is about to be written. */
export function openOutbox<T extends keyof Events & string>(codec: Codec, topic: T): Outbox<T> {
  const { key } = topicSpec(topic)
  let encoder: Promise<(value: unknown) => Buffer> | undefined
  const encode = (): Promise<(value: unknown) => Buffer> => {
    encoder ??= codec.encoder<unknown>(subjectOf(topic), schemaOf(topic)).catch((error: unknown) => {
      encoder = undefined
      throw new Unavailable(`registering the schema of '${topic}'`, { cause: error })
    })
    return encoder
  }
  return {
    prepare: async () => {
      await encode()
    },
    async write(sql, ...events) {
      const encoded = await encode()
      await sql.runMany(
        'INSERT INTO outbox (outbox_id, topic, event_key, event_type, payload, created_at) VALUES ?',
        events.map((event) => {
          const event_id = ulid(event.occurred_at)
          const event_key = String((event as Readonly<Record<string, unknown>>)[key ?? ''])
          return [event_id, topic, event_key, event.type, encoded({ ...event, event_id }), new Date(event.occurred_at)]
        }),
      )
    },
  }
}

/** Removes events older than a week, a little at a time: Debezium has long read them, and the binlog had them anyway. */
export const forgetEvents = (database: Database, now: number): Promise<number> =>
  database.read((sql) => sql.run('DELETE FROM outbox WHERE created_at < ? ORDER BY outbox_id LIMIT 1000', [new Date(now - 7 * 86_400_000)]))
