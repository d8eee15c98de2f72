/** What the load writes, each through the service that owns it; all may be repeated and then add nothing. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client, ClientOptions } from './client.ts'
import type { SeedCredit, SeedPerson, SeedTitle } from './plan.ts'

/** Addresses: of the titles, of the people, of customer-services. */
export interface Urls { readonly titles: string; readonly people: string; readonly customers: string }

/** A field of an answer. */
export const textOf = (body: unknown, field: string, url: string): string => {
  const value = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>)[field] : undefined
  if (typeof value !== 'string') throw new Error(`calling '${url}': no '${field}' in its answer ${JSON.stringify(body)}`)
  return value
}
const known = (fields: object): object => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))

/** A row's id, and whether it was not there before. */
export interface Placed { readonly id: string; readonly added: boolean }

// A source_ref makes titles and people repeatable for ever; an Idempotency-Key would, for a day, answer with what has been removed since.
/** A title with its seasons and episodes; one that was there before it had countries is given them. */
export async function addTitle(client: Client, { titles }: Urls, { seasons, ...fields }: SeedTitle): Promise<Placed> {
  const { status, body } = await client({ method: 'POST', url: titles, body: known(fields) })
  const id = textOf(body, 'title_id', titles)
  const { countries } = body as Partial<SeedTitle>
  if (status === 200 && countries?.length === 0 && fields.countries.length > 0) {
    await client({ method: 'PATCH', url: `${titles}/${id}`, body: { countries: fields.countries } })
  }
  for (const { season_number, episodes, released_on } of seasons) {
    const season = `${titles}/${id}/seasons/${season_number}`
    await client({ method: 'PUT', url: season, body: { released_on } })
    for (const { episode_number, ...episode } of episodes) await client({ method: 'PUT', url: `${season}/episodes/${episode_number}`, body: episode })
  }
  return { id, added: status === 201 }
}

/** A person. */
export async function addPerson(client: Client, { people }: Urls, person: SeedPerson): Promise<Placed> {
  const { status, body } = await client({ method: 'POST', url: people, body: known(person) })
  return { id: textOf(body, 'person_id', people), added: status === 201 }
}

/** A credit; answers whether it was new. Waits for the view that knows the title. */
export async function addCredit(client: Client, { people }: Urls, { role, character_name, billing }: SeedCredit, title_id: string, person_id: string): Promise<boolean> {
  const { status } = await client({
    method: 'POST', url: `${people}/${person_id}/credits`, body: { title_id, role, billing, ...(character_name === '' ? {} : { character_name }) },
    // 409: credited already, with another place in the billing. The title is there; it is its view that may be late.
    accept: [409], awaits: ['unknown_title'],
  })
  return status === 201
}

/** A user's account with its one profile, whose id is answered. */
export async function addProfile(client: Client, { customers }: Urls, user_id: string): Promise<Placed> {
  const accounts = `${customers}/v1/accounts`
  const account = await client({ method: 'POST', url: accounts, body: { email: `movielens-${user_id}@example.invalid` }, idempotencyKey: `movielens-account-${user_id}` })
  const account_id = textOf(account.body, 'account_id', accounts)
  if (account.status === 200 || account.replayed) {
    const { body } = await client({ method: 'GET', url: `${accounts}/${account_id}/profiles` })
    const [first] = (body as { readonly items?: readonly unknown[] } | null)?.items ?? []
    if (first !== undefined) return { id: textOf(first, 'profile_id', accounts), added: false }
  }
  const profiles = `${customers}/v1/profiles`
  const { body, replayed } = await client({
    method: 'POST', url: profiles, body: { account_id, name: `MovieLens ${user_id}`, language: 'en' }, idempotencyKey: `movielens-profile-${account_id}`,
  })
  return { id: textOf(body, 'profile_id', profiles), added: !replayed }
}

interface Imported { readonly applied: number; readonly rejected: readonly { readonly index: number; readonly code: string }[] }
/** `rated_at` is an ISO instant. */
export interface Rated { readonly profile_id: string; readonly title_id: string; readonly stars: number; readonly rated_at: string }

/** Imports up to 500 ratings in their order, again while the view lacks some of their titles; answers how many were new or changed. */
export async function importRatings(client: Client, { customers }: Urls, ratings: readonly Rated[], { patience_ms, backoff_ms, signal }: ClientOptions): Promise<number> {
  const url = `${customers}/v1/ratings:import`
  const until = Date.now() + patience_ms
  for (let applied = 0, rest = ratings; ;) {
    const answer = (await client({ method: 'POST', url, body: { ratings: rest } })).body as Imported
    applied += answer.applied
    const [first] = answer.rejected
    if (first === undefined) return applied
    const refused = answer.rejected.find(({ code }) => code !== 'unknown_title')
    if (refused !== undefined || Date.now() >= until) {
      const { code, index } = refused ?? first
      throw new Error(`calling POST '${url}': ${answer.rejected.length} of ${rest.length} ratings were rejected, first ${JSON.stringify(rest[index])} with '${code}'`
        + (code === 'unknown_title' ? `, for ${patience_ms / 1000} s; see in 'npx cdlc views list' whether 'title' keeps up` : ''))
    }
    rest = answer.rejected.flatMap(({ index }) => rest[index] ?? [])
    await pause(backoff_ms, undefined, signal === undefined ? {} : { signal })
  }
}
