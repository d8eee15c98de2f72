/** Reads a topic of one partition from its beginning for as long as this process lives, in a consumer group of its own. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ConsumerGroups } from '@cdlc/streams/runtime/groups.ts'
import type { KafkaClient, Outcome, RawBatch, RawRecord } from '@cdlc/streams/runtime/kafka.ts'
import type { Log } from '@cdlc/streams/runtime/log.ts'
import { Unavailable } from '../shared/errors.ts'

export interface Following {
  /** Resolves when everything that is in the topic now has been taken in; throws Unavailable where that lasts. */
  toEnd(): Promise<void>
  close(): Promise<void>
}
export interface FollowOptions {
  readonly kafka: Pick<KafkaClient, 'consume' | 'offsets'>
  readonly groups: Pick<ConsumerGroups, 'remove'>
  readonly topic: string
  readonly log: Log
  /** Takes records in, in order; where it throws, it is given them again. */
  readonly take: (records: readonly RawRecord[]) => Promise<void>
}

const retry_ms = 500
/** Changes are rare, and heard at once all the same. */
const wait_ms = 2_000
const longest_ms = 10_000
const closeWithin_ms = 3_000

/** Begins at once. */
export function follow({ kafka, groups, topic, log, take }: FollowOptions): Following {
  const group = `${topic}.${randomUUID().slice(0, 8)}`
  const closing = new AbortController()
  const passing = new Set<() => void>()
  let next = 0

  async function onBatch({ fetched_from, records, next: after }: RawBatch): Promise<Outcome> {
    if (fetched_from > next) return { seek: next } // where the broker began, before the seek was heard
    try {
      await take(records.filter(({ offset }) => offset >= next))
      next = Math.max(next, after)
      for (const check of passing) check()
      return 'done'
    } catch (cause) {
      log('warn', `reading '${topic}': will try again`, { cause })
      return { pause_ms: retry_ms }
    }
  }

  /** A consumer that is down for good is replaced. */
  async function consume(): Promise<void> {
    while (!closing.signal.aborted) {
      const down = Promise.withResolvers<unknown>()
      const closed = (): void => { down.resolve(undefined) }
      closing.signal.addEventListener('abort', closed, { once: true })
      try {
        const consumer = await kafka.consume({ group, topics: [topic], wait_ms, onBatch, onCrash: (cause) => { down.resolve(cause) }, onAssigned: (assigned, seek) => {
          if (assigned.get(topic)?.includes(0) === true) seek(topic, 0, next)
        } })
        const cause = closing.signal.aborted ? undefined : await down.promise
        await consumer.stop().catch(() => undefined)
        if (cause !== undefined) log('warn', `following '${topic}': beginning again`, { cause })
      } catch (cause) {
        log('warn', `following '${topic}': will try again`, { cause })
      } finally {
        closing.signal.removeEventListener('abort', closed)
      }
      await delay(retry_ms, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  const consuming = consume()
  return {
    async toEnd() {
      const [range] = await kafka.offsets(topic).catch((cause: unknown) => { throw new Unavailable(`asking how long '${topic}' is`, { cause }) })
      const end = range?.high ?? 0
      if (next >= end) return
      const reached = Promise.withResolvers<void>()
      const check = (): void => { if (next >= end) reached.resolve() }
      const late = setTimeout(() => { reached.reject(new Unavailable(`reading '${topic}' to its end at ${end}: not within ${longest_ms} ms`)) }, longest_ms).unref()
      passing.add(check)
      await reached.promise.finally(() => { passing.delete(check); clearTimeout(late) })
    },
    async close() {
      closing.abort()
      // a client that cannot reach Kafka does not hear that it is to stop
      await Promise.race([consuming, delay(closeWithin_ms, undefined, { ref: false })])
      await groups.remove(group).catch(() => undefined) // it goes by itself in some days
    },
  }
}
