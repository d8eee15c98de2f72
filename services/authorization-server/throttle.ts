/** Slows guessing down: attempts are counted in Redis, per account and per address they come from, and limit.ts says how long the next one waits. */
import { createHmac, hkdfSync } from 'node:crypto'
import type { Redis } from '../shared/redis.ts'
import { limits, waitsOf, type LimitName } from './limit.ts'

export interface Throttle {
  /** Counts an attempt before it is made, so that many at once count too. Answers 0, or the seconds to wait: then it must not be made. */
  attempt(subject: readonly (readonly [LimitName, string])[]): Promise<number>
  /** It was the right one: the account's attempts are forgotten, the address's are one fewer. Guesses at other accounts still count. */
  succeeded(address: string, account?: string): Promise<void>
}

/** KEYS: an address's attempts, and an account's where one was tried. */
const successScript = `
if KEYS[2] then redis.call('DEL', KEYS[2]) end
if tonumber(redis.call('HGET', KEYS[1], 'attempts') or '0') > 0 then
  redis.call('HINCRBY', KEYS[1], 'attempts', -1)
  redis.call('HDEL', KEYS[1], 'till')
end`

/** KEYS: what is counted. ARGV: for each of them its memory in seconds, and its waits as a JSON list. Counts all or none. */
const script = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for i, key in ipairs(KEYS) do
  local till = tonumber(redis.call('HGET', key, 'till') or '0')
  if till > now then return math.ceil((till - now) / 1000) end
end
for i, key in ipairs(KEYS) do
  local waits = cjson.decode(ARGV[i * 2])
  local wait = waits[math.min(redis.call('HINCRBY', key, 'attempts', 1), #waits)]
  if wait > 0 then redis.call('HSET', key, 'till', string.format('%.0f', now + wait * 1000)) end
  redis.call('EXPIRE', key, ARGV[i * 2 - 1])
end
return 0`

/** Names of the keys that attempts are counted under; they tell neither address nor account. */
export function throttleKeys(masterKey: Uint8Array): (limit: LimitName, subject: string) => string {
  const secret = Buffer.from(hkdfSync('sha256', masterKey, '', 'throttle subjects', 32))
  return (limit, subject) => `throttle:${limit}:${createHmac('sha256', secret).update(subject).digest('base64url')}`
}

/** Attempts in Redis. */
export function openThrottle(redis: Redis, masterKey: Uint8Array): Throttle {
  const keyOf = throttleKeys(masterKey)
  return {
    async attempt(subjects) {
      const rules = subjects.flatMap(([limit]) => [limits[limit].memory_s, JSON.stringify(waitsOf(limits[limit]))])
      return Number(await redis.eval(script, subjects.length, ...subjects.map(([limit, subject]) => keyOf(limit, subject)), ...rules))
    },
    async succeeded(address, account) {
      const keys = [keyOf('address', address), ...(account === undefined ? [] : [keyOf('account', account)])]
      await redis.eval(successScript, keys.length, ...keys)
    },
  }
}
