/**
 * Follows `platform.views`, so that this process knows which build of each view is live, and writes changes to it.
 *
 * A process reads the topic to its end before it answers anything, then hears of each change as it is made. It does so in a
 * consumer group of its own, whose commits tell others how far it has come: who has taken note of a switch is asked of Kafka.
 */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { schemaOf } from '@cdlc/schemas/avro.ts'
import { type Codec, DecodeError } from '@cdlc/schemas/codec.ts'
import { subjectOf } from '@cdlc/schemas/topics.ts'
import { accept, type Builds, type Change, EditionError, type Entry, firstBuilds, NOTHING, TOPIC, versionName, type ViewBuilds, type ViewChange } from './editions.ts'
import type { ConsumerGroups } from './groups.ts'
import type { KafkaClient, Outcome, RawBatch } from './kafka.ts'
import type { Log } from './log.ts'
import type { View } from './view.ts'

/** What tells versions of views apart, and what a first record says of one. */
export type Version = Pick<View, 'name' | 'version' | 'store' | 'rows'>

export interface Editions {
  /** Resolves once this process knows the builds: of the topic, or else of what it remembers. Waits for ever where no time is given. */
  known(within_ms?: number): Promise<void>
  /** `unread`: nothing is known; `remembered`: as of some earlier time; `read`: as of now. */
  state(): 'unread' | 'remembered' | 'read'
  /** What there is of a version. Throws while nothing is known. */
  of(view: Version): Builds
  /** The record that counts of every version there ever was. */
  all(): readonly Entry[]
  /** Calls back after every change that counts, and once when all is known; answers how to end that. */
  onChange(listener: () => void): () => void
  /**
   * Changes the newest state of a version and answers the record that now counts. Where another change comes before, `change` decides anew
   * on what that made: it has to refuse a state that it was not meant for. Throws an EditionError.
   */
  change(version: Version, name: ViewChange, change: Change): Promise<Entry>
  close(): Promise<void>
}

/** Keeps what was read for a start at which Kafka is away. */
export interface Memory {
  load(): Promise<readonly Entry[] | undefined>
  save(entries: readonly Entry[]): Promise<void>
}

export interface EditionsOptions {
  readonly kafka: Pick<KafkaClient, 'consume' | 'offsets' | 'produce'>
  readonly groups: Pick<ConsumerGroups, 'remove'>
  readonly codec: Codec
  /** Names the process to others, beside its host and pid. */
  readonly component: string
  readonly log: Log
  readonly clock: { now(): number }
  readonly memory?: Memory
}

/** Begins the names of the groups that processes follow the topic in: `platform.views.<component>.<random>`. */
export const FOLLOWERS = `${TOPIC}.`
const REMEMBER_AFTER_MS = 5_000
const GIVE_UP_MS = 30_000
const RETRY_MS = 500
/** Of a change, each lost to another one. */
const ATTEMPTS = 10
/** Changes are rare, and heard at once all the same. */
const WAIT_MS = 2_000
const CLOSE_WITHIN_MS = 3_000

/** Begins to follow at once. */
export function openEditions({ kafka, groups, codec, component, log, clock, memory }: EditionsOptions): Editions {
  const changed_by = `${component}@${hostname()}/${process.pid}`
  const group = `${FOLLOWERS}${component}.${randomUUID().slice(0, 8)}`
  const reader = codec.reader<ViewBuilds>(schemaOf(TOPIC))
  const book = new Map<string, Entry>()
  const listeners = new Set<() => void>()
  const passing = new Set<() => void>()
  /** Changes of our own on their way, by id: whether the record counts. */
  const own = new Map<string, (counts: boolean) => void>()
  const known = Promise.withResolvers<void>()
  const closing = new AbortController()
  let remembered: ReadonlyMap<string, Entry> | undefined
  let read = false
  let next = 0

  const current = (): ReadonlyMap<string, Entry> => {
    const entries = read ? book : remembered
    if (entries === undefined) throw new Error(`looking up which builds are live: '${TOPIC}' has not been read yet`)
    return entries
  }
  const tell = (): void => { for (const listener of listeners) listener() }

  function take(offset: number, value: Buffer): boolean {
    let builds: ViewBuilds
    try {
      builds = reader.decode(value)
    } catch (cause) {
      if (cause instanceof DecodeError && cause.code === 'unknown_schema') throw cause // the registry may yet have it
      log('error', `a record of '${TOPIC}' is none: left out, as every reader will`, { offset, cause })
      return false
    }
    const counts = accept(book, offset, builds)
    own.get(builds.change_id)?.(counts)
    return counts
  }

  async function onBatch({ fetched_from, records, next: after }: RawBatch): Promise<Outcome> {
    if (fetched_from > next) return { seek: next } // where the broker began, before the seek was heard
    try {
      await reader.prepare(records.map(({ value }) => value))
      let changed = false
      for (const { offset, value } of records) {
        if (offset < next || value === null) continue
        changed = take(offset, value) || changed
        next = offset + 1
      }
      next = Math.max(next, after)
      for (const check of passing) check()
      if (changed && read) heard()
      return 'done'
    } catch (cause) {
      log('warn', `reading '${TOPIC}': will try again`, { cause })
      return { pause_ms: RETRY_MS }
    }
  }

  function heard(): void {
    tell()
    memory?.save([...book.values()]).catch((cause: unknown) => log('warn', 'remembering the builds of views', { cause }))
  }

  /** Resolves when everything that is in the topic now has been taken in. */
  async function readToEnd(): Promise<void> {
    const [range] = await kafka.offsets(TOPIC)
    const end = range?.high ?? 0
    if (next >= end) return
    const reached = Promise.withResolvers<void>()
    const check = (): void => { if (next >= end) reached.resolve() }
    passing.add(check)
    await bounded(`reading '${TOPIC}' to its end at ${end}`, reached.promise).finally(() => passing.delete(check))
  }

  /** Consumes until closed; a consumer that is down for good is replaced. */
  async function follow(): Promise<void> {
    while (!closing.signal.aborted) {
      const down = Promise.withResolvers<unknown>()
      try {
        const consumer = await kafka.consume({ group, topics: [TOPIC], wait_ms: WAIT_MS, onBatch, onCrash: (cause) => down.resolve(cause), onAssigned: (assigned, seek) => {
          if (assigned.get(TOPIC)?.includes(0) === true) seek(TOPIC, 0, next)
        } })
        const closed = new Promise<undefined>((resolve) => closing.signal.addEventListener('abort', () => resolve(undefined), { once: true }))
        const cause = closing.signal.aborted ? undefined : await Promise.race([down.promise, closed])
        await consumer.stop().catch(() => {})
        if (cause !== undefined) log('warn', `following '${TOPIC}': beginning again`, { cause })
      } catch (cause) {
        log('warn', `following '${TOPIC}': will try again`, { cause })
      }
      await delay(RETRY_MS, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  async function learn(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await readToEnd()
        read = true
        known.resolve()
        heard()
        return
      } catch (cause) {
        log('warn', `reading '${TOPIC}' for the first time: will try again`, { cause })
        await delay(RETRY_MS, undefined, { signal: closing.signal }).catch(() => {})
      }
    }
  }

  /** Better what was live a while ago than nothing: a build that readers have left is kept through its grace. */
  async function recall(from: Memory): Promise<void> {
    await Promise.race([known.promise, delay(REMEMBER_AFTER_MS, undefined, { signal: closing.signal })]).catch(() => {})
    if (read || closing.signal.aborted) return
    const entries = await from.load().catch((cause: unknown) => { log('warn', 'recalling the builds of views', { cause }) })
    if (read || entries === undefined) return
    remembered = new Map(entries.map((entry) => [entry.builds.edition, entry]))
    log('warn', `'${TOPIC}' cannot be read: going by the builds that were live when it last was`, { versions: entries.length })
    known.resolve()
    tell()
  }

  /** The record that counts, or undefined where another change came before this one. */
  async function tryToChange(version: Version, name: ViewChange, change: Change, encode: (value: ViewBuilds) => Buffer): Promise<Entry | undefined> {
    await readToEnd()
    const entry = book.get(versionName(version))
    const after = change(entry?.builds ?? firstBuilds(version))
    const change_id = randomUUID()
    const counted = new Promise<boolean>((resolve) => own.set(change_id, resolve))
    try {
      const record: ViewBuilds = { ...after, expects: entry?.offset ?? NOTHING, change: name, change_id, changed_at: clock.now(), changed_by }
      await kafka.produce(TOPIC, [{ key: after.edition, value: encode(record) }])
      const counts = await bounded(`waiting for the change '${name}' of '${after.edition}' to come by`, counted)
      return counts ? book.get(after.edition) : undefined
    } finally {
      own.delete(change_id)
    }
  }

  const tasks = [follow(), learn(), ...memory === undefined ? [] : [recall(memory)]]
  let encoding: Promise<(value: ViewBuilds) => Buffer> | undefined

  return {
    known: (within_ms) => (within_ms === undefined ? known.promise : bounded(`reading '${TOPIC}'`, known.promise, within_ms)),
    state: () => (read ? 'read' : remembered === undefined ? 'unread' : 'remembered'),
    of: (view) => current().get(versionName(view))?.builds ?? firstBuilds(view),
    all: () => [...current().values()],
    onChange(listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    async change(version, name, change) {
      encoding ??= codec.encoder<ViewBuilds>(subjectOf(TOPIC), schemaOf(TOPIC))
      encoding.catch(() => { encoding = undefined })
      const encode = await encoding
      for (let attempt = 1; ; attempt++) {
        const entry = await tryToChange(version, name, change, encode)
        if (entry !== undefined) return entry
        if (attempt === ATTEMPTS) throw new EditionError('conflict', `changing '${versionName(version)}' (${name}): others changed it at the same time, ${ATTEMPTS} times in a row; look at it again`)
      }
    },
    async close() {
      closing.abort()
      known.promise.catch(() => {})
      // a client that cannot reach Kafka does not hear that it is to stop
      await Promise.race([Promise.allSettled(tasks), delay(CLOSE_WITHIN_MS, undefined, { ref: false })])
      await groups.remove(group).catch(() => {}) // it goes by itself in some days
    },
  }
}

async function bounded<T>(what: string, promise: Promise<T>, within_ms = GIVE_UP_MS): Promise<T> {
  const late = new AbortController()
  try {
    return await Promise.race([promise, delay(within_ms, undefined, { signal: late.signal, ref: false }).then(() => { throw new Error(`${what}: not within ${within_ms / 1_000} s`) })])
  } finally {
    late.abort()
  }
}
