/** Public answers out of memory: found, asked for once for all who want the same, and the last good one while the upstream is away. */
import { createHash } from 'node:crypto'
import type { Unavailable } from '../shared/errors.ts'
import { parseTags } from '../shared/etag.ts'
import { cacheAnswers, cacheInvalidated } from '../shared/telemetry-gateway.ts'
import { createCache, type Kept } from './cache.ts'
import { createFreshness, type Freshness, type FreshnessOptions } from './freshness.ts'
import type { Answer } from './lanes.ts'
import type { Cached } from './routes.ts'

export interface Found {
  readonly kept: Kept
  readonly outcome: 'hit' | 'miss' | 'stale'
}
/** The answer, or what the upstream said instead. */
export type Lookup = Found | { readonly answer: Answer }

export interface Catalogue {
  readonly freshness: Freshness
  /** What an answer is kept under; undefined: it is not. */
  keyOf(cached: Cached, target: string, params: Readonly<Record<string, string>>): string | undefined
  /** The kept answer, where it still counts. */
  find(cached: Cached, key: string): Kept | undefined
  /** Asks the upstream, once for all; throws Unavailable where there is no last good answer either. */
  ask(cached: Cached, key: string, call: () => Promise<Answer>): Promise<Lookup>
  state(): { readonly bytes: number; readonly entries: number }
}

/** A card that nothing was heard of is asked for again after so long: what bounds the harm of a change that went unheard. */
const longestUnheard_ms = 30_000
/** How old a last good answer may be. */
const longestStale_ms = 3_600_000
const longestTarget = 300
const title = 'title:'
const titleId = /^[0-9A-HJKMNP-TV-Z]{26}$/

/** Statuses that say the upstream could not. */
const couldNot = new Set([500, 502, 503, 504])

const textOf = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined)

/**
 * What says that an answer is the same, byte for byte. A row's own tag names its version, and a card shows genres and credits that came
 * late under the same one; with the hash it still serves for `If-Match` and `Read-After`.
 */
function etagOf(given: string | undefined, body: Buffer): string {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 12)
  return given !== undefined && parseTags(given).length === 1 ? given.replace(/^W\//, '').replace(/"$/, `-${hash}"`) : `"${hash}"`
}

function keptOf({ headers, body }: Answer & { readonly body: Buffer }, now: number): Kept {
  return {
    body, etag: etagOf(textOf(headers['etag']), body), kept_at: now, stale: false,
    headers: {
      'content-type': textOf(headers['content-type']) ?? 'application/json; charset=utf-8',
      // others can hear of no change, so they ask; what they ask with is the ETag
      'cache-control': 'public, no-cache', vary: 'Origin, Accept-Encoding', 'served-from': textOf(headers['served-from']) ?? 'view',
    },
  }
}

export function createCatalogue(
  bytes: number, ports: Pick<FreshnessOptions, 'partitionOf' | 'positions'>, now: () => number = Date.now,
): Catalogue {
  const cache = createCache(bytes)
  const asking = new Map<string, Promise<Lookup>>()
  const freshness = createFreshness({
    ...ports,
    onStale(title_id) {
      const key = title + title_id
      // who asks from now on wants to see the change, and not what is on its way
      asking.delete(key)
      if (cache.makeStale(key)) cacheInvalidated.inc()
    },
    onAllStale() {
      asking.clear()
      cache.makeAllStale()
    },
  })

  function lastGood(key: string): Found | undefined {
    const kept = cache.get(key)
    return kept === undefined || now() - kept.kept_at > longestStale_ms ? undefined : { kept, outcome: 'stale' }
  }

  async function fetched(cached: Cached, key: string, call: () => Promise<Answer>): Promise<Lookup> {
    const ticket = cached.by === 'title' ? await freshness.ticket(key.slice(title.length)) : undefined
    let keeps = cached.by === 'brief'
    let answer: Answer | undefined
    try {
      answer = await call()
    } catch (error) {
      const found = lastGood(key)
      if (found === undefined) throw error as Unavailable
      return found
    } finally {
      if (ticket !== undefined) keeps = freshness.redeem(key.slice(title.length), ticket)
    }
    if (couldNot.has(answer.status)) return lastGood(key) ?? { answer }
    // what is gone must not come back while the upstream is away
    if (answer.status === 404) cache.drop(key)
    const { body } = answer
    if (answer.status !== 200 || !Buffer.isBuffer(body)) return { answer }
    const kept = keptOf({ ...answer, body }, now())
    if (keeps) cache.keep(key, kept)
    return { kept, outcome: 'miss' }
  }

  return {
    freshness,
    keyOf(cached, target, { title_id }) {
      if (cached.by === 'brief') return target.length > longestTarget ? undefined : target
      return title_id !== undefined && titleId.test(title_id) && target.endsWith(title_id) ? title + title_id : undefined
    },
    find(cached, key) {
      const kept = cache.get(key)
      if (kept === undefined || kept.stale) return undefined
      if (now() - kept.kept_at > (cached.by === 'brief' ? cached.fresh_ms : longestUnheard_ms)) return undefined
      return kept
    },
    ask(cached, key, call) {
      const under = asking.get(key)
      if (under !== undefined) return under
      const asked = fetched(cached, key, call).finally(() => { if (asking.get(key) === asked) asking.delete(key) })
      asking.set(key, asked)
      return asked
    },
    state: () => cache.state(),
  }
}

/** Counts an answer of a route that is cached. */
export const countAnswer = (outcome: Found['outcome'] | 'bypass'): void => { cacheAnswers.inc({ outcome }) }
