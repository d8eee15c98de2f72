/** Customer-services over the real MySQL and a view that knows some titles and has no diary yet. */
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { fresh, realPlatform, send } from '../real.ts'
import { newId } from '../shared/clock.ts'
import { parseTags } from '../shared/etag.ts'
import { serviceFor } from '../shared/testing.ts'
import { openVault } from '../shared/personal-data.ts'
import type { Platform } from '../shared/platform.ts'
import { customerServices } from './app.ts'

/** Titles that exist, as the view would say. */
export const titles: readonly string[] = Array.from({ length: 5 }, (_, index) => newId((1_600_000_000 + index) * 1_000_000))
export const [heat = '', alien = ''] = titles
/** A title that does not, and never did. */
export const missing = newId(1_500_000_000_000_000)

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
  /** Adds a profile, to a new account unless told otherwise; answers its id. */
  addProfile(name?: string, account_id?: string): Promise<string>
  put(profile_id: string, title_id: string, payload: object, expected?: number | readonly number[]): Promise<LightMyRequestResponse>
  /** By title. */
  ratingsOf(profile_id: string): Promise<readonly RatingRow[]>
  close(): Promise<void>
}

/** Opens all of it. */
export async function realCustomers(): Promise<Customers> {
  const platform = await realPlatform()
  const database = platform.database('user')
  const views = {
    titles: async (ids: readonly string[]) => new Set(ids.filter((id) => titles.includes(id))),
    diary: async () => [],
    entry: async () => undefined,
  }
  const routes = customerServices({ database, clock: platform.clock, vault: openVault(platform.config.masterKey), views })
  const app = serviceFor({ name: 'customer-services', description: '', checks: {}, routes })
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
    addProfile: async (name = 'Ada', account_id) =>
      (await post('/v1/profiles', { account_id: account_id ?? (await open()), name }))['profile_id'] ?? '',
    put: (profile_id, title_id, payload, expected = [200, 201]) =>
      send(app, expected, { method: 'PUT', url: `/v1/profiles/${profile_id}/ratings/${title_id}`, payload }),
    ratingsOf: (profile_id) =>
      rows<RatingRow>('SELECT title_id, half_stars, rated_at, version FROM ratings WHERE profile_id = ? ORDER BY title_id', profile_id),
    async close() {
      await app.close()
      await platform.close()
    },
  }
}
