/** What the gateways share in Redis: room under rate limits, and which sessions have ended. */
import type { Redis } from '../shared/redis.ts'
import type { Lease } from './limiter.ts'
import { emissionOf, takeScript } from './rate.ts'
import { createEndedSessions, endedChannel, endedKey, type EndedSessionsBook } from './sessions.ts'

/** A request waits no longer for room; after that it is counted here. */
const patience_ms = 100

const within = async <T>(promise: Promise<T>, ms: number): Promise<T> => {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => { late.reject(new Error(`asking Redis: no answer within ${ms} ms`)) }, ms)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Leases out of this Redis; a client's key is gone when all its room is there again. */
export function leaseFrom(redis: Redis): Lease {
  redis.defineCommand('cdlcTake', { numberOfKeys: 1, lua: takeScript })
  const script = redis as unknown as { cdlcTake(key: string, emission: number, tolerance: number, wanted: number): Promise<[number, number, number, number]> }
  return async (key, limit, wanted) => {
    const emission = emissionOf(limit)
    const [granted, remaining, wait_us, reset_us] = await within(script.cdlcTake(`gateway:rate:${key}`, emission, emission * limit.requests, wanted), patience_ms)
    return { granted, remaining, wait_us, reset_us }
  }
}

/** The book of ended sessions, kept by a connection of its own. */
export function followEnded(redis: Redis): { readonly book: EndedSessionsBook; readonly close: () => Promise<void> } {
  const book = createEndedSessions(async (session_id) => (await within(redis.exists(endedKey(session_id)), patience_ms)) === 1)
  // a channel is listened to for as long as it takes
  const listener = redis.duplicate({ maxRetriesPerRequest: null, autoResubscribe: false })
  listener.on('error', () => undefined)
  listener.on('message', (_channel: string, session_id: string) => { book.heard(session_id) })
  listener.on('close', () => { book.lost() })
  listener.on('ready', () => { listener.subscribe(endedChannel).then(() => { book.opened() }, () => undefined) })
  listener.connect().catch(() => undefined)
  return { book, close: async () => { listener.disconnect() } }
}
