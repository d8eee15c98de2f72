import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterAll, describe, expect, test } from 'vitest'
import { usualPreferences } from './customer-services/preferences.ts'
import { actorOver, customerOver, id, inventoryOver } from './testing.ts'

const apps: Readonly<Record<string, FastifyInstance>> = { inventory: inventoryOver(), actor: actorOver(), customers: customerOver() }
afterAll(async () => {
  await Promise.all(Object.values(apps).map((app) => app.close()))
})

const title = `/v1/titles/${id.title}`
const person = `/v1/people/${id.person}`
const profile = `/v1/profiles/${id.profile}`
const account = `/v1/accounts/${id.account}`
const rating = `${profile}/ratings/${id.title}`
const [viewings, viewing] = [`${profile}/viewings`, `${profile}/viewings/${id.credit}`]
const movie = { kind: 'movie', name: 'Heat' }
const credit = { title_id: id.title, role: 'cast', billing: 1 }
const imported = { profile_id: id.profile, title_id: id.title, stars: 4, rated_at: '2000-01-01T00:00:00Z' }

/** Every route that takes a body, with one that is fine. */
const writes: readonly (readonly [app: string, method: 'POST' | 'PUT' | 'PATCH', url: string, body: Readonly<Record<string, unknown>>])[] =
  [
    ['inventory', 'POST', '/v1/titles', movie],
    ['inventory', 'PATCH', title, { name: 'Heat' }],
    ['inventory', 'PUT', `${title}/seasons/1`, {}],
    ['inventory', 'PUT', `${title}/seasons/1/episodes/1`, { name: 'Pilot' }],
    ['actor', 'POST', '/v1/people', { name: 'Al Pacino' }],
    ['actor', 'PATCH', person, { name: 'Al Pacino' }],
    ['actor', 'POST', `${person}/credits`, credit],
    ['customers', 'POST', '/v1/accounts', { email: 'ada@example.org' }],
    ['customers', 'PATCH', account, { country: null }],
    ['customers', 'POST', '/v1/profiles', { account_id: id.account, name: 'Ada' }],
    ['customers', 'PATCH', profile, { kids: true }],
    ['customers', 'PUT', `${profile}/preferences`, { ...usualPreferences.document }],
    ['customers', 'PUT', `${profile}/pin`, { pin: '4711' }],
    ['customers', 'PUT', rating, { stars: 4.5 }],
    ['customers', 'POST', '/v1/ratings:import', { ratings: [imported] }], ['customers', 'POST', viewings, { title_id: id.title, liked: true }], ['customers', 'PATCH', viewing, { liked: false }],
  ]
/** Every route that takes none. */
const others: readonly (readonly [app: string, method: 'GET' | 'DELETE', url: string])[] = [
  ['inventory', 'GET', '/v1/titles'],
  ['inventory', 'GET', title],
  ['inventory', 'GET', `${title}/stats`],
  ['inventory', 'GET', `${title}/related`],
  ['inventory', 'GET', '/v1/trending'],
  ['inventory', 'GET', '/v1/genres'],
  ['inventory', 'DELETE', title],
  ['inventory', 'DELETE', `${title}/seasons/1`],
  ['inventory', 'DELETE', `${title}/seasons/1/episodes/1`],
  ['actor', 'GET', '/v1/people?q=al'],
  ['actor', 'GET', person],
  ['actor', 'GET', `${person}/credits`],
  ['actor', 'DELETE', person],
  ['actor', 'DELETE', `/v1/credits/${id.credit}`],
  ['customers', 'GET', account],
  ['customers', 'GET', `${account}/profiles`],
  ['customers', 'GET', profile],
  ['customers', 'DELETE', profile],
  ['customers', 'DELETE', account], ['customers', 'GET', viewings], ['customers', 'GET', viewing], ['customers', 'DELETE', viewing],
  ['customers', 'GET', `${account}/sessions`],
  ['customers', 'GET', `${account}/exports/${id.credit}`],
  ['customers', 'GET', `${account}/exports/${id.credit}/file`],
  ['customers', 'GET', `/v1/erasures/${id.credit}`],
  ['customers', 'GET', `${profile}/preferences`],
  ['customers', 'GET', `${profile}/ratings`],
  ['customers', 'GET', rating], ['customers', 'DELETE', rating],
  ['customers', 'GET', `/v1/titles/${id.title}/rating-histogram`],
]

async function problem(
  app: string,
  request: InjectOptions,
): Promise<{ readonly status: number; readonly code: string; readonly fields: readonly string[] }> {
  const answer = await apps[app]?.inject(request)
  expect(answer?.headers['content-type']).toBe('application/problem+json')
  const {
    status,
    code,
    type,
    detail,
    errors = [],
  } = answer?.json<{ status: number; code: string; type: string; detail: string; errors?: { field: string }[] }>() ?? {
    status: 0,
    code: '',
    type: '',
    detail: '',
  }
  expect(status).toBe(answer?.statusCode)
  expect(type).toBe(`urn:cdlc:problem:${code}`)
  expect(detail).not.toBe('')
  return { status, code, fields: errors.map(({ field }) => field) }
}
const json = (payload: string) => ({ payload, headers: { 'content-type': 'application/json' } })

describe.each(writes)('%s %s %s', (app, method, url, body) => {
  test('is not content with malformed JSON', async () => {
    for (const payload of ['{', '', 'nul', '{"a":1}x', '\0', '{"__proto__":{"a":1}}']) {
      const { status, code, fields } = await problem(app, { method, url, ...json(payload) })
      expect([status, code, fields]).toEqual([400, 'malformed_json', ['body']])
    }
  })
  test('takes an object, and nothing else', async () => {
    for (const payload of ['[]', 'null', '1', '"text"', 'true']) {
      const { status, fields } = await problem(app, { method, url, ...json(payload) })
      expect([status, fields]).toEqual([400, ['body']])
    }
  })
  test('names a field it does not know, and does not drop it', async () => {
    expect(await problem(app, { method, url, payload: { ...body, colour: 'red' } })).toEqual({
      status: 400,
      code: 'invalid_request',
      fields: ['colour'],
    })
  })
  test('takes JSON only', async () => {
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded']) {
      expect(await problem(app, { method, url, payload: JSON.stringify(body), headers: { 'content-type': type } })).toEqual({
        status: 415,
        code: 'unsupported_media_type',
        fields: ['header.content-type'],
      })
    }
  })
  test('takes no body of more than 1 MiB', async () => {
    expect(await problem(app, { method, url, payload: { ...body, x: 'x'.repeat(10 * 2 ** 20) } })).toEqual({
      status: 413,
      code: 'body_too_large',
      fields: ['body'],
    })
  })
  test('takes what is right as far as the database', async () => {
    expect(await problem(app, { method, url, payload: body })).toMatchObject({ status: 503, code: 'store_unavailable' })
  })
})

const routes = [
  ...writes.map(([app, method, url, payload]) => [app, method, url, { payload }] as const),
  ...others.map(([app, method, url]) => [app, method, url, {}] as const),
]

test.each(routes)('%s %s %s names a query it does not know', async (app, method, url, body) => {
  expect(await problem(app, { ...body, method, url: `${url}${url.includes('?') ? '&' : '?'}colour=red` })).toEqual({
    status: 400,
    code: 'invalid_request',
    fields: ['query.colour'],
  })
})

const anyId = /01M[0-9A-Z]{23}/g
const noIds = [
  'x',
  '0',
  '%00',
  '%F0%9F%8E%AC',
  '%ED%A0%80',
  '9'.repeat(26),
  '0'.repeat(190),
  '0'.repeat(400),
  id.title.toLowerCase(),
  `${id.title}%20`,
]
test.each(routes.filter(([, , url]) => url.search(anyId) >= 0))('%s %s %s names an id that is none', async (app, method, url, body) => {
  for (const bad of noIds) {
    const { status, code, fields } = await problem(app, { ...body, method, url: url.replaceAll(anyId, bad) })
    expect([400, 404, 414]).toContain(status)
    if (code === 'invalid_request') expect(fields[0]).toMatch(/^path\.\w+_id$/)
  }
})

const field = (app: string, method: InjectOptions['method'], url: string, payload: object, name: string) =>
  [app, method, url, payload, name] as const
test.each([
  field('customers', 'PUT', rating, { stars: 0 }, 'stars'),
  field('customers', 'PUT', rating, { stars: 5.5 }, 'stars'),
  field('customers', 'PUT', rating, { stars: 4.7 }, 'stars'),
  field('customers', 'PUT', rating, { stars: '4' }, 'stars'),
  field('customers', 'PUT', rating, { stars: null }, 'stars'),
  field('customers', 'PUT', rating, {}, 'stars'),
  field('customers', 'PUT', rating, { stars: 1e308 }, 'stars'),
  field('customers', 'PUT', rating, { stars: 4, rated_at: 'yesterday' }, 'rated_at'),
  field('customers', 'PUT', rating, { stars: 4, rated_at: '0000-01-01T00:00:00Z' }, 'rated_at'),
  field('customers', 'POST', '/v1/ratings:import', { ratings: [] }, 'ratings'),
  field('customers', 'POST', '/v1/ratings:import', { ratings: Array.from({ length: 501 }, () => imported) }, 'ratings'),
  field('customers', 'POST', '/v1/ratings:import', { ratings: [imported, { ...imported, stars: 9 }] }, 'ratings.1.stars'),
  field('customers', 'POST', '/v1/accounts', { email: 'nobody' }, 'email'),
  field('customers', 'POST', '/v1/accounts', { email: 'a\0@b' }, 'email'),
  field('customers', 'POST', '/v1/accounts', { email: 'a@b', country: 'gb' }, 'country'),
  field('customers', 'PATCH', account, {}, 'body'),
  field('customers', 'POST', '/v1/profiles', { account_id: 'x', name: 'Ada' }, 'account_id'),
  field('customers', 'PATCH', profile, { name: '   ' }, 'name'),
  field('customers', 'PATCH', profile, { avatar: 'nobody' }, 'avatar'),
  field('customers', 'PATCH', profile, { maturity_limit: 17 }, 'maturity_limit'),
  field('customers', 'PUT', `${profile}/pin`, { pin: '123' }, 'pin'),
  field('customers', 'PUT', `${profile}/preferences`, {}, 'genres'),
  field('inventory', 'POST', '/v1/titles', { ...movie, kind: 'play' }, 'kind'),
  field('inventory', 'POST', '/v1/titles', { ...movie, name: 'a\0b' }, 'name'),
  field('inventory', 'POST', '/v1/titles', { ...movie, name: '\ud800' }, 'name'),
  field('inventory', 'POST', '/v1/titles', { ...movie, name: 'x'.repeat(301) }, 'name'),
  field('inventory', 'POST', '/v1/titles', { ...movie, release_year: 1e21 }, 'release_year'),
  field('inventory', 'POST', '/v1/titles', { ...movie, release_year: 1994.5 }, 'release_year'),
  field('inventory', 'POST', '/v1/titles', { ...movie, genres: ['Drama'] }, 'genres.0'),
  field('inventory', 'POST', '/v1/titles', { ...movie, released_on: '1994-02-30' }, 'released_on'),
  field('inventory', 'PUT', `${title}/seasons/70000`, {}, 'path.season_number'),
  field('inventory', 'PUT', `${title}/seasons/-1`, {}, 'path.season_number'),
  field('inventory', 'PUT', `${title}/seasons/99999999999999999999`, {}, 'path.season_number'),
  field('inventory', 'GET', '/v1/titles?limit=101', {}, 'query.limit'),
  field('inventory', 'GET', '/v1/titles?limit=1e99', {}, 'query.limit'),
  field('inventory', 'GET', '/v1/titles?limit=0', {}, 'query.limit'),
  field('inventory', 'GET', '/v1/titles?limit=1&limit=2', {}, 'query.limit'),
  field('inventory', 'GET', '/v1/titles?q=', {}, 'query.q'),
  field('inventory', 'GET', '/v1/titles?q=%00', {}, 'query.q'),
  field('inventory', 'GET', '/v1/titles?year=abc', {}, 'query.year'),
  field('inventory', 'GET', '/v1/titles?sort=random', {}, 'query.sort'),
  field('inventory', 'GET', '/v1/titles?cursor=abc', {}, 'query.cursor'),
  field('inventory', 'GET', '/v1/titles?cursor=%E2%98%83', {}, 'query.cursor'),
  field('inventory', 'GET', '/v1/trending?limit=9999999999', {}, 'query.limit'),
  field('inventory', 'GET', `/v1/trending?limit=${'9'.repeat(400)}`, {}, 'query.limit'),
  field('actor', 'GET', '/v1/people', {}, 'query.q'),
  field('actor', 'POST', `${person}/credits`, { ...credit, role: 'star' }, 'role'),
  field('actor', 'POST', `${person}/credits`, { ...credit, billing: 0 }, 'billing'),
  field('actor', 'POST', '/v1/people', { name: 'x', born_on: '0001-01-01' }, 'born_on'),
  field('customers', 'GET', `${profile}/ratings?cursor=abc`, {}, 'query.cursor'),
])('%s %s %s %o: the fault is %s', async (app, method, url, payload, name) => {
  const { status, fields } = await problem(app, { method: method ?? 'GET', url, ...(method === 'GET' ? {} : { payload }) })
  expect([status, fields]).toEqual([400, [name]])
})

test('headers are held to their form too', async () => {
  expect(await problem('inventory', { method: 'GET', url: title, headers: { 'read-after': 'lately' } })).toEqual({
    status: 400,
    code: 'invalid_request',
    fields: ['header.read-after'],
  })
  expect(
    await problem('inventory', { method: 'POST', url: '/v1/titles', payload: movie, headers: { 'idempotency-key': 'x'.repeat(129) } }),
  ).toEqual({ status: 400, code: 'invalid_request', fields: ['header.idempotency-key'] })
})

test('an unknown path is 404, a known one under another method 405 with what it answers', async () => {
  expect(await problem('inventory', { method: 'GET', url: '/v2/titles' })).toMatchObject({ status: 404, code: 'route_not_found' })
  for (const [app, url, allow] of [
    ['inventory', title, 'GET, PATCH, DELETE'],
    ['customers', '/v1/ratings:import', 'POST'],
    ['actor', person, 'GET, PATCH, DELETE'],
  ] as const) {
    expect(await problem(app, { method: 'PUT', url, payload: {} })).toMatchObject({ status: 405, code: 'method_not_allowed' })
    expect((await apps[app]?.inject({ method: 'PUT', url, payload: {} }))?.headers.allow).toBe(allow)
  }
})
