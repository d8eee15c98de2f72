/** Who gets how far at each route, against doubles: whoever is let in finds every store away, which is a 503. */
import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { id } from '../testing.ts'
import type { Sql } from '../shared/mysql.ts'
import { openAccountOf } from './ownership.ts'
import { usualPreferences } from './preferences.ts'
import { everyRoute, owned } from './testing-routes.ts'

const { app, routes } = everyRoute()
beforeAll(async () => {
  await app.ready()
})
afterAll(() => app.close())

type Rule = 'public' | 'owner' | 'person' | 'oneself' | 'program'
/** Every route of the component, for whom it is, and a body that it takes. */
const rules: Readonly<Record<string, { readonly rule: Rule; readonly payload?: object; readonly headers?: Readonly<Record<string, string>> }>> = {
  'POST /v1/accounts': { rule: 'program', payload: { email: 'ada@example.org' } },
  'GET /v1/me': { rule: 'oneself' },
  'GET /v1/accounts/:account_id': { rule: 'owner' },
  'PATCH /v1/accounts/:account_id': { rule: 'owner', payload: { country: null } },
  'GET /v1/accounts/:account_id/profiles': { rule: 'owner' },
  'DELETE /v1/accounts/:account_id': { rule: 'owner', headers: { 'confirm-erasure': owned.account_id } },
  'GET /v1/erasures/:erasure_id': { rule: 'public' },
  'POST /v1/accounts/:account_id/exports': { rule: 'owner' },
  'GET /v1/accounts/:account_id/exports': { rule: 'owner' },
  'GET /v1/accounts/:account_id/exports/:export_id': { rule: 'owner' },
  'GET /v1/accounts/:account_id/exports/:export_id/file': { rule: 'person' },
  'GET /v1/accounts/:account_id/sessions': { rule: 'owner' },
  'DELETE /v1/accounts/:account_id/sessions': { rule: 'owner' },
  'DELETE /v1/accounts/:account_id/sessions/:session_id': { rule: 'owner' },
  'POST /v1/profiles': { rule: 'owner', payload: { account_id: owned.account_id, name: 'Ada' } },
  'GET /v1/profiles/:profile_id': { rule: 'owner' },
  'PATCH /v1/profiles/:profile_id': { rule: 'owner', payload: { kids: true } },
  'DELETE /v1/profiles/:profile_id': { rule: 'owner' },
  'GET /v1/profiles/:profile_id/preferences': { rule: 'owner' },
  'PUT /v1/profiles/:profile_id/preferences': { rule: 'owner', payload: usualPreferences.document },
  'PUT /v1/profiles/:profile_id/pin': { rule: 'owner', payload: { pin: '1234' } },
  'GET /v1/profiles/:profile_id/ratings': { rule: 'owner' },
  'PUT /v1/profiles/:profile_id/ratings/:title_id': { rule: 'owner', payload: { stars: 4 } },
  'DELETE /v1/profiles/:profile_id/ratings/:title_id': { rule: 'owner' },
  'GET /v1/profiles/:profile_id/ratings/:title_id': { rule: 'owner' },
  'POST /v1/profiles/:profile_id/viewings': { rule: 'owner', payload: { title_id: id.title, liked: true } },
  'GET /v1/profiles/:profile_id/viewings': { rule: 'owner' },
  'GET /v1/profiles/:profile_id/viewings/:viewing_id': { rule: 'owner' },
  'PATCH /v1/profiles/:profile_id/viewings/:viewing_id': { rule: 'owner', payload: { liked: false } },
  'DELETE /v1/profiles/:profile_id/viewings/:viewing_id': { rule: 'owner' },
  'POST /v1/profiles/:profile_id/imports': { rule: 'owner', payload: Buffer.from('Date,Name,Year,Letterboxd URI,Rating\n'), headers: { 'content-type': 'text/csv' } },
  'GET /v1/profiles/:profile_id/imports': { rule: 'owner' },
  'GET /v1/profiles/:profile_id/imports/:import_id': { rule: 'owner' },
  'DELETE /v1/profiles/:profile_id/imports/:import_id': { rule: 'owner' },
  'POST /v1/profiles/:profile_id/imports/:import_id/application': { rule: 'owner' },
  'POST /v1/profiles/:profile_id/imports/:import_id/matching': { rule: 'owner' },
  'GET /v1/profiles/:profile_id/imports/:import_id/rows': { rule: 'owner' },
  'PATCH /v1/profiles/:profile_id/imports/:import_id/rows/:row_number': { rule: 'owner', payload: { resolution: 'skip' } },
  'GET /v1/profiles/:profile_id/exports/letterboxd': { rule: 'owner' },
  'GET /v1/profiles/:profile_id/exports/imdb-ratings': { rule: 'owner' },
  'GET /v1/profiles/:profile_id/exports/imdb-watchlist': { rule: 'owner' },
  'POST /v1/ratings::import': {
    rule: 'program',
    payload: { ratings: [{ profile_id: owned.profile_id, title_id: id.title, stars: 4, rated_at: '2000-01-01T00:00:00Z' }] },
  },
  'GET /v1/titles/:title_id/rating-histogram': { rule: 'public' },
}

const callers = ['anonymous', 'owner', 'stranger', 'program', 'unscoped'] as const
type Caller = (typeof callers)[number]
const letIn = 503
const expected: Readonly<Record<Rule, Readonly<Record<Caller, number>>>> = {
  public: { anonymous: letIn, owner: letIn, stranger: letIn, program: letIn, unscoped: letIn },
  owner: { anonymous: 401, owner: letIn, stranger: 404, program: letIn, unscoped: 403 },
  person: { anonymous: 401, owner: letIn, stranger: 404, program: 403, unscoped: 403 },
  // whoever it is finds themselves
  oneself: { anonymous: 401, owner: letIn, stranger: letIn, program: 403, unscoped: 403 },
  program: { anonymous: 401, owner: 403, stranger: 403, program: letIn, unscoped: 403 },
}

async function ask(service: FastifyInstance, route: string, caller: Caller, ids: Readonly<Record<string, string>> = owned) {
  const [method = '', url = ''] = route.split(' ')
  const { payload, headers = {} } = rules[route] ?? {}
  return service.inject({
    method: method as NonNullable<InjectOptions['method']>,
    url: url.replaceAll('::', '\0').replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? '').replaceAll('\0', ':'),
    ...(payload === undefined ? {} : { payload }),
    headers: { ...headers, ...(caller === 'anonymous' ? {} : { authorization: `Bearer ${caller}` }) },
  })
}

test('there is a rule for every route, and no rule for another', () => {
  expect(Object.keys(rules).sort()).toEqual([...routes].sort())
})

describe.each(Object.entries(rules))('%s', (route, { rule }) => {
  test.each(callers)(`to %s answers as one of ${rule}s should`, async (caller) => {
    const answer = await ask(app, route, caller)
    // an account named in a body is a field that is wrong, not a path that is not there
    const elsewhere = route === 'POST /v1/profiles' && caller === 'stranger'
    expect([answer.statusCode, answer.body]).toEqual([elsewhere ? 422 : expected[rule][caller], expect.any(String)])
  })
})

test.each(Object.keys(rules).filter((route) => /^(owner|person)$/.test(rules[route]?.rule ?? '') && /:(account|profile)_id/.test(route)))(
  "%s answers a stranger as if it were not there, to the byte",
  async (route) => {
    const [theirs, missing] = [await ask(app, route, 'stranger'), await ask(app, route, 'stranger', { ...owned, account_id: id.credit, profile_id: id.credit })]
    expect([theirs.statusCode, theirs.body]).toEqual([404, missing.body])
    expect(theirs.json()).toMatchObject({ code: route.includes(':account_id') ? 'account_not_found' : 'profile_not_found' })
  },
)

describe('whose a profile is', () => {
  /** MySQL with these profiles; counts what it is asked. */
  function mysqlOf(profiles: Readonly<Record<string, string>>) {
    const asked: string[] = []
    const sql = {
      rows: async (_text: string, [profile_id]: readonly string[]) => {
        asked.push(profile_id ?? '')
        const account_id = profiles[profile_id ?? '']
        return account_id === undefined ? [] : [{ account_id }]
      },
    } as unknown as Sql
    return { asked, database: { read: <T>(work: (on: Sql) => Promise<T>) => work(sql) } }
  }
  test('is asked of MySQL once, as long as it is asked often enough', async () => {
    const { asked, database } = mysqlOf({ P: 'A', Q: 'B', R: 'C' })
    const accountOf = openAccountOf(database, 2)
    expect([await accountOf('P'), await accountOf('Q'), await accountOf('P'), await accountOf('R'), await accountOf('P')]).toEqual(['A', 'B', 'A', 'C', 'A'])
    expect(asked).toEqual(['P', 'Q', 'R'])
    await accountOf('Q')
    expect(asked).toEqual(['P', 'Q', 'R', 'Q'])
  })
  test('is asked again where there was none', async () => {
    const { asked, database } = mysqlOf({})
    const accountOf = openAccountOf(database)
    expect([await accountOf('X'), await accountOf('X')]).toEqual([undefined, undefined])
    expect(asked).toEqual(['X', 'X'])
  })
})
