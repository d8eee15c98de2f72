/** Social over the real MySQL, with views that have caught up, and a customer-services that knows the profiles that were made here. */
import type { Events } from '@cdlc/schemas/generated/topics.ts'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { fresh, realPlatform, send } from '../real.ts'
import { newId } from '../shared/clock.ts'
import { createService } from '../shared/http.ts'
import type { Verifier } from '../shared/identity.ts'
import type { Database } from '../shared/mysql.ts'
import type { Platform } from '../shared/platform.ts'
import { person, program } from '../shared/testing.ts'
import { portsOf, social } from './app.ts'
import type { SocialPorts } from './ports.ts'
import { caughtUpLists } from './testing-lists.ts'
import { caughtUpMembers, toldTo } from './testing-members.ts'
import { caughtUpReviews } from './testing-reviews.ts'
import type { SocialViews } from './views.ts'

/** Titles that exist, as the view would say. */
export const titles: readonly string[] = Array.from({ length: 20 }, (_, index) => newId((1_600_000_000 + index) * 1_000_000))
export const [heat = '', alien = ''] = titles
/** An id that nothing has, and nothing ever had. */
export const missing = newId(1_500_000_000_000_000)

export interface Person { readonly account_id: string; readonly token: string }
export interface Joined extends Person { readonly profile_id: string; readonly handle: string }

export interface RealSocial {
  readonly platform: Platform
  readonly ports: SocialPorts
  readonly app: FastifyInstance
  readonly database: Database
  /** Entries of the film diary, by id, that customer-services is to know. */
  readonly viewings: Map<string, { readonly profile_id: string; readonly title_id: string }>
  /** A profile of an account, as customer-services would know it, that has no card yet. */
  profile(some?: { readonly account_id?: string; readonly kids?: boolean }): Person & { readonly profile_id: string }
  /** A new member; the handle begins with `name` and is nobody else's in any run. */
  join(name: string, card?: { readonly is_private?: boolean; readonly bio?: string; readonly account_id?: string }): Promise<Joined>
  /** Somebody with the role editor and no profile. */
  readonly moderator: Person
  /** A program of the platform. */
  readonly program: Pick<Person, 'token'>
  /** Sends a request as this person would (undefined: as nobody), and expects this status. */
  as(who: Pick<Person, 'token'> | undefined, expected: number | readonly number[], request: InjectOptions): Promise<LightMyRequestResponse>
  /** What was told of a profile, and to it, in the order of versions. */
  activity(profile_id: string): Promise<readonly Events['user.activity'][]>
  notifications(profile_id: string): Promise<readonly Events['user.notifications'][]>
  rows<T>(text: string, ...params: readonly string[]): Promise<readonly T[]>
  close(): Promise<void>
}

const scopes = ['account:read', 'account:write', 'ratings:read', 'ratings:write', 'social:read', 'social:write']
/** A token is an account's id, or `editor.` and one; or `program`. */
const holders: Verifier = {
  verify: async (token) => (token === 'program' ? program : token.startsWith('editor.') ? person(token.slice(7), { scopes, roles: ['viewer', 'editor'] }) : person(token, { scopes })),
}

/** Opens all of it; `some` ports and views take the place of the usual ones. */
export async function realSocial({ views, ...some }: Partial<Omit<SocialPorts, 'views'>> & { readonly views?: Partial<SocialViews> } = {}): Promise<RealSocial> {
  const platform = await realPlatform()
  const database = platform.database('user')
  const known = new Map<string, { readonly account_id: string; readonly kids: boolean }>()
  const viewings: RealSocial['viewings'] = new Map()
  const real = portsOf(platform)
  const ports: SocialPorts = {
    ...real,
    titles: async (ids) => new Set(ids.filter((id) => titles.includes(id))),
    findProfile: async (profile_id) => known.get(profile_id),
    findViewing: async (viewing_id) => viewings.get(viewing_id),
    ...some,
    views: { ...real.views, members: caughtUpMembers(platform.codec, database), lists: caughtUpLists(database), reviews: caughtUpReviews(database), ...views },
  }
  const app = createService({ name: 'social', description: '', checks: {}, routes: social(ports), verifier: holders })
  const id = (): string => newId(platform.clock.micros())
  const as: RealSocial['as'] = (who, expected, request) =>
    send(app, expected, { ...request, headers: { ...request.headers, ...(who === undefined ? {} : { authorization: `Bearer ${who.token}` }) } })
  const profile: RealSocial['profile'] = ({ account_id = id(), kids = false } = {}) => {
    const profile_id = id()
    known.set(profile_id, { account_id, kids })
    return { profile_id, account_id, token: account_id }
  }
  const moderator_id = id()
  return {
    platform, ports, app, database, viewings, as, profile,
    moderator: { account_id: moderator_id, token: `editor.${moderator_id}` },
    program: { token: 'program' },
    async join(name, { account_id, ...card } = {}) {
      const made = profile(account_id === undefined ? {} : { account_id })
      const handle = `${name}_${fresh().slice(0, 12)}`
      await as(made, 201, { method: 'PUT', url: `/v1/members/${made.profile_id}/card`, payload: { handle, name, is_private: false, ...card } })
      return { ...made, handle }
    },
    activity: (profile_id) => toldTo(platform.codec, database, 'user.activity', profile_id),
    notifications: (profile_id) => toldTo(platform.codec, database, 'user.notifications', profile_id),
    rows: (text, ...params) => database.read((sql) => sql.rows(text, params)),
    async close() {
      await app.close()
      await platform.close()
    },
  }
}
