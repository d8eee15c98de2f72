/**
 * Freshness: from the moment a write is acknowledged by the service (MySQL has committed) to the moment a read through the
 * platform sees it, per store, at a steady rate of commits.
 *
 * Writes are open-loop, so a slow platform does not slow them. Each (profile, title) pair belongs to this run alone, and every
 * write of a pair differs from the one before, so a read tells which write it sees. Reads poll, at most each tenth of what has passed:
 * the figures are up to a tenth too long.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import { openLiveSinks } from '@cdlc/streams/sinks/live.ts'
import ratings, { ratingsSummary } from '@cdlc/streams/views/user/ratings.ts'
import { each } from '../seed/client.ts'
import { toolToken } from '../local/token.ts'
import { createClient, type Client, untilShown } from './http.ts'
import { type Quantiles, quantiles } from './statistics.ts'

export interface FreshnessOptions {
  /** Commits a second. */
  readonly rate: number
  readonly seconds: number
  /** Pairs of profile and title that are written in turn. */
  readonly pairs?: number
  readonly onProgress?: (text: string) => void
}
export interface FreshnessResult {
  readonly rate: number
  readonly commits: number
  /** ms from sending a write to its acknowledgement. */
  readonly acknowledged: Quantiles
  /** ms from acknowledgement to the first read that sees the write, by store. */
  readonly stores: Readonly<Record<string, Quantiles & { readonly through: string; readonly missed: number }>>
  readonly samples: Readonly<Record<string, readonly number[]>>
}

interface Pair { readonly profile_id: string; readonly title_id: string; stars: number }
/** `per_second` bounds how often a write is watched: watching costs more than writing, and must not be what is measured. */
interface Probe { readonly through: string; readonly per_second: number; readonly poll_ms: number; readonly seen: (pair: Pair, stars: number) => Promise<boolean> }

const GIVE_UP_MS = 10_000
const WARM_UP_SHARE = 0.15
const now = (): number => performance.now()

/** Makes its own account, profiles, titles and people, and removes them afterwards. The platform must run. */
export async function measureFreshness(endpoints: Endpoints, options: FreshnessOptions): Promise<FreshnessResult> {
  const client = createClient(64, toolToken(endpoints))
  const sinks = openLiveSinks(endpoints, { component: 'cli', log: logLinesFrom('silent') })
  const url = (service: 'inventory' | 'actor' | 'customer_services', path: string): string => `http://127.0.0.1:${endpoints.port(service)}${path}`
  const say = options.onProgress ?? (() => {})
  const reader = await sinks.reader(ratings)
  const probes: Readonly<Record<string, Probe>> = {
    redis: { through: 'GET /v1/titles/{title_id}/stats', per_second: 4, poll_ms: 2, async seen(pair, stars) {
      const { body } = await client.send('GET', url('inventory', `/v1/titles/${pair.title_id}/stats`))
      return (body as { mean_stars: number | null }).mean_stars === stars
    } },
    scylla: { through: 'GET /v1/profiles/{profile_id}/ratings', per_second: 3, poll_ms: 4, async seen(pair, stars) {
      const { body } = await client.send('GET', url('customer_services', `/v1/profiles/${pair.profile_id}/ratings?limit=1`))
      return (body as { items: readonly { stars: number }[] }).items[0]?.stars === stars
    } },
    clickhouse: { through: "the 'ratings' view's query", per_second: 1, poll_ms: 20, async seen(pair, stars) {
      return (await ratingsSummary(reader, pair.title_id)).mean_stars === stars
    } },
  }
  const samples: Record<string, number[]> = { redis: [], scylla: [], clickhouse: [], neo4j: [] }
  const missed: Record<string, number> = { redis: 0, scylla: 0, clickhouse: 0, neo4j: 0 }
  const acknowledged: number[] = []
  const start = { at: Infinity }
  const counted = (): boolean => now() - start.at > options.seconds * 1_000 * WARM_UP_SHARE

  const watched = new Map<string, number>()
  function isDue(store: string, per_second: number): boolean {
    if (now() - (watched.get(store) ?? 0) < 1_000 / per_second) return false
    watched.set(store, now())
    return true
  }

  async function observe(store: string, poll_ms: number, seen: () => Promise<boolean>): Promise<void> {
    const since = now()
    const count = counted()
    while (now() - since < GIVE_UP_MS) {
      if (await seen()) {
        if (count) samples[store]?.push(now() - since)
        return
      }
      await delay(Math.max(poll_ms, (now() - since) / 10)) // a slow store must not be slowed by being asked
    }
    missed[store] = (missed[store] ?? 0) + 1
  }

  say('making a profile and a title for every pair')
  const made = await makePairs(client, url, options.pairs ?? Math.max(100, options.rate * 2))
  const pending = new Set<Promise<void>>()
  const errors: unknown[] = []
  const track = (work: Promise<void>): void => {
    const kept = work.catch((cause: unknown) => { errors.push(cause) }).finally(() => pending.delete(kept))
    pending.add(kept)
  }
  try {
    say(`writing ${options.rate} commits a second for ${options.seconds} s`)
    start.at = now()
    const total = options.rate * options.seconds
    let sent = 0
    while (sent < total && errors.length === 0) {
      const due = Math.min(total, Math.floor((now() - start.at) / 1_000 * options.rate))
      for (; sent < due; sent++) track(write(sent))
      await delay(1)
    }
    await Promise.all(pending)
  } finally {
    say('removing what was made')
    await removePairs(client, url, made)
    await sinks.close()
    client.close()
  }
  if (errors.length > 0) throw new Error(`measuring freshness: a request was refused`, { cause: errors[0] })

  async function write(i: number): Promise<void> {
    if (i % 20 === 7) return writePerson(made.people[Math.floor(i / 20) % made.people.length] ?? '', i)
    const pair = made.pairs[i % made.pairs.length]
    if (pair === undefined) return
    const stars = pair.stars = (pair.stars % 5) + 0.5
    const sent = now()
    await client.send('PUT', url('customer_services', `/v1/profiles/${pair.profile_id}/ratings/${pair.title_id}`), { stars })
    if (counted()) acknowledged.push(now() - sent)
    for (const [store, probe] of Object.entries(probes)) {
      if (isDue(store, probe.per_second)) track(observe(store, probe.poll_ms, () => probe.seen(pair, stars)))
    }
  }

  async function writePerson(person_id: string, i: number): Promise<void> {
    const biography = `Written by commit ${i}.`
    await client.send('PATCH', url('actor', `/v1/people/${person_id}`), { biography })
    if (isDue('neo4j', 3)) track(observe('neo4j', 4, async () => {
      const { body } = await client.send('GET', url('actor', `/v1/people/${person_id}`))
      return (body as { biography: string | null }).biography === biography
    }))
  }

  const through: Readonly<Record<string, string>> = { ...Object.fromEntries(Object.entries(probes).map(([store, probe]) => [store, probe.through])), neo4j: 'GET /v1/people/{person_id}' }
  return {
    rate: options.rate, commits: options.rate * options.seconds, acknowledged: quantiles(acknowledged), samples,
    stores: Object.fromEntries(Object.entries(samples).map(([store, found]) => [store, { ...quantiles(found), through: through[store] ?? '', missed: missed[store] ?? 0 }])),
  }
}

interface Made { readonly pairs: readonly Pair[]; readonly people: readonly string[] }
type Url = (service: 'inventory' | 'actor' | 'customer_services', path: string) => string

const PEOPLE = 50
const AT_ONCE = 8

async function makePairs(client: Client, url: Url, count: number): Promise<Made> {
  const run = randomUUID().slice(0, 8)
  const numbers = Array.from({ length: count }, (_, i) => i)
  const pairs = await each(numbers, AT_ONCE, async (i): Promise<Pair> => {
    const title = await client.send('POST', url('inventory', '/v1/titles'), { kind: 'movie', name: `Bench ${run} ${i}`, release_year: 2026 })
    const account = await client.send('POST', url('customer_services', '/v1/accounts'), { email: `bench-${run}-${i}@example.invalid` })
    const { account_id } = account.body as { account_id: string }
    const profile = await client.send('POST', url('customer_services', '/v1/profiles'), { account_id, name: `bench ${i}` })
    return { title_id: (title.body as { title_id: string }).title_id, profile_id: (profile.body as { profile_id: string }).profile_id, stars: 0.5 * (i % 9) }
  })
  const people = await each(numbers.slice(0, PEOPLE), AT_ONCE, async (i) => {
    const person = await client.send('POST', url('actor', '/v1/people'), { name: `Bench Person ${run} ${i}` })
    return (person.body as { person_id: string }).person_id
  })
  await each(pairs, AT_ONCE, (pair) => untilShown(client, url('inventory', `/v1/titles/${pair.title_id}`)))
  await each(people, AT_ONCE, (person_id) => untilShown(client, url('actor', `/v1/people/${person_id}`)))
  return { pairs, people }
}

async function removePairs(client: Client, url: Url, made: Made): Promise<void> {
  await each(made.pairs, AT_ONCE, async (pair) => {
    await client.send('DELETE', url('customer_services', `/v1/profiles/${pair.profile_id}`))
    await client.send('DELETE', url('inventory', `/v1/titles/${pair.title_id}`))
  })
  await each(made.people, AT_ONCE, (person_id) => client.send('DELETE', url('actor', `/v1/people/${person_id}`)))
}
