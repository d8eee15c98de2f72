/** What every answer says, whoever gives it; and what the gateway fetches itself. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { trustOf, openVerifier } from '../shared/identity.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { fetchDocument } from './openapi.ts'
import { createIssuer, openDouble, programClaims, publicUrl, type Double } from './testing.ts'
import { createStage, json, stats } from './testing-scene.ts'

const stage = createStage()
afterEach(() => stage.close())

const guards = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains', 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", 'content-type': 'application/problem+json',
}

describe('also what is refused before it is looked at keeps to HTTPS, is not sniffed or framed, and runs no script:', () => {
  test.each([['in_flight', { in_flight: 0, late_ms: Infinity }], ['event_loop', { in_flight: 100, late_ms: -1 }]])('load that is shed (%s), which tells its id too', async (_reason, shed) => {
    const { ask } = await stage.scene(undefined, { ports: { shed } })
    const answer = await ask(stats, { headers: { 'x-request-id': 'given-by-app' } })
    expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([503, expect.objectContaining({ ...guards, 'x-request-id': 'given-by-app' })])
  })
  test.each([
    ['bytes that are no HTTP', 'x', 400], ['headers that are too large', `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['a path that cannot be read', 'GET /v1/titles/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400], ['a part of a path that is too long', `GET /v1/titles/${'a'.repeat(300)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 414],
  ])('%s', async (_name, text, status) => {
    const { gateway } = await stage.scene()
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    let answer = ''
    socket.on('data', (bytes) => { answer += bytes.toString() })
    socket.write(text === 'x' ? 'x\r\n\r\n' : text)
    await once(socket, 'close')
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const [line, ...lines] = head.split('\r\n')
    const headers = Object.fromEntries(lines.map((one) => { const at = one.indexOf(':'); return [one.slice(0, at).toLowerCase(), one.slice(at + 1).trim().replace(/; charset=.*/, '')] }))
    expect([Number(line?.split(' ')[1]), (JSON.parse(body) as { status: number }).status, headers]).toEqual([status, status, expect.objectContaining(guards)])
  })
})

describe('an address that leads elsewhere is not followed', () => {
  /** One that sends everybody on to another, where what they want is. */
  async function leadingTo(body: unknown): Promise<{ readonly from: Double; readonly to: Double }> {
    const to = await openDouble((_request, response) => { json(response, body) })
    const from = await openDouble((request, response) => { response.writeHead(307, { 'location': `${to.url}${request.url}`, 'content-length': '0' }).end() })
    stage.onClose(to.close)
    stage.onClose(from.close)
    return { from, to }
  }
  test("for a service's document", async () => {
    const { from, to } = await leadingTo({ openapi: '3.1.0', paths: {} })
    await expect(fetchDocument(from.url, AbortSignal.timeout(5_000))).rejects.toThrow()
    expect([from.requests.length, to.requests.length]).toEqual([1, 0])
    expect(await fetchDocument(to.url, AbortSignal.timeout(5_000))).toMatchObject({ paths: {} })
  })
  test('for keys', async () => {
    const issuer = await createIssuer()
    const { from, to } = await leadingTo(issuer.jwks())
    const token = await issuer.token(programClaims)
    const verify = (url: string) => openVerifier(trustOf('inventory', { gateway: { url: publicUrl.origin }, authorization: { url } })).verify(token)
    await expect(verify(from.url)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect([from.requests.length, to.requests.length]).toEqual([1, 0])
    expect(await verify(to.url)).toMatchObject({ subject: 'tools' })
  })
})
