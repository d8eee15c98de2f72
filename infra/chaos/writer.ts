/** Writes to the services, one at a time for each row, and enters into the ledger what was tried and what was answered. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { parseTags } from '@cdlc/services/shared/etag.ts'
import { type Answer, type Client, HttpError } from '../bench/http.ts'
import type { Failure, Kind, Ledger, Value } from './ledger.ts'

export interface Writer {
  /** Makes an account, and what is missing of profiles and titles; again what a campaign that died was making. */
  prepare(profiles: number, titles: number): Promise<void>
  /** Ids that may be written to: those that the views have shown. */
  titles(): readonly string[]
  profiles(): readonly string[]
  addTitle(): Promise<void>
  addProfile(): Promise<void>
  rename(title_id: string): Promise<void>
  rate(profile_id: string, title_id: string, half_stars: number): Promise<void>
  remove(profile_id: string, title_id: string): Promise<void>
  /** Reads a rating after its last acknowledged write. */
  read(profile_id: string, title_id: string): Promise<void>
  reads(): number
  silence(): number
}

const country = 'GB'
const language = 'en'
const again_ms = 250
const patience_ms = 300_000

const namesOf = (run: string, what: string | number): string => `Load ${run} ${what}`
/** The names of all titles of a run, in words of SQL's LIKE. */
export const namesLike = (run: string): string => namesOf(run, '%')

/** Why a write may be tried again, or undefined where the service took it and found fault with it. */
function failureOf(cause: unknown): Failure | undefined {
  if (cause instanceof HttpError) return cause.status === 503 ? 'refused' : undefined
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ECONNREFUSED') return 'refused'
  return code === 'ECONNRESET' || code === 'EPIPE' || /no answer in/.test(String(cause)) ? 'cut_off' : undefined
}

/** Profiles to an account, as many as it may have. */
const profilesEach = 8

export function openWriter({ endpoints, client, ledger, run }: {
  readonly endpoints: Endpoints; readonly client: Client; readonly ledger: Ledger; readonly run: string
}): Writer {
  const customers = `http://127.0.0.1:${endpoints.port('customer_services')}/v1`
  const inventory = `http://127.0.0.1:${endpoints.port('inventory')}/v1`
  const busy = new Set<string>()
  const tags = new Map<string, string>()
  const shown = new Set<string>()
  let reads = 0
  let heard = performance.now()
  let longest = 0

  /** Enters an acknowledgement by the ETag of the answer. */
  function acknowledge(kind: Kind, value: Value, { headers: { etag } }: Answer): string {
    const [tag] = parseTags(String(etag))
    if (tag === undefined) throw new Error(`writing a ${kind}: the answer's ETag is '${String(etag)}'`)
    ledger.record({ do: 'ack', at: Date.now(), kind, id: tag.id, value, version: tag.version })
    tags.set(tag.id, String(etag))
    longest = Math.max(longest, performance.now() - heard)
    heard = performance.now()
    return tag.id
  }

  /** A write to one row, unless another is under way. */
  async function write(kind: Kind, id: string, value: Value, send: () => Promise<Answer>): Promise<void> {
    if (busy.has(id)) return
    busy.add(id)
    ledger.record({ do: 'try', at: Date.now(), kind, id, value })
    try {
      acknowledge(kind, value, await send())
    } catch (cause) {
      fail(kind, id, value, cause)
    } finally {
      busy.delete(id)
    }
  }

  function fail(kind: Kind, id: string, value: Value, cause: unknown): void {
    const how = failureOf(cause)
    if (how === undefined) throw cause
    ledger.record({ do: 'fail', at: Date.now(), kind, id, value, how, why: String(cause).slice(0, 200) })
  }

  /** Sends a POST until it is answered, always under one key: it is done once. */
  async function create(kind: Kind, key: string, value: Value, url: string, body: unknown): Promise<string> {
    for (const deadline = Date.now() + patience_ms; ;) {
      try {
        return acknowledge(kind, value, await client.send('POST', url, body, { 'idempotency-key': `${run}-${key}` }))
      } catch (cause) {
        const inFlight = cause instanceof HttpError && cause.status === 409
        if (Date.now() > deadline) throw new Error(`adding a ${kind}: not acknowledged within ${patience_ms / 1_000} s`, { cause })
        if (!inFlight) fail(kind, key, value, cause)
      }
      await delay(again_ms)
    }
  }

  const ids = (kind: Kind): readonly string[] => [...ledger.known(kind).keys()]
  let making = Promise.resolve()
  /** Rows are made one after another, so that each has a number of its own. */
  function oneAfterAnother(task: () => Promise<void>): Promise<void> {
    making = making.catch(() => {}).then(task)
    return making
  }
  const addTitle = (): Promise<void> => oneAfterAnother(async () => {
    const name = namesOf(run, ids('title').length)
    const id = await create('title', `title-${ids('title').length}`, name, `${inventory}/titles`, { kind: 'movie', name })
    await untilShown(id)
  })
  const addProfile = (): Promise<void> => oneAfterAnother(async () => {
    const number = ids('profile').length
    // an account has a few profiles at most
    const account = Math.floor(number / profilesEach)
    if (ids('account').length <= account) await create('account', `account-${account}`, country, `${customers}/accounts`, { email: `load-${run}-${account}@example.invalid`, country })
    const account_id = ids('account')[account]
    await create('profile', `profile-${number}`, language, `${customers}/profiles`, { account_id, name: `load ${number}`, language })
  })
  /** A title may be rated once its view has it. */
  async function untilShown(title_id: string): Promise<void> {
    for (const deadline = Date.now() + patience_ms; ;) {
      const there = await client.send('GET', `${inventory}/titles/${title_id}`).then(() => true, (cause: unknown) => {
        if (failureOf(cause) === undefined && !(cause instanceof HttpError && cause.status === 404)) throw cause
        return false
      })
      if (there) break
      if (Date.now() > deadline) throw new Error(`adding title '${title_id}': no view shows it within ${patience_ms / 1_000} s`)
      await delay(again_ms)
    }
    shown.add(title_id)
  }

  return {
    async prepare(profiles, titles) {
      if (ids('account').length === 0) await create('account', 'account', country, `${customers}/accounts`, { email: `load-${run}@example.invalid`, country })
      for (const id of ids('title')) await untilShown(id)
      do await addTitle(); while (ids('title').length < titles)
      do await addProfile(); while (ids('profile').length < profiles)
    },
    titles: () => [...shown],
    profiles: () => ids('profile'),
    addTitle,
    addProfile,
    rename(title_id) {
      const name = namesOf(run, `${title_id} ${Date.now()}`)
      return write('title', title_id, name, () => client.send('PATCH', `${inventory}/titles/${title_id}`, { name }))
    },
    rate(profile_id, title_id, half_stars) {
      const url = `${customers}/profiles/${profile_id}/ratings/${title_id}`
      return write('rating', `${profile_id}.${title_id}`, half_stars, () => client.send('PUT', url, { stars: half_stars / 2 }))
    },
    async remove(profile_id, title_id) {
      const id = `${profile_id}.${title_id}`
      const known = ledger.known('rating').get(id)
      // one that may be gone already would be answered 404
      if (known === undefined || known.tried.length > 0 || (known.acknowledged?.value ?? null) === null) return
      await write('rating', id, null, () => client.send('DELETE', `${customers}/profiles/${profile_id}/ratings/${title_id}`))
    },
    async read(profile_id, title_id) {
      const id = `${profile_id}.${title_id}`
      const known = ledger.known('rating').get(id)
      const tag = tags.get(id)
      if (busy.has(id) || known?.acknowledged === undefined || known.tried.length > 0 || tag === undefined) return
      busy.add(id)
      try {
        const { value } = known.acknowledged
        const url = `${customers}/profiles/${profile_id}/ratings/${title_id}`
        const seen = await client.send('GET', url, undefined, { 'read-after': tag }).then(({ body }) => (body as { stars: number }).stars * 2, (cause: unknown) => {
          if (cause instanceof HttpError && cause.status === 404) return null
          if (failureOf(cause) === undefined) throw cause
          return undefined
        })
        if (seen === undefined) return
        if (seen !== value) throw new Error(`reading rating '${id}' after '${tag}': it is ${seen}, where ${value} was acknowledged`)
        reads++
      } finally {
        busy.delete(id)
      }
    },
    reads: () => reads,
    silence() {
      const silent = Math.max(longest, performance.now() - heard)
      longest = 0
      heard = performance.now()
      return silent
    },
  }
}
