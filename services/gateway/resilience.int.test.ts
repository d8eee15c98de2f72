import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { lanes, type Lane, type LaneName } from './routes.ts'
import { ids, openDouble, type Double, type TestOptions } from './testing.ts'
import { card, createStage, drop, fine, json, profile, silent, stats, told, type Behaviour, type Scene } from './testing-scene.ts'

const stage = createStage()
afterEach(() => stage.close())
const busy: Behaviour = (_request, response) => json(response, { code: 'store_unavailable' }, 503, { 'retry-after': '1' })

/** Lanes that lose patience sooner than those of the table, and give fewer calls room. */
const hasty = (some: Partial<Lane> = {}): Readonly<Record<LaneName, Lane>> =>
  Object.fromEntries(Object.entries(lanes).map(([name, lane]) => [name, { ...lane, timeout_ms: 300, breaker: { failures: 5, open_ms: 200 }, ...some }])) as Record<LaneName, Lane>

/** Actor is well, whatever the others do; nobody listens for configuration. */
async function scene(answer: Behaviour, lane: Partial<Lane> = {}, options: Partial<TestOptions> = {}): Promise<Scene & { readonly healthy: Double }> {
  const healthy = await openDouble(fine)
  stage.onClose(healthy.close)
  const made = await stage.scene(answer, { ...options, urls: { 'actor': healthy.url, 'configurations-server': 'http://127.0.0.1:1' }, ports: { lanes: hasty(lane), ...options.ports } })
  return { ...made, healthy }
}

describe('an upstream that fails now and then', () => {
  test.each([['drops the connection', drop], ['says that it cannot', busy]])('%s: a read is tried again until it is answered', async (_name, failing) => {
    const { state, double, ask } = await scene(fine)
    let left = 2
    state.answer = (request, response) => (left-- > 0 ? failing : fine)(request, response)
    expect((await ask(stats)).status).toBe(200)
    expect(double.requests.length).toBe(3)
  })
  test('drops the connection within the answer: a read is tried again', async () => {
    const { state, double, ask } = await scene(fine)
    let first = true
    state.answer = (request, response) => {
      if (!first) return fine(request, response)
      first = false
      response.writeHead(200, { 'content-length': '100' })
      response.write('half of it', () => request.socket.destroy())
    }
    expect(await (await ask(stats)).json()).toEqual({ fine: true })
    expect(double.requests.length).toBe(2)
  })
  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is never tried again: it may have been done', async (method) => {
    const { double, ask } = await scene(drop)
    expect(await told(await ask(profile, { method }))).toEqual([503, 'upstream_unavailable'])
    expect(double.requests.length).toBe(1)
  })
  test('what it says of itself in the end is what the client hears', async () => {
    const { double, ask } = await scene(busy)
    const answer = await ask(stats)
    expect([...await told(answer), answer.headers.get('retry-after')]).toEqual([503, 'store_unavailable', '1'])
    expect(double.requests.length).toBe(3)
  })
  test('a fault of its own is passed on once', async () => {
    const { double, ask } = await scene((_request, response) => json(response, { code: 'internal' }, 500))
    expect(await told(await ask(stats))).toEqual([500, 'internal'])
    expect(double.requests.length).toBe(1)
  })
})

describe('an upstream that is away', () => {
  test('is 504 where it is silent, and 503 where nobody listens', async () => {
    const { ask } = await scene(silent, { retries: 0 })
    expect(await told(await ask(stats))).toEqual([504, 'upstream_timeout'])
    const answer = await ask('/v1/configuration')
    expect([...await told(answer), answer.headers.get('retry-after')]).toEqual([503, 'upstream_unavailable', '1'])
  })
  test('is left alone after five failures, and asked again by one request once a while has passed', async () => {
    const { state, double, ask } = await scene(drop, { retries: 0, breaker: { failures: 5, open_ms: 3_000 } })
    for (let i = 0; i < 5; i++) await ask(stats)
    expect(double.requests.length).toBe(5)
    expect(await told(await ask(stats))).toEqual([503, 'upstream_unavailable'])
    expect(double.requests.length).toBe(5)
    state.answer = fine
    await expect.poll(async () => (await ask(stats)).status, { timeout: 30_000 }).toBe(200)
    expect((await ask(stats)).status).toBe(200)
  })
  test('costs other upstreams nothing, and other lanes of its own nothing', async () => {
    const { state, ask, healthy } = await scene(silent, { bulkhead: { calls: 2, queue: 2 }, retries: 0 })
    state.answer = (request, response) => { if (request.url === card) json(response, { fine: true }) }
    // more than there is room for, on the lane of the catalogue
    const stuck = Array.from({ length: 8 }, () => ask('/v1/titles?q=x'.concat(String(Math.random()))))
    for (let i = 0; i < 20; i++) expect((await ask('/v1/people/x')).status).toBe(200)
    expect((await ask(card)).status).toBe(200)
    expect(healthy.requests.length).toBe(20)
    const statuses = (await Promise.all(stuck)).map(({ status }) => status)
    // those without room hear so at once, the others when their time is up, or the circuit has opened
    expect(statuses.every((status) => status === 503 || status === 504)).toBe(true)
    expect(statuses.filter((status) => status === 504).length).toBeGreaterThanOrEqual(2)
  })
  test.each(['/v1/trending', card])('%s: answers what was good last, and says that it is stale; a list is never empty for it', async (path) => {
    const { state, ask, gateway } = await scene((_request, response) => json(response, { items: [1] }))
    expect((await ask(path)).headers.get('x-fallback')).toBeNull()
    state.answer = drop
    gateway.catalogue.freshness.heard('any', 0, ids.title)
    // a list counts for a moment more
    await expect.poll(async () => (await ask(path)).headers.get('x-fallback'), { timeout: 10_000 }).toBe('stale')
    const answer = await ask(path)
    expect([answer.status, await answer.json(), answer.headers.get('warning')]).toEqual([200, { items: [1] }, '110 - "response is stale"'])
  })
})

describe('the cache, over HTTP', () => {
  const cardOf = (version: number): Behaviour => (_request, response) => json(response, { title_id: ids.title, version, text: 'x'.repeat(2_000) }, 200, { etag: `"${ids.title}.${version}"` })
  test('answers a card without its upstream, with its ETag, and 304 to who has it; a Read-After goes by', async () => {
    const { ask, double } = await scene(cardOf(1))
    expect((await ask(card)).headers.get('x-cache')).toBe('miss')
    const hit = await ask(card)
    const etag = hit.headers.get('etag')?.replace('W/', '') ?? ''
    expect(etag).toMatch(new RegExp(`^"${ids.title}\\.1-[0-9a-f]{12}"$`))
    expect([hit.headers.get('x-cache'), hit.headers.get('cache-control'), hit.headers.get('vary')]).toEqual(['hit', 'public, no-cache', 'Origin, Accept-Encoding'])
    expect((await hit.json() as { version: number }).version).toBe(1)
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const same = await ask(card, { headers: { 'if-none-match': known } })
      expect([same.status, await same.text()]).toEqual([304, ''])
    }
    expect((await ask(card, { headers: { 'if-none-match': `"${ids.title}.1"` } })).status).toBe(200)
    expect(double.requests.length).toBe(1)
    expect((await ask(card, { headers: { 'read-after': etag } })).headers.get('x-cache')).toBe('bypass')
    expect(double.requests[1]?.headers['read-after']).toBe(etag)
  })
  test('answers the same to everybody, and asks for it as nobody', async () => {
    const { ask, double, issuer } = await scene(cardOf(1))
    const token = await issuer.token()
    await ask(card, { headers: { 'authorization': `Bearer ${token}`, 'if-none-match': '"x"', 'x-strange': '1' } })
    expect([double.requests[0]?.headers.authorization, double.requests[0]?.headers['x-strange'], double.requests[0]?.headers['if-none-match']]).toEqual([undefined, undefined, undefined])
  })
  test('answers a change as soon as it is heard of and the view has it', async () => {
    const { ask, state, gateway } = await scene(cardOf(1))
    await ask(card)
    state.answer = cardOf(2)
    expect((await (await ask(card)).json() as { version: number }).version).toBe(1)
    gateway.catalogue.freshness.heard('cdc.content.titles', 0, ids.title)
    expect((await (await ask(card)).json() as { version: number }).version).toBe(2)
  })
})

describe('too many requests', () => {
  test('are 429 with the time to wait, for this account and class alone', async () => {
    const tight = { requests: 5, period_ms: 60_000 }
    const limits = { people: { 'read': tight, 'search': tight, 'write': tight, 'sign-in': tight, 'token': { requests: 100, period_ms: 60_000 } }, programs: tight }
    const { ask, issuer } = await scene(fine, {}, { ports: { limits } })
    const as = async (sub: string) => ({ headers: { authorization: `Bearer ${await issuer.token({ sub })}` } })
    const [one, two] = [await as('A'), await as('B')]
    for (let i = 0; i < 5; i++) {
      const { status, headers } = await ask(stats, one)
      expect([status, headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')]).toEqual([200, '5', String(4 - i)])
    }
    const refused = await ask(stats, one)
    expect([...await told(refused), refused.headers.get('ratelimit-remaining')]).toEqual([429, 'rate_limited', '0'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect([(await ask(stats, two)).status, (await ask(stats)).status, (await ask(profile, { method: 'PUT', ...one })).status]).toEqual([200, 200, 200])
  })
  test('with tokens nobody knows are refused before they are verified', async () => {
    const tight = { requests: 1_000, period_ms: 60_000 }
    const limits = { people: { 'read': tight, 'search': tight, 'write': tight, 'sign-in': tight, 'token': { requests: 3, period_ms: 60_000 } }, programs: tight }
    const { ask } = await scene(fine, {}, { ports: { limits } })
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) statuses.push((await ask(stats, { headers: { authorization: `Bearer a.b${i}.c` } })).status)
    expect(statuses).toEqual([401, 401, 401, 429, 429])
  })
})

test('a token nobody has seen is verified once, however many come with it at once', async () => {
  const tight = { requests: 1_000, period_ms: 60_000 }
  const limits = { people: { 'read': tight, 'search': tight, 'write': tight, 'sign-in': tight, 'token': { requests: 1, period_ms: 60_000 } }, programs: tight }
  const { ask, issuer } = await scene(fine, {}, { ports: { limits } })
  const authorization = `Bearer ${await issuer.token()}`
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(stats, { headers: { authorization } })))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
})

describe('too much at once', () => {
  test('is refused with 503 and Retry-After by how much is under way; health and metrics are answered', async () => {
    const { ask, gateway, double } = await scene(silent, { timeout_ms: 5_000, retries: 0 }, { ports: { shed: { in_flight: 3, late_ms: Infinity } } })
    const holding = Array.from({ length: 3 }, () => httpRequest(`${gateway.url}${stats}`).on('error', () => undefined).end())
    await expect.poll(() => double.requests.length).toBe(3)
    const answer = await ask(stats)
    expect([...await told(answer), answer.headers.get('retry-after')]).toEqual([503, 'overloaded', '1'])
    for (const path of ['/healthz', '/metrics']) expect((await ask(path)).status).toBe(200)
    for (const request of holding) request.destroy()
    await expect.poll(async () => (await ask('/v1/people/x')).status).toBe(200)
  })
  test('is refused while the event loop runs late', async () => {
    let late = 1_000
    const { ask } = await scene(fine, {}, { ports: { shed: { in_flight: 100, late_ms: 400 }, late_ms: () => late } })
    expect(await told(await ask(stats))).toEqual([503, 'overloaded'])
    late = 0
    expect((await ask(stats)).status).toBe(200)
  })
  test('a client who reads slowly keeps nobody else waiting', async () => {
    const large = Buffer.alloc(16 << 20, 'x')
    const { gateway, ask } = await scene((_request, response) => { response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(large) }, { bulkhead: { calls: 4, queue: 0 }, timeout_ms: 5_000 })
    const slow = Array.from({ length: 3 }, () => connect(Number(new URL(gateway.url).port), '127.0.0.1').pause().on('error', () => undefined))
    for (const socket of slow) socket.write(`GET ${stats} HTTP/1.1\r\nHost: a\r\n\r\n`)
    for (const socket of slow) await once(socket, 'readable')
    expect((await (await ask(stats)).arrayBuffer()).byteLength).toBe(large.length)
    for (const socket of slow) socket.destroy()
  })
})
