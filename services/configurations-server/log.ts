/** The configuration as `platform.configuration` has it, and changes to it. Every process that opens one knows the same. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { schemaOf } from '@cdlc/schemas/avro.ts'
import { DecodeError, type Codec } from '@cdlc/schemas/codec.ts'
import { subjectOf } from '@cdlc/schemas/topics.ts'
import type { ConsumerGroups } from '@cdlc/streams/runtime/groups.ts'
import type { KafkaClient, RawRecord } from '@cdlc/streams/runtime/kafka.ts'
import type { Log } from '@cdlc/streams/runtime/log.ts'
import { accepted, Refused, Unavailable, type Refusal } from '../shared/errors.ts'
import { createBook, keyOf, type Book } from './book.ts'
import { topic, type ConfigurationChange, type Draft, type Entry } from './entry.ts'
import { follow } from './follow.ts'

export interface Author {
  readonly author: string
  readonly author_kind: 'person' | 'service'
  readonly client_id: string
  readonly reason: string
}
export type Named = Pick<Entry, 'namespace' | 'name'>

export interface ConfigurationLog {
  /** Throws Unavailable until the topic has been read once. */
  book(): Book
  isRead(): boolean
  /** Calls back with the key of each entry that changed, and once with none when all is known; answers how to end that. */
  onChange(listener: (key: string | undefined) => void): () => void
  /** Decides on what is in the topic now, and writes. Answers the entry afterwards; throws Refused, Unavailable. */
  change(named: Named, by: Author, decide: (entry: Entry | undefined) => readonly Draft[] | Refusal): Promise<Entry>
  /** Erases a version that is not the newest, and all records that came too late to be it. */
  erase(named: Named, version: number): Promise<void>
  close(): Promise<void>
}

export interface LogOptions {
  readonly kafka: Pick<KafkaClient, 'consume' | 'offsets' | 'produce'>
  readonly groups: Pick<ConsumerGroups, 'remove'>
  readonly codec: Codec
  readonly log: Log
  readonly clock: { now(): number }
}

/** Of a change, each lost to another one. */
const attempts = 10
const retry_ms = 500
const longest_ms = 10_000

/** Begins to read at once. */
export function openConfigurationLog({ kafka, groups, codec, log, clock }: LogOptions): ConfigurationLog {
  const reader = codec.reader<ConfigurationChange>(schemaOf(topic))
  const book = createBook()
  const listeners = new Set<(key: string | undefined) => void>()
  /** Changes of our own on their way, by id: told when the record came by. */
  const own = new Map<string, (counts: boolean) => void>()
  const closing = new AbortController()
  let read = false

  /** The key of the entry that a record changed. */
  function takeOne({ offset, key, value }: RawRecord): string | undefined {
    if (value === null) return book.erase(offset, key ?? '')
    try {
      const change = reader.decode(value)
      const changed = book.take(offset, change)
      own.get(change.change_id)?.(changed !== undefined)
      return changed
    } catch (cause) {
      if (cause instanceof DecodeError && cause.code === 'unknown_schema') throw cause // the registry may yet have it
      log('error', `a record of '${topic}' is none: left out, as every reader will`, { offset, cause })
      return undefined
    }
  }
  let taken = -1
  const following = follow({ kafka, groups, topic, log, async take(records) {
    await reader.prepare(records.map(({ value }) => value))
    for (const record of records) {
      if (record.offset <= taken) continue
      const changed = takeOne(record)
      taken = record.offset
      if (changed !== undefined && read) for (const listener of listeners) listener(changed)
    }
  } })

  async function learn(): Promise<void> {
    while (!closing.signal.aborted && !read) {
      try {
        await following.toEnd()
        read = true
        for (const listener of listeners) listener(undefined)
      } catch (cause) {
        log('warn', `reading '${topic}' for the first time: will try again`, { cause })
        await delay(retry_ms, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }
  const learning = learn()
  let encoding: Promise<(value: ConfigurationChange) => Buffer> | undefined
  const encoder = (): Promise<(value: ConfigurationChange) => Buffer> => {
    const made = encoding ?? codec.encoder<ConfigurationChange>(subjectOf(topic), schemaOf(topic))
    encoding = made
    made.catch(() => { encoding = undefined })
    return made.catch((cause: unknown) => { throw new Unavailable(`registering the schema of '${topic}'`, { cause }) })
  }

  /** Whether the record counts. */
  async function write({ namespace, name }: Named, by: Author, draft: Draft): Promise<boolean> {
    const encode = await encoder()
    const change_id = randomUUID()
    const revision = `${namespace}/${name}/${draft.version}/${change_id}`
    const counted = Promise.withResolvers<boolean>()
    const late = setTimeout(() => { counted.reject(new Unavailable(`waiting for a change of '${namespace}/${name}' to come by: not within ${longest_ms} ms`)) }, longest_ms).unref()
    own.set(change_id, counted.resolve)
    try {
      await kafka.produce(topic, [{ key: revision, value: encode({ revision, namespace, name, ...draft, ...by, change_id, changed_at: clock.now() }) }])
        .catch((cause: unknown) => { throw new Unavailable(`writing to '${topic}'`, { cause }) })
      return await counted.promise
    } finally {
      own.delete(change_id)
      clearTimeout(late)
    }
  }

  return {
    book() {
      if (!read) throw new Unavailable(`reading '${topic}' for the first time`)
      return book
    },
    isRead: () => read,
    onChange(listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    async change(named, by, decide) {
      const key = keyOf(named)
      for (let attempt = 1; attempt <= attempts; attempt++) {
        await following.toEnd()
        const entry = book.entries.get(key)
        const [draft] = accepted(decide(entry))
        if (draft !== undefined && !(await write(named, by, draft))) continue
        const after = book.entries.get(key)
        if (after !== undefined) return after
      }
      throw new Unavailable(`changing '${key}': others changed it at the same time, ${attempts} times in a row`, { code: 'overloaded' })
    },
    async erase(named, version) {
      await following.toEnd()
      const entry = book.entries.get(keyOf(named))
      if (entry?.versions.find((one) => one.version === version) === undefined) throw new Refused({ code: 'configuration_version_not_found', message: 'there is no such version', field: 'path.version' })
      if (entry.versions.at(-1)?.version === version) throw new Refused({ code: 'configuration_version_in_use', message: 'the newest version cannot be erased; make another one first', field: 'path.version' })
      const revisions = book.revisions(keyOf(named), version)
      await kafka.produce(topic, revisions.map((key) => ({ key, value: null }))).catch((cause: unknown) => { throw new Unavailable(`writing to '${topic}'`, { cause }) })
      await following.toEnd()
    },
    async close() {
      closing.abort()
      await Promise.allSettled([following.close(), learning])
    },
  }
}
