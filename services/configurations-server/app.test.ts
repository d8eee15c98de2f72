/** The routes, over the topic in memory. */
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { anyRequest, type OpenApi } from '../fuzz.ts'
import { person, serviceFor } from '../shared/testing.ts'
import { configurationsServer } from './app.ts'
import type { ConfigurationLog } from './log.ts'
import { logOver, memoryTopic, type MemoryTopic } from './testing.ts'

let scene: MemoryTopic
let log: ConfigurationLog
let app: FastifyInstance
beforeEach(async () => {
  scene = memoryTopic()
  log = logOver(scene)
  const operator = person('operator', { roles: ['operator'], scopes: ['configuration:read'] })
  app = serviceFor({ name: 'configurations-server', description: '', checks: {}, routes: configurationsServer({ log }) }, { operator })
  if (!log.isRead()) await new Promise<void>((resolve) => { log.onChange(() => { resolve() }) })
})
afterEach(async () => {
  await app.close()
  await log.close()
})

const put = (url: string, payload: object, headers: Readonly<Record<string, string>> = {}) => app.inject({ method: 'PUT', url: `/v1/configuration/${url}`, payload, headers })
const flag = { enabled: true, variants: { on: true, off: false }, default: 'on', off: 'off' }

describe('a flag', () => {
  test('is held to the schema that all flags share, which cannot be given', async () => {
    expect((await put('flags/trending', { value: flag, reason: 'a test' })).statusCode).toBe(201)
    expect((await put('flags/other', { value: flag, schema: {}, reason: 'a test' })).json()).toMatchObject({ code: 'invalid_request', errors: [{ field: 'schema' }] })
    for (const [value, field] of [
      [{ ...flag, enabled: 'yes' }, 'value.enabled'],
      [{ ...flag, surprise: 1 }, 'value.surprise'],
      [{ ...flag, default: 'maybe' }, 'value.default'],
      [{ ...flag, rollout: { salt: 'a', shares: [{ variant: 'on', buckets: 100_001 }] } }, 'value.rollout.shares.0.buckets'],
    ] as const) {
      const answer = await put('flags/other', { value, reason: 'a test' })
      expect([answer.statusCode, answer.json()]).toMatchObject([422, { code: 'configuration_invalid', errors: [{ field }] }])
    }
  })
})

describe('a write', () => {
  const first = { value: 1, schema: { type: 'integer' }, reason: 'a test' }
  test.each([
    ['without a reason', { value: 1, schema: {} }, {}, 400, 'invalid_request'],
    ['without a value', { schema: {}, reason: 'a test' }, {}, 400, 'invalid_request'],
    ['of something new without a schema', { value: 1, reason: 'a test' }, {}, 400, 'invalid_request'],
    ['of something new as if it were there', first, { 'if-match': '"1"' }, 412, 'version_mismatch'],
    ['of a value that is too long', { ...first, value: 'x'.repeat(40_000), schema: {} }, {}, 422, 'configuration_invalid'],
    ['of a value that is too deep', { ...first, value: JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) as unknown, schema: {} }, {}, 422, 'configuration_invalid'],
    ['under a schema with a keyword that nobody knows', { ...first, schema: { type: 'integer', maximun: 3 } }, {}, 422, 'configuration_invalid'],
    ['under a schema that points elsewhere', { ...first, schema: { $ref: 'http://elsewhere.invalid/schema.json' } }, {}, 422, 'configuration_invalid'],
  ])('%s is refused', async (_name, payload, headers, status, code) => {
    const answer = await put('services/limit', payload, headers)
    expect([answer.statusCode, answer.json()]).toMatchObject([status, { code }])
    expect(scene.records).toHaveLength(0)
  })

  test('of what is there says which version it changes', async () => {
    await put('services/limit', first)
    expect((await put('services/limit', { ...first, value: 2 })).statusCode).toBe(428)
    for (const stale of ['"7"', 'W/"1"', '"1.1"']) expect((await put('services/limit', { ...first, value: 2 }, { 'if-match': stale })).statusCode).toBe(412)
    expect((await put('services/limit', { ...first, value: 2 }, { 'if-none-match': '*' })).statusCode).toBe(412)
    expect((await put('services/limit', { ...first, value: 2 }, { 'if-match': '"7", "1"' })).headers['etag']).toBe('"2"')
  })

  test('of the same again makes no version', async () => {
    await put('services/limit', first)
    expect((await put('services/limit', first, { 'if-match': '*' })).headers['etag']).toBe('"1"')
    expect(scene.records).toHaveLength(1)
  })

  test('needs a scope that reading does not', async () => {
    await put('services/limit', first)
    const headers = { authorization: 'Bearer operator' }
    expect((await app.inject({ url: '/v1/configuration/services/limit', headers })).statusCode).toBe(200)
    expect((await put('services/limit', { ...first, value: 2 }, { ...headers, 'if-match': '*' })).json()).toMatchObject({ code: 'forbidden' })
  })

  test('while the topic cannot be written is a 503, and reads go on', async () => {
    await put('services/limit', first)
    scene.state.away = true
    expect((await put('services/limit', { ...first, value: 2 }, { 'if-match': '*' })).statusCode).toBe(503)
    expect((await app.inject('/v1/configuration/services/limit')).json()).toMatchObject({ value: 1 })
    scene.state.away = false
  })
})

test('pages of entries are bounded, and follow one another', async () => {
  for (let index = 0; index < 5; index++) await put(`services/limit-${index}`, { value: index, schema: {}, reason: 'a test' })
  const names: string[] = []
  for (let cursor = ''; ;) {
    const page: { items: { name: string }[]; next_cursor: string | null } = (await app.inject(`/v1/configuration/services?limit=2${cursor}`)).json()
    expect(page.items.length).toBeLessThanOrEqual(2)
    names.push(...page.items.map(({ name }) => name))
    if (page.next_cursor === null) break
    cursor = `&cursor=${page.next_cursor}`
  }
  expect(names).toEqual([0, 1, 2, 3, 4].map((index) => `limit-${index}`))
})

test('whatever it is sent, it answers with less than 500, and all it describes is described', async () => {
  const description = (await app.inject('/openapi.json')).json<OpenApi & { readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly summary?: string; readonly security?: unknown }>>>> }>()
  for (const [path, methods] of Object.entries(description.paths)) if (path.startsWith('/v1/')) for (const operation of Object.values(methods)) expect(operation).toMatchObject({ summary: expect.any(String) as string, security: [{ oauth: [expect.stringMatching(/^configuration:/) as string] }] })
  await put('drama/war', { value: 1, schema: {}, reason: 'so that something is there' })
  const seen = new Set<number>()
  await fc.assert(fc.asyncProperty(anyRequest(description, { any: 'x' }), async (request) => {
    const answer = await app.inject(request)
    seen.add(answer.statusCode)
    if (answer.statusCode >= 400) expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.statusCode, answer.body).toBeLessThan(500)
  }), { numRuns: 1_000 })
  expect([...seen]).toEqual(expect.arrayContaining([200, 400, 404]))
})
