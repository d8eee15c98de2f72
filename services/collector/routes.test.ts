import { afterAll, describe, expect, test } from 'vitest'
import { Unavailable } from '../shared/errors.ts'
import type { Rejection } from './event.ts'
import { collectorOver, dwell, impression, profile_id, search, ulid } from './testing.ts'

const { app, appended } = collectorOver()
afterAll(() => app.close())

async function tell(payload: unknown, headers: Readonly<Record<string, string>> = {}) {
  appended.length = 0
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const answer = await app.inject({ method: 'POST', url: '/v1/telemetry', headers: { 'content-type': 'application/json', ...headers }, payload: text })
  return { status: answer.statusCode, body: answer.json<{ accepted: number; rejected: Rejection[]; code?: string }>() }
}
const agreed = { consent: true, profile_id }
const personal = () => appended.map(({ session, profile_id: profile, query, consent }) => ({ session, profile, query, consent }))
const nobody = { session: null, profile: null, query: null, consent: false }

describe('what was told', () => {
  test('is appended as it was, and said to be', async () => {
    expect(await tell({ ...agreed, events: [impression(1), dwell(2), search(3, 'heat')] })).toEqual({ status: 202, body: { accepted: 3, rejected: [] } })
    expect(appended.map(({ event_id, kind, surface, position, query, dwell_ms }) => ({ event_id, kind, surface, position, query, dwell_ms }))).toEqual([
      { event_id: ulid(1), kind: 'impression', surface: 'home-row', position: 3, query: null, dwell_ms: null },
      { event_id: ulid(2), kind: 'dwell', surface: 'title-page', position: null, query: null, dwell_ms: 30_000 },
      { event_id: ulid(3), kind: 'search', surface: 'search-box', position: null, query: 'heat', dwell_ms: null },
    ])
  })

  test('may come as navigator.sendBeacon sends text', async () => {
    for (const type of ['text/plain', 'text/plain;charset=UTF-8', 'application/json; charset=utf-8']) {
      expect(await tell({ events: [impression(1)] }, { 'content-type': type })).toEqual({ status: 202, body: { accepted: 1, rejected: [] } })
    }
    expect(await tell('{', { 'content-type': 'text/plain' })).toMatchObject({ status: 400, body: { code: 'malformed_json' } })
    expect(await tell('{"__proto__":{"consent":true},"events":[1]}', { 'content-type': 'text/plain' })).toMatchObject({ status: 400, body: { code: 'malformed_json' } })
  })

  test('comes in no other form', async () => {
    for (const type of ['application/xml', 'text/html', 'application/x-www-form-urlencoded']) {
      expect(await tell({ events: [impression(1)] }, { 'content-type': type })).toMatchObject({ status: 415 })
    }
  })

  test('is one batch: an object with 1 to 200 events, and nothing that is not known', async () => {
    const events = [impression(1)]
    const tooMany = Array.from({ length: 201 }, (_, n) => impression(n))
    for (const payload of ['[]', 'null', {}, { events: [] }, { events: {} }, { events: tooMany }, { events, account_id: ulid(1) }, { events, consent: 'true' }]) {
      expect(await tell(payload)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
      expect(appended).toEqual([])
    }
  })

  test('is no larger than 256 KiB, in either form', async () => {
    const large = JSON.stringify({ events: [impression(1, { session: 'x'.repeat(262_144) })] })
    for (const type of ['application/json', 'text/plain']) expect(await tell(large, { 'content-type': type })).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
  })

  test('is refused under a token that is none', async () => {
    expect(await tell({ events: [impression(1)] }, { authorization: 'Bearer eve' })).toMatchObject({ status: 401 })
  })
})

describe('consent', () => {
  const events = [impression(1), search(2, '  Stanley   KUBRICK ')]

  test('keeps session, profile and the words of a search, in one form', async () => {
    await tell({ ...agreed, events })
    expect(personal()).toEqual([{ session: 's-1', profile: profile_id, query: null, consent: true }, { session: 's-1', profile: profile_id, query: 'stanley kubrick', consent: true }])
  })

  test.each([
    ['is not given', {}, {}], ['is refused', { consent: false }, {}],
    ['is given, but the browser says Sec-GPC', { consent: true }, { 'sec-gpc': '1' }], ['is given, but the browser says DNT', { consent: true }, { dnt: '1' }],
  ] as const)('where it %s, nothing is kept of whose it is', async (_case, said, headers) => {
    expect(await tell({ profile_id, ...said, events }, headers)).toMatchObject({ status: 202, body: { accepted: 2 } })
    expect(personal()).toEqual([nobody, nobody])
    expect(JSON.stringify(appended)).not.toMatch(/kubrick|s-1/i)
  })

  test('a browser that does not object says 0', async () => {
    await tell({ ...agreed, events: [impression(1)] }, { dnt: '0', 'sec-gpc': '0' })
    expect(personal()).toMatchObject([{ session: 's-1', consent: true }])
  })

  test('a token adds nothing: neither account nor session of who has signed in is kept', async () => {
    await tell({ consent: true, events: [impression(1)] }, { authorization: 'Bearer ada' })
    expect(personal()).toEqual([{ session: 's-1', profile: null, query: null, consent: true }])
    expect(JSON.stringify(appended)).not.toContain('account-1')
  })
})

test('while Kafka is away nothing is said to be accepted, and when to come again is', async () => {
  const { app: away } = collectorOver({ append: async () => { throw new Unavailable('appending') } })
  const answer = await away.inject({ method: 'POST', url: '/v1/telemetry', payload: { events: [impression(1), { kind: 'sneeze' }] } })
  expect([answer.statusCode, answer.headers['retry-after'], answer.json<{ code: string }>().code]).toEqual([503, '1', 'store_unavailable'])
  await away.close()
})

test('a batch of nothing that counts needs no Kafka', async () => {
  const { app: away } = collectorOver({ append: async () => { throw new Unavailable('appending') } })
  const answer = await away.inject({ method: 'POST', url: '/v1/telemetry', payload: { events: [{ kind: 'sneeze' }] } })
  expect([answer.statusCode, answer.json<{ accepted: number }>().accepted]).toEqual([202, 0])
  await away.close()
})
