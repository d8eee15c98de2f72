/**
 * The arithmetic of rate limits: the generic cell rate algorithm (ITU-T I.371), which keeps one instant per client. `tat` is when its
 * room would be whole again if it asked nothing more; each request moves it on by one `emission`. All times are µs since the epoch.
 */
import type { LimitClass } from './routes.ts'

export interface Limit {
  /** Requests in `period_ms`, which may also come all at once. */
  readonly requests: number
  readonly period_ms: number
}
export interface Limits {
  /** For an account or an address. */
  readonly people: Readonly<Record<LimitClass | 'token', Limit>>
  /** For a program of the platform. */
  readonly programs: Limit
}
const perMinute = (requests: number): Limit => ({ requests, period_ms: 60_000 })

/** `token`: tokens of an address that are to be verified, which costs more than to answer. */
export const usualLimits: Limits = {
  people: { read: perMinute(3_000), search: perMinute(1_200), write: perMinute(600), 'sign-in': perMinute(300), token: perMinute(600) },
  programs: perMinute(600_000),
}

/** Limits out of `CDLC_RATE_LIMITS`, requests per minute by class: `{"read": 6000, "programs": 1200000}`. Throws, naming what is wrong. */
export function limitsFrom(text: string | undefined): Limits {
  if (text === undefined) return usualLimits
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw new Error('reading CDLC_RATE_LIMITS: it is not JSON')
  }
  const people: Record<string, Limit> = { ...usualLimits.people }
  let { programs } = usualLimits
  for (const [name, requests] of Object.entries(given ?? {})) {
    if (!Number.isSafeInteger(requests) || (requests as number) < 1 || (name !== 'programs' && !(name in people))) {
      throw new Error(`reading CDLC_RATE_LIMITS: '${name}' must be one of ${[...Object.keys(people), 'programs'].join(', ')}, and its limit a whole number above 0`)
    }
    if (name === 'programs') programs = perMinute(requests as number)
    else people[name] = perMinute(requests as number)
  }
  return { people: people as Limits['people'], programs }
}

export interface Taken {
  readonly tat: number
  /** How many of those wanted there was room for. */
  readonly granted: number
  /** How many more there would be room for. */
  readonly remaining: number
  /** Until there is room for one; 0 where there is. */
  readonly wait_us: number
  /** Until there is all the room again. */
  readonly reset_us: number
}

/** Microseconds that one request takes up. */
export const emissionOf = ({ requests, period_ms }: Limit): number => Math.max(1, Math.ceil((period_ms * 1_000) / requests))

/** Takes room for up to `wanted` requests. */
export function take(limit: Limit, tat: number, now: number, wanted: number): Taken {
  const emission = emissionOf(limit)
  const tolerance = emission * limit.requests
  const from = Math.max(tat, now)
  const room = Math.floor((now + tolerance - from) / emission)
  const granted = Math.min(wanted, room)
  const next = from + granted * emission
  return {
    tat: next, granted, remaining: room - granted, reset_us: next - now,
    wait_us: room > granted ? 0 : next + emission - tolerance - now,
  }
}

/** The same in Redis, by its own clock. KEYS[1] the client; ARGV: emission, tolerance, wanted. Answers granted, remaining, wait and reset. */
export const takeScript = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local emission, tolerance, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local from = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local room = math.floor((now + tolerance - from) / emission)
local granted = math.min(wanted, room)
local next = from + granted * emission
if granted > 0 then redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000)) end
local wait = 0
if room <= granted then wait = next + emission - tolerance - now end
return { granted, room - granted, wait, next - now }`
