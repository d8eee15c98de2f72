/**
 * Who is here just now: profiles that have a connection open to some process. Of each there is a sorted set in Redis, `here:<profile_id>`, of the processes that
 * hold such a connection and until when that counts; and one more, `hidden:<profile_id>`, of those whose connection asked not to be seen: one that asks hides all.
 * A process renews what it holds; what nobody renews is gone within a minute, so a process that dies leaves nobody here.
 */
import { randomUUID } from 'node:crypto'
import { ask } from './views.ts'
import type { Redis } from './redis.ts'

export interface Presence {
  /** Is here until what this answers is called. Never throws: what Redis did not hear is told again when it is renewed. */
  enter(profile_id: string, isHidden: boolean): () => void
  /** Those of these who are here, in whatever process, and do not hide. Throws Unavailable. */
  online(profile_ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Leaves for all who are still here. */
  close(): Promise<void>
}

const life_ms = 60_000
const renew_ms = 20_000
/** Keys in one transaction. */
const piece = 200

/** Keeps it in this Redis, whose keys have a prefix of their own; asks nothing until somebody enters. */
export function openPresence(redis: Redis, now: () => number = Date.now): Presence {
  const process_id = randomUUID()
  /** How many connections of this process stand behind each key. */
  const held = new Map<string, number>()

  /** Set and expiry in one transaction: a key without an expiry would stay for good. */
  async function say(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += piece) {
      const told = redis.multi()
      for (const key of keys.slice(from, from + piece)) told.zremrangebyscore(key, '-inf', now()).zadd(key, now() + life_ms, process_id).pexpire(key, life_ms)
      await told.exec()
    }
  }
  const quietly = (work: Promise<unknown>): void => { work.catch(() => undefined) }
  const renewal = setInterval(() => { quietly(say([...held.keys()])) }, renew_ms)
  renewal.unref()

  return {
    enter(profile_id, isHidden) {
      const keys = [`here:${profile_id}`, ...(isHidden ? [`hidden:${profile_id}`] : [])]
      const first = keys.filter((key) => !held.has(key))
      for (const key of keys) held.set(key, (held.get(key) ?? 0) + 1)
      quietly(say(first))
      let left = false
      return () => {
        if (left) return
        left = true
        for (const key of keys) {
          const others = (held.get(key) ?? 1) - 1
          if (others > 0) held.set(key, others)
          else {
            held.delete(key)
            quietly(redis.zrem(key, process_id))
          }
        }
      }
    },
    async online(profile_ids) {
      const here = new Set<string>()
      for (let from = 0; from < profile_ids.length; from += piece) {
        const some = profile_ids.slice(from, from + piece)
        const asked = redis.pipeline()
        for (const id of some) asked.zcount(`here:${id}`, now(), '+inf').zcount(`hidden:${id}`, now(), '+inf')
        const counts = await ask('redis', asked.exec().then((found) => (found ?? []).map(([error, count]) => {
          if (error !== null) throw error
          return Number(count)
        })))
        some.forEach((id, index) => { if ((counts[2 * index] ?? 0) > 0 && counts[2 * index + 1] === 0) here.add(id) })
      }
      return here
    },
    async close() {
      clearInterval(renewal)
      const keys = [...held.keys()]
      held.clear()
      await Promise.allSettled(keys.map((key) => redis.zrem(key, process_id)))
    },
  }
}
