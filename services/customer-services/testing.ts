/** Customer-services over the real MySQL and a view that knows some titles and has no diary yet. */
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { fresh, realPlatform, send } from '../real.ts'
import { newId } from '../shared/clock.ts'
import { parseTags } from '../shared/etag.ts'
import { createService } from '../shared/http.ts'
import type { Verifier } from '../shared/identity.ts'
import { person, serviceFor } from '../shared/testing.ts'
import type { Platform } from '../shared/platform.ts'
import { customerServices, portsOf } from './app.ts'
import type { Credentials, CustomerPorts, Social } from './ports.ts'

/** Titles that exist, as the view would say. */
export const titles: readonly string[] = Array.from({ length: 5 }, (_, index) => newId((1_600_000_000 + index) * 1_000_000))
export const [heat = '', alien = ''] = titles
/** A title that does not, and never did. */
export const missing = newId(1_500_000_000_000_000)

/** An authorization server that nobody has signed in at. */
export const noCredentials: Credentials = { sessions: async () => [], end: async () => 0, erase: async () => {} }

/** A social that nobody has made anything at. */
export const noSocial: Social = {
  eraseAccount: async () => true,
  eraseProfile: async () => true,
  importItems: async (_account_id, _profile_id, items) => items.map(({ item_id = '' }) => ({ item_id, code: 'made', message: '' })),
  exportAccount: async function* () {},
}

/** The version in an answer's ETag. */
export const versionOf = ({ headers }: LightMyRequestResponse): number => parseTags(String(headers.etag))[0]?.version ?? 0

interface RatingRow {
  readonly title_id: string
  readonly half_stars: number
  readonly rated_at: Date
  readonly version: number
}

export interface Customers {
  readonly platform: Platform
  readonly app: FastifyInstance
  rows<T>(text: string, ...params: readonly string[]): Promise<readonly T[]>
  /** Opens an account; answers its id. */
  open(email?: string): Promise<string>
  /** Sends a request as the person of this account would, and expects this status. */
  as(account_id: string, expected: number | readonly number[], request: InjectOptions): Promise<LightMyRequestResponse>
  /** Adds a profile, to a new account unless told otherwise; answers its id. */
  addProfile(name?: string, account_id?: string): Promise<string>
  put(profile_id: string, title_id: string, payload: object, expected?: number | readonly number[]): Promise<LightMyRequestResponse>
  /** By title. */
  ratingsOf(profile_id: string): Promise<readonly RatingRow[]>
  close(): Promise<void>
}

/** Takes an account's id for its holder's token. */
const holders: Verifier = { verify: async (token) => person(token) }

/** Opens all of it; `some` ports take the place of the usual ones. */
export async function realCustomers(some: Partial<CustomerPorts> = {}): Promise<Customers> {
  const platform = await realPlatform()
  const database = platform.database('user')
  const views = {
    titles: async (ids: readonly string[]) => new Set(ids.filter((id) => titles.includes(id))),
    candidates: async () => [],
    named: async () => new Map(),
    diary: async () => [],
    entry: async () => undefined,
    viewing: async () => undefined,
    viewings: async () => [],
    viewingsOf: async () => [],
  }
  const routes = customerServices({ ...portsOf(platform), views, credentials: noCredentials, social: noSocial, ...some })
  const component = { name: 'customer-services', description: '', checks: {}, routes }
  const app = serviceFor(component)
  const theirs = createService({ ...component, verifier: holders })
  const post = async (url: string, payload: object): Promise<Readonly<Record<string, string>>> =>
    (await send(app, 201, { method: 'POST', url, payload })).json()
  const rows = <T>(text: string, ...params: readonly string[]): Promise<readonly T[]> => database.read((sql) => sql.rows<T>(text, params))
  const open = async (email = `${fresh()}@example.invalid`): Promise<string> =>
    (await post('/v1/accounts', { email, country: 'GB' }))['account_id'] ?? ''
  return {
    platform,
    app,
    rows,
    open,
    as: (account_id, expected, request) =>
      send(theirs, expected, { ...request, headers: { ...request.headers, authorization: `Bearer ${account_id}` } }),
    addProfile: async (name = 'Ada', account_id) =>
      (await post('/v1/profiles', { account_id: account_id ?? (await open()), name }))['profile_id'] ?? '',
    put: (profile_id, title_id, payload, expected = [200, 201]) =>
      send(app, expected, { method: 'PUT', url: `/v1/profiles/${profile_id}/ratings/${title_id}`, payload }),
    ratingsOf: (profile_id) =>
      rows<RatingRow>('SELECT title_id, half_stars, rated_at, version FROM ratings WHERE profile_id = ? ORDER BY title_id', profile_id),
    async close() {
      await app.close()
      await theirs.close()
      await platform.close()
    },
  }
}
