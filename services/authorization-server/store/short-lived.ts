/** What lives minutes, or as long as a browser's session: one JSON text a key in Redis, which forgets it by itself. */
import type { Payload } from 'oidc-provider'
import type { Redis } from '../../shared/redis.ts'

export interface ShortLived {
  put(model: string, id: string, payload: Payload, expiresIn_s: number): Promise<void>
  find(model: string, id: string): Promise<Payload | undefined>
  findBy(index: 'uid' | 'user-code', value: string): Promise<string | undefined>
  /** Marks as used; answers `lost` where it was used already, be it at the same time, and `gone` where there is none. */
  consume(model: string, id: string): Promise<'won' | 'lost' | 'gone'>
  remove(model: string, id: string): Promise<void>
  removeOf(model: string, grant_id: string): Promise<void>
  /** Ids of the browser sessions that an account is signed in to. */
  sessionsOf(account_id: string): Promise<readonly string[]>
}

const keyOf = (model: string, id: string): string => `${model}:${id}`
const grantKey = (model: string, grant_id: string): string => `grant:${grant_id}:${model}`
const accountKey = (account_id: string): string => `account:${account_id}:sessions`

/** The first to come sets `consumed`; whoever comes after finds it. */
const consumeScript = `
local text = redis.call('GET', KEYS[1])
if not text then return 'gone' end
if redis.call('EXISTS', KEYS[2]) == 1 then return 'lost' end
local ttl = redis.call('PTTL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1], 'PX', math.max(ttl, 1000))
return 'won'`

export function openShortLived(redis: Redis): ShortLived {
  return {
    async put(model, id, payload, expiresIn_s) {
      const expiry = Math.max(1, Math.ceil(expiresIn_s))
      const { consumed: _, ...kept } = payload
      const writes = redis.multi().set(keyOf(model, id), JSON.stringify(kept), 'EX', expiry)
      if (model === 'Session' && payload.uid !== undefined) writes.set(`uid:${payload.uid}`, id, 'EX', expiry)
      if (model === 'Session' && payload.accountId !== undefined) writes.sadd(accountKey(payload.accountId), id).expire(accountKey(payload.accountId), expiry)
      if (payload.userCode !== undefined) writes.set(`user-code:${payload.userCode}`, id, 'EX', expiry)
      if (payload.grantId !== undefined && model !== 'Interaction') writes.sadd(grantKey(model, payload.grantId), id).expire(grantKey(model, payload.grantId), expiry)
      await writes.exec()
    },
    async find(model, id) {
      const [text, used] = await redis.mget(keyOf(model, id), `used:${keyOf(model, id)}`)
      if (typeof text !== 'string') return undefined
      const payload = JSON.parse(text) as Payload
      return used === null || used === undefined ? payload : { ...payload, consumed: Number(used) }
    },
    findBy: async (index, value) => (await redis.get(`${index}:${value}`)) ?? undefined,
    consume: async (model, id) => (await redis.eval(consumeScript, 2, keyOf(model, id), `used:${keyOf(model, id)}`, String(Math.floor(Date.now() / 1_000)))) as 'won' | 'lost' | 'gone',
    async remove(model, id) {
      const text = await redis.get(keyOf(model, id))
      const payload = text === null ? {} : (JSON.parse(text) as Payload)
      const writes = redis.multi().del(keyOf(model, id), `used:${keyOf(model, id)}`)
      if (payload.uid !== undefined) writes.del(`uid:${payload.uid}`)
      if (payload.userCode !== undefined) writes.del(`user-code:${payload.userCode}`)
      if (model === 'Session' && payload.accountId !== undefined) writes.srem(accountKey(payload.accountId), id)
      await writes.exec()
    },
    async removeOf(model, grant_id) {
      const ids = await redis.smembers(grantKey(model, grant_id))
      await redis.del(grantKey(model, grant_id), ...ids.map((id) => keyOf(model, id)))
    },
    sessionsOf: (account_id) => redis.smembers(accountKey(account_id)),
  }
}
