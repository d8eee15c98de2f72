/** What a newcomer, an analyst and an operator do first, over the platform's own doors. */
import { randomUUID } from 'node:crypto'
import { storeName } from '@cdlc/streams/runtime/view.ts'
import titles from '@cdlc/streams/views/content/titles.ts'
import { afterAll, expect, test } from 'vitest'
import { type Answer, createClient, HttpError } from '../bench/http.ts'
import { stackFrom } from '../local/stack.ts'
import { toolToken } from '../local/token.ts'

const { endpoints } = stackFrom(process.env)
const client = createClient(64, toolToken(endpoints))
afterAll(() => client.close())

type Service = 'inventory' | 'actor' | 'customer_services'
const call = (service: Service, method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  client.send(method, `http://127.0.0.1:${endpoints.port(service)}${path}`, body, headers)
const created = async <T>(service: Service, path: string, body: unknown): Promise<T> => (await call(service, 'POST', path, body)).body as T
const etagOf = (answer: Answer): string => String(answer.headers['etag'])

/** Asks until the answer is as wanted: views follow MySQL within a moment, and a store that is busy says 503, to be asked again. */
async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const answer = await ask().catch((error: unknown) => {
      if (error instanceof HttpError && error.status === 503 && Date.now() < deadline) return undefined
      throw error
    })
    if (answer !== undefined && (wanted(answer) || Date.now() > deadline)) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const word = `zyx${randomUUID().replaceAll('-', '').replaceAll(/[0-9]/g, 'q').slice(0, 12)}`
interface Page { readonly items: readonly { readonly title_id: string; readonly name: string; readonly stars: number; readonly role: string }[] }

test('a film is added, cast, found through a typing error, rated, changed and removed, and every view follows', async () => {
  const { title_id } = await created<{ title_id: string }>('inventory', '/v1/titles', { kind: 'movie', name: `The ${word} Affair`, release_year: 1999, genres: ['crime', 'drama'] })
  const { person_id } = await created<{ person_id: string }>('actor', '/v1/people', { name: `Ada ${word}` })
  await created('actor', `/v1/people/${person_id}/credits`, { title_id, role: 'cast', character_name: 'Mara', billing: 1 })
  const { account_id } = await created<{ account_id: string }>('customer_services', '/v1/accounts', { email: `${word}@example.invalid` })
  const { profile_id } = await created<{ profile_id: string }>('customer_services', '/v1/profiles', { account_id, name: 'Ada' })

  const misspelt = `${word.slice(0, 5)}${word.slice(6)}`
  const found = await eventually(async () => (await call('inventory', 'GET', `/v1/titles?q=${misspelt}`)).body as Page, (page) => page.items.length > 0)
  expect(found.items.map((item) => item.title_id)).toContain(title_id)
  // a title and its genres reach the view by topics of their own
  const filtered = await eventually(async () => (await call('inventory', 'GET', '/v1/titles?genre=crime&year=1999&kind=movie&sort=title&limit=100')).body as Page, (page) => page.items.some((item) => item.title_id === title_id))
  expect(filtered.items.map((item) => item.title_id)).toContain(title_id)

  const rated = await call('customer_services', 'PUT', `/v1/profiles/${profile_id}/ratings/${title_id}`, { stars: 4.5 })
  const stats = await call('inventory', 'GET', `/v1/titles/${title_id}/stats`, undefined, { 'read-after': etagOf(rated) })
  expect(stats.body).toMatchObject({ count: 1, mean_stars: 4.5, histogram: [0, 0, 0, 0, 0, 0, 0, 0, 1, 0] })
  const diary = await call('customer_services', 'GET', `/v1/profiles/${profile_id}/ratings`, undefined, { 'read-after': etagOf(rated) })
  expect((diary.body as Page).items).toMatchObject([{ title_id, stars: 4.5 }])
  const credits = await eventually(async () => (await call('actor', 'GET', `/v1/people/${person_id}/credits`)).body as Page, (page) => page.items.length > 0)
  expect(credits.items).toMatchObject([{ title_id, role: 'cast' }])

  const changed = await call('customer_services', 'PUT', `/v1/profiles/${profile_id}/ratings/${title_id}`, { stars: 2 })
  const again = await call('inventory', 'GET', `/v1/titles/${title_id}/stats`, undefined, { 'read-after': etagOf(changed) })
  expect(again.body).toMatchObject({ count: 1, mean_stars: 2 })
  const removed = await call('customer_services', 'DELETE', `/v1/profiles/${profile_id}/ratings/${title_id}`)
  const none = await call('customer_services', 'GET', `/v1/profiles/${profile_id}/ratings`, undefined, { 'read-after': etagOf(removed) })
  expect((none.body as Page).items).toEqual([])
})

test('an analyst counts titles by kind in ClickHouse', async () => {
  const url = new URL(endpoints.clickhouse.url)
  const ask = (sql: string) => fetch(url, {
    method: 'POST', body: sql, signal: AbortSignal.timeout(10_000), headers: { 'x-clickhouse-user': endpoints.clickhouse.user, 'x-clickhouse-key': endpoints.clickhouse.password },
  }).then((response) => response.text())
  const counted = await eventually(() => ask(`SELECT count() FROM ${endpoints.clickhouse.database}.${storeName(titles)}_titles FINAL WHERE kind = 'movie'`), (text) => Number(text) > 0)
  expect(Number(counted)).toBeGreaterThan(0)
})

test('an operator sees both connectors run through Connect\'s own API', async () => {
  for (const name of ['content', 'user']) {
    const { body } = await client.send('GET', `${endpoints.connect.url}/connectors/${name}/status`)
    expect(body).toMatchObject({ connector: { state: 'RUNNING' }, tasks: [{ state: 'RUNNING' }] })
  }
})

test.each(['inventory', 'actor', 'customer_services'] as const)('%s tells its API in OpenAPI 3.1 and in a page', async (service) => {
  const { body } = await call(service, 'GET', '/openapi.json')
  expect((body as { openapi: string }).openapi).toMatch(/^3\.1\./)
  const page = await fetch(`http://127.0.0.1:${endpoints.port(service)}/docs`, { signal: AbortSignal.timeout(10_000) })
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
})
