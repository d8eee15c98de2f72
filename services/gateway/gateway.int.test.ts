import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { loggerAt } from '../shared/http.ts'
import { audienceOf, gatewayIssuer } from '../shared/identity.ts'
import { createIssuer, ids, openDouble, programClaims } from './testing.ts'
import { bearer, card, createStage, drop, json, profile, told } from './testing-scene.ts'

const stage = createStage()
afterEach(() => stage.close())

/** Sends these bytes and reads until the other side is done. */
async function raw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let answer = ''
  socket.on('data', (bytes) => { answer += bytes.toString() })
  socket.write(text)
  await once(socket, 'close')
  return answer
}
const statusIn = (answer: string): number => Number(answer.split(' ')[1])

describe('who asks', () => {
  test('a person goes on as an identity token for that one service; the access token does not leave the gateway', async () => {
    const { ask, double, gateway, issuer } = await stage.scene()
    const token = await issuer.token()
    expect((await ask(profile, bearer(token))).status).toBe(200)
    const passed = double.requests[0]?.headers.authorization?.slice(7) ?? ''
    const { payload } = await jwtVerify(passed, createLocalJWKSet(gateway.keys.published), { issuer: gatewayIssuer, audience: audienceOf('customer-services') })
    expect([payload.sub, payload['roles'], payload['scope'], payload['sid']]).toEqual([ids.account, ['viewer'], 'openid account:read', 'session-1'])
    expect(passed).not.toBe(token)
    // sent to the gateway it is nobody's
    expect(await told(await ask(profile, bearer(passed)))).toEqual([401, 'unauthenticated'])
  })
  test('a program goes on as it came', async () => {
    const { ask, double, issuer } = await stage.scene()
    const token = await issuer.token(programClaims)
    expect((await ask(profile, bearer(token))).status).toBe(200)
    expect(double.requests[0]?.headers.authorization).toBe(`Bearer ${token}`)
  })
  test('nobody goes on as nobody, and a bad token is refused even where none is needed', async () => {
    const { ask, double, issuer } = await stage.scene()
    expect((await ask(`${card}/stats`)).status).toBe(200)
    expect(double.requests[0]?.headers.authorization).toBeUndefined()
    const other = await createIssuer()
    const bad = ['x', await issuer.token({ exp: 1 }), await issuer.token({ aud: 'urn:else' }), await issuer.token({}, { typ: 'JWT' }), await issuer.token({ iss: 'https://evil.example' }), await other.token(), await issuer.token({ iat: Math.floor(Date.now() / 1_000) + 600 })]
    for (const token of bad) expect(await told(await ask(card, bearer(token)))).toEqual([401, 'unauthenticated'])
    expect((await ask(card, { headers: { authorization: 'Basic eDp5' } })).status).toBe(401)
    expect(double.requests.length).toBe(1)
  })
  test('a session that has ended is refused at once, its token known or not', async () => {
    const { ask, gateway, issuer } = await stage.scene()
    const token = await issuer.token()
    expect((await ask(profile, bearer(token))).status).toBe(200)
    gateway.sessions.heard('session-1')
    for (const again of [token, await issuer.token()]) expect(await told(await ask(profile, bearer(again)))).toEqual([401, 'unauthenticated'])
    expect((await ask(profile, bearer(await issuer.token({ sid: 'session-2' })))).status).toBe(200)
  })
  test('keys of the authorization server may change: tokens of the new and the old one are good, and none is refused on the way', async () => {
    const rotating = await createIssuer()
    const jwks = await openDouble((_request, response) => json(response, rotating.jwks()))
    stage.onClose(jwks.close)
    const { ask } = await stage.scene(undefined, { issuer: rotating, jwksUrl: `${jwks.url}/oauth/jwks` })
    const before = await rotating.token()
    expect((await ask(profile, bearer(before))).status).toBe(200)
    await rotating.rotate()
    const statuses = await Promise.all(Array.from({ length: 20 }, async (_, i) => (await ask(profile, bearer(i % 2 === 0 ? await rotating.token({ jti: String(i) }) : before))).status))
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(jwks.requests.length).toBeLessThan(6)
  })
})

describe('a request that two programs may read differently is refused:', () => {
  test.each([
    ['two tokens', `GET ${card} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n`],
    ['two hosts', `GET ${card} HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`],
    ['two lengths', `POST ${profile} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 20\r\nConnection: close\r\n\r\n{}`],
    ['a length and chunks', `POST ${profile} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n`],
    ['chunks within another coding', `POST ${profile} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked, identity\r\nConnection: close\r\n\r\n0\r\n\r\n`],
    ['a folded header', `GET ${card} HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\nConnection: close\r\n\r\n`],
    ['a space before the colon', `GET ${card} HTTP/1.1\r\nHost : a\r\nConnection: close\r\n\r\n`],
    ['another origin', `GET http://evil.example${card} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
    ['dots', 'GET /v1/titles/../../metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['hidden dots', 'GET /v1/titles/%2e%2e/%2e%2e/metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['a hidden slash', 'GET /v1/titles%2Fx HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['two slashes', 'GET //v1/titles HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['a backslash', 'GET /v1\\titles HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ])('%s', async (_name, text) => {
    const { double, gateway } = await stage.scene()
    expect(statusIn(await raw(gateway.url, text))).toBe(400)
    expect(double.requests).toEqual([])
  })
  test('a header block that is too large is 431, and a program route is no route', async () => {
    const { double, gateway, ask, issuer } = await stage.scene()
    expect(statusIn(await raw(gateway.url, `GET ${card} HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(20_000)}\r\nConnection: close\r\n\r\n`))).toBe(431)
    const token = await issuer.token(programClaims)
    for (const path of ['/v1/accounts', '/v1/ratings:import']) expect(await told(await ask(path, { method: 'POST', ...bearer(token) }))).toEqual([404, 'route_not_found'])
    expect(double.requests).toEqual([])
  })
  test('what a client says of where it comes from is not passed on', async () => {
    const { ask, double } = await stage.scene()
    await ask('/oauth/authorize?client_id=web', { headers: { 'x-forwarded-for': '9.9.9.9', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'ftp', 'forwarded': 'for=9.9.9.9', 'x-request-id': 'given-by-app' } })
    expect(double.requests[0]?.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'creme.example', 'x-forwarded-proto': 'https', 'x-request-id': 'given-by-app' })
    expect(double.requests[0]?.headers['forwarded']).toBeUndefined()
  })
})

describe('the authorization server', () => {
  test('gets cookies, its own credentials and the query, and sets cookies and redirects; a service gets and sets no cookie', async () => {
    const { ask, double } = await stage.scene((_request, response) => { response.writeHead(303, { 'location': '/auth/sign-in', 'set-cookie': ['a=1; HttpOnly', 'b=2'], 'content-length': '0' }).end() })
    const at = await ask('/oauth/authorize?client_id=web&state=s%2Ft', { redirect: 'manual', headers: { cookie: 'sid=1', authorization: 'Basic eDp5' } })
    expect([at.status, at.headers.get('location'), at.headers.getSetCookie()]).toEqual([303, '/auth/sign-in', ['a=1; HttpOnly', 'b=2']])
    expect([double.requests[0]?.url, double.requests[0]?.headers.cookie, double.requests[0]?.headers.authorization]).toEqual(['/oauth/authorize?client_id=web&state=s%2Ft', 'sid=1', 'Basic eDp5'])
    const service = await ask(profile, { redirect: 'manual', headers: { cookie: 'sid=1' } })
    expect([service.headers.getSetCookie(), double.requests[1]?.headers.cookie]).toEqual([[], undefined])
  })
})

describe('pages and operations', () => {
  test('a page of an allowed origin may ask, another may not', async () => {
    const { ask } = await stage.scene()
    const preflight = (origin: string): Promise<Response> => ask(profile, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' } })
    expect((await preflight('https://app.creme.example')).headers.get('access-control-allow-origin')).toBe('https://app.creme.example')
    for (const origin of ['https://evil.example', 'null', 'https://app.creme.example.evil.example']) expect((await preflight(origin)).headers.get('access-control-allow-origin')).not.toBe(origin)
  })
  test('the reference page runs its own scripts and loads nothing from anywhere else', async () => {
    const { ask } = await stage.scene()
    const page = await ask('/docs/')
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self' 'sha256-[^']+'; .*connect-src 'self'/)
    const html = await page.text()
    expect(html).not.toMatch(/(?:src|href)="?https?:/)
    const [, script = ''] = /src="([^"]+)"/.exec(html) ?? []
    const loaded = await ask(new URL(script, 'http://x/docs/').pathname)
    expect([loaded.status, (await loaded.text()).length > 1_000_000]).toEqual([200, true])
  })
  test('so does the page to ask the graph on, which is not there in production', async () => {
    const { ask } = await stage.scene()
    const page = await ask('/graphiql')
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self' 'sha256-[^']+';.*connect-src 'self'/)
    const html = await page.text()
    expect(html).not.toMatch(/(?:src|href)="?https?:/)
    const paths = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path)
    expect(paths).toHaveLength(4)
    for (const path of paths) expect([path, (await ask(path)).status]).toEqual([path, 200])
    const closed = await stage.scene(undefined, { ports: { graphiql: false } })
    expect((await closed.ask('/graphiql')).status).toBe(404)
  })
  test('health, readiness, metrics and the keys of identity tokens are answered', async () => {
    const { ask, gateway } = await stage.scene()
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await ask(path)).status).toBe(200)
    expect(await (await ask('/.well-known/identity-jwks.json')).json()).toEqual(gateway.keys.published)
  })
})

test('no token, query, cookie or address of a person is in a log, whatever happens to the request', async () => {
  const lines: string[] = []
  const logger = { ...loggerAt('trace'), stream: { write: (line: string) => { lines.push(line) } } }
  const { ask, issuer, state } = await stage.scene(undefined, { making: { logger } })
  lines.length = 0 // where it listens may be told
  const token = await issuer.token()
  const secret = { headers: { 'authorization': `Bearer ${token}`, 'cookie': 'session=secret-cookie', 'x-forwarded-for': '203.0.113.9' } }
  await ask(`${profile}?email=secret-query`, secret)
  state.answer = drop
  for (const path of [profile, '/oauth/token', card]) await ask(`${path}?code=secret-query`, secret)
  await ask('/v1/titles//secret-path', secret)
  await ask(profile, bearer(`${token}x`))
  expect(lines.filter((line) => line.includes('upstream_unavailable')).length).toBe(3)
  for (const line of lines) for (const part of [token.slice(0, 40), 'secret-', '203.0.113.9', '127.0.0.1']) expect(line.includes(part) ? line : '').toBe('')
})

test('a trace goes on through the gateway, with a span of its own', async () => {
  const tracer = new BasicTracerProvider().getTracer('test')
  const { ask, double } = await stage.scene(undefined, { making: { tracer } })
  const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']
  for (const path of [profile, card]) await ask(path, { headers: { traceparent: `00-${trace}-${span}-01` } })
  for (const { headers } of double.requests) {
    expect(headers['traceparent']).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`))
    expect(String(headers['traceparent'])).not.toContain(span)
  }
  expect(double.requests.length).toBe(2)
})
