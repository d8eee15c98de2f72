/** Who may ask what, of every route that there is: a route that is added is held to it without being named here. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createService } from '../shared/http.ts'
import type { Database, Sql } from '../shared/mysql.ts'
import { person, program, verifierOf } from '../shared/testing.ts'
import { requestTo, routesOf, type Route } from '../shared/testing-routes.ts'
import { away, noDatabase } from '../testing.ts'
import { social } from './app.ts'
import type { SocialPorts } from './ports.ts'
import { kindOf } from './testing-matrix.ts'

const [profile_id, account_id] = ['01JD0Z3V9Q4T6M2X8B7C5N1K0A', '01JD0Z3V9Q4T6M2X8B7C5N1K0B']
const scopes = ['social:read', 'social:write']

/** MySQL that has one card, and is away as soon as it is asked for more: whoever is let through meets 503. */
const sql: Partial<Sql> = {
  rows: async <T>(text: string, [id]: readonly unknown[] = []) =>
    (text === 'SELECT account_id FROM social_profiles WHERE profile_id = ?' ? (id === profile_id ? [{ account_id }] : []) : await away()) as unknown as readonly T[],
}
const read: Database['read'] = async (work) => work(sql as Sql)
const absent: unknown = new Proxy({}, { get: () => away })
const ports = {
  database: { ...noDatabase, read }, clock: { micros: () => 1, saw: () => undefined }, titles: away, findProfile: away,
  activity: { prepare: away, write: away }, notifications: { prepare: away, write: away }, vault: absent, keys: away,
  views: { members: absent, lists: absent, reviews: absent, discovery: absent },
} as unknown as SocialPorts
const app = createService({
  name: 'social', description: '', checks: {}, routes: social(ports),
  verifier: verifierOf({
    program, owner: person(account_id, { scopes }), stranger: person('somebody else', { scopes }), moderator: person('an editor', { scopes, roles: ['viewer', 'editor'] }),
    unscoped: person(account_id, { scopes: [] }),
  }),
})
const routes = await routesOf(app)
afterAll(() => app.close())

type Who = 'owner' | 'stranger' | 'moderator' | 'program' | 'unscoped'
const ask = async (who: Who | undefined, route: Route, given: Readonly<Record<string, string>> = {}) => {
  const answer = await app.inject({ ...requestTo(route, given), headers: who === undefined ? {} : { authorization: `Bearer ${who}` } })
  return { status: answer.statusCode, code: answer.json<{ readonly code?: string }>().code }
}
console.log(routes.map((r) => [r.name, r.isPublic, r.scope, JSON.stringify(requestTo(r))].join(' ')).join('\n'))
test('x', async () => {
  for (const r of routes) for (const w of ['owner', 'stranger', 'moderator', 'program', 'unscoped', undefined] as const) console.log(r.name, w, JSON.stringify(await ask(w, r, { profile_id })))
})
