/**
 * Rate limits shared by all gateways, without a question to Redis at every request: a client's room is leased from Redis in portions and
 * used up here. A portion begins at one request and doubles while it is used up within a second; what is left of it after that second is
 * lost to the client. So nobody is ever let through more than the limit, moved by a second at most, and who asks seldom or steadily
 * is refused too early by less than half of what it used in that second, per gateway that it came by.
 */
import { rateLeases } from '../shared/telemetry-gateway.ts'
import { take, type Limit, type Taken } from './rate.ts'

export interface Verdict {
  readonly allowed: boolean
  readonly limit: Limit
  readonly remaining: number
  readonly reset_s: number
  readonly retry_after_s: number
}

/** Takes room for up to `wanted` requests of a client out of what all gateways share. */
export type Lease = (key: string, limit: Limit, wanted: number) => Promise<Omit<Taken, 'tat'>>

export interface Limiter {
  /** At once where room is at hand. Never throws. */
  take(key: string, limit: Limit): Verdict | Promise<Verdict>
}

interface Client {
  left: number
  until: number
  portion: number
  remaining: number
  reset_at: number
  /** No room before this. */
  refused_until: number
  asking: Promise<void> | undefined
  /** Where Redis is away. */
  tat: number
}

const clients_kept = 50_000
const lease_ms = 1_000
const longestPortion = 256
/** Redis is left alone for so long once it has not answered. */
const alone_ms = 2_000

export function createLimiter(lease: Lease, now: () => number = Date.now): Limiter {
  const clients = new Map<string, Client>()
  let alone_until = 0

  function clientOf(key: string): Client {
    const known = clients.get(key)
    if (known !== undefined) return known
    if (clients.size >= clients_kept) clients.delete(clients.keys().next().value ?? '')
    const client: Client = { left: 0, until: 0, portion: 1, remaining: 0, reset_at: 0, refused_until: 0, asking: undefined, tat: 0 }
    clients.set(key, client)
    return client
  }

  const verdict = (client: Client, limit: Limit, allowed: boolean, at: number): Verdict => ({
    allowed, limit, remaining: client.left + client.remaining, reset_s: Math.max(0, Math.ceil((client.reset_at - at) / 1_000)),
    retry_after_s: allowed ? 0 : Math.max(1, Math.ceil((client.refused_until - at) / 1_000)),
  })

  function note(client: Client, { granted, remaining, wait_us, reset_us }: Omit<Taken, 'tat'>): void {
    const at = now()
    client.left = granted
    client.remaining = remaining
    client.until = at + lease_ms
    client.reset_at = at + reset_us / 1_000
    client.refused_until = granted > 0 ? 0 : at + wait_us / 1_000
  }

  async function ask(key: string, client: Client, limit: Limit): Promise<void> {
    const at = now()
    client.portion = client.until > at ? Math.min(client.portion * 2, longestPortion, Math.ceil(limit.requests / 8)) : 1
    if (at >= alone_until) {
      try {
        note(client, await lease(key, limit, client.portion))
        rateLeases.inc({ answered_by: 'redis' })
        return
      } catch {
        alone_until = now() + alone_ms
      }
    }
    rateLeases.inc({ answered_by: 'local' })
    const taken = take(limit, client.tat, now() * 1_000, client.portion)
    client.tat = taken.tat
    note(client, taken)
  }

  async function later(key: string, client: Client, limit: Limit): Promise<Verdict> {
    for (;;) {
      client.asking ??= ask(key, client, limit).finally(() => { client.asking = undefined })
      await client.asking
      const told = atHand(client, limit)
      if (told !== undefined) return told
    }
  }

  function atHand(client: Client, limit: Limit): Verdict | undefined {
    const at = now()
    if (client.left > 0 && client.until > at) {
      client.left -= 1
      return verdict(client, limit, true, at)
    }
    return client.refused_until > at ? verdict(client, limit, false, at) : undefined
  }

  return {
    take(key, limit) {
      const client = clientOf(key)
      return atHand(client, limit) ?? later(key, client, limit)
    },
  }
}
