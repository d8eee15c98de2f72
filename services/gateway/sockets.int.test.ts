import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer, type ClientOptions } from 'ws'
import { openDouble, programClaims } from './testing.ts'
import { bearer, createStage, fine, profile, type Scene } from './testing-scene.ts'

const stage = createStage()
afterEach(() => stage.close())

/** A gateway before a service that opens WebSockets, and says what came and how they ended. */
async function scene() {
  const heard: string[] = []
  const ends: number[] = []
  let pongs = 0
  const double = await openDouble(fine)
  const server = new WebSocketServer({ server: double.server })
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => { heard.push(data.toString()); socket.send('heard') })
    socket.on('close', (code) => { ends.push(code) })
    socket.on('pong', () => { pongs += 1 })
  })
  stage.onClose(async () => { for (const socket of server.clients) socket.terminate(); server.close(); await double.close() })
  const made = await stage.scene(undefined, { urls: { 'customer-services': double.url } })
  const at = `${made.gateway.url.replace('http', 'ws')}${profile}`
  /** Open as far as the service. */
  async function open(headers: Readonly<Record<string, string>>, options: ClientOptions = {}): Promise<WebSocket> {
    const socket = new WebSocket(at, { headers, ...options })
    await once(socket, 'open')
    socket.send('hello')
    await once(socket, 'message')
    return socket
  }
  const atService = (): WebSocket => {
    const socket = [...server.clients].at(-1)
    if (socket === undefined) throw new Error('no WebSocket is open at the service')
    return socket
  }
  /** Pongs that the service has had by the time that it hears what the client says after its ping. */
  async function pongsOf(client: WebSocket): Promise<number> {
    const [before, pinged] = [pongs, once(client, 'ping')]
    atService().ping()
    await pinged
    client.send('after')
    await once(client, 'message')
    return pongs - before
  }
  /** More than the gateway holds for anybody, and the ways there. */
  const flood = (): void => { for (let piece = 0; piece < 64; piece++) atService().send(Buffer.alloc(1_000_000)) }
  return { ...made, service: double, heard, ends, at, open, pongsOf, flood }
}
const endOf = async (socket: WebSocket): Promise<readonly [number, string]> => {
  const [code, reason] = await once(socket, 'close') as [number, Buffer]
  return [code, reason.toString()]
}
const inFlight = async ({ ask }: Pick<Scene, 'ask'>): Promise<number> => Number(/cdlc_http_requests_in_flight\{component="gateway"\} (\d+)/.exec(await (await ask('/metrics')).text())?.[1])

describe('a handshake', () => {
  test("goes through from the gateway's own pages, those of the list, and from what is no page", async () => {
    const { issuer, open } = await scene()
    const { headers } = bearer(await issuer.token())
    for (const some of [{}, { origin: 'https://creme.example' }, { origin: 'https://app.creme.example' }]) (await open({ ...headers, ...some })).close()
  })
  test.each(['https://evil.example', 'null', 'http://creme.example', 'https://app.creme.example.evil.example', 'https://app.creme.example/'])('of a page of %s is refused before anybody hears of it', async (origin) => {
    const { issuer, at, double, heard } = await scene()
    for (const headers of [{ origin }, { ...bearer(await issuer.token()).headers, origin }]) {
      const [error] = await once(new WebSocket(at, { headers }), 'error') as [Error]
      expect(error.message).toContain('403')
    }
    // cookies would go with this one
    const [error] = await once(new WebSocket(at.replace(profile, '/auth/x'), { headers: { origin, cookie: 'session=1' } }), 'error') as [Error]
    expect(error.message).toContain('403')
    expect([double.requests, heard]).toEqual([[], []])
  })
  test.each(['POST', 'PUT', 'DELETE'])('is no %s: that is answered as if no upgrade had been asked for', async (method) => {
    const { gateway, issuer } = await scene()
    const request = httpRequest(`${gateway.url}${profile}`, { method, headers: { ...bearer(await issuer.token()).headers, 'connection': 'upgrade', 'upgrade': 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' } }).end()
    const [response] = await once(request, 'response') as [IncomingMessage]
    expect(response.resume().statusCode).toBe(200)
  })
})

describe('a page, which can set no header, offers its token as a subprotocol', () => {
  const pageOf = (at: string, ...protocols: readonly string[]): WebSocket => new WebSocket(at, [...protocols], { origin: 'https://app.creme.example' })

  test.each([
    ['after', (token: string) => ['graphql-transport-ws', token]], ['before', (token: string) => [token, 'graphql-transport-ws']],
  ] as const)('%s the real one: it is who asks, and goes no further', async (_where, order) => {
    const { issuer, at, service, gateway } = await scene()
    const upgraded = once(service.server, 'upgrade') as Promise<[IncomingMessage]>
    const token = await issuer.token()
    const socket = pageOf(at, ...order(`bearer.${token}`))
    await once(socket, 'open')
    const [{ headers }] = await upgraded
    expect([socket.protocol, headers['sec-websocket-protocol']]).toEqual(['graphql-transport-ws', 'graphql-transport-ws'])
    expect(headers.authorization).toMatch(/^Bearer /)
    expect(JSON.stringify(headers)).not.toContain(token)
    gateway.sessions.heard('session-1')
    expect(await endOf(socket)).toEqual([1_008, 'the session has ended'])
  })
  test('and one that is bad is refused', async () => {
    const { at, heard } = await scene()
    const [error] = await once(pageOf(at, 'graphql-transport-ws', 'bearer.nonsense'), 'error') as [Error]
    expect([error.message, heard]).toEqual([expect.stringContaining('401'), []])
  })
  test('which is none of a request that opens no WebSocket', async () => {
    const { issuer, gateway, service } = await scene()
    const request = httpRequest(`${gateway.url}${profile}`, { headers: { 'sec-websocket-protocol': `bearer.${await issuer.token()}` } }).end()
    const [response] = await once(request, 'response') as [IncomingMessage]
    expect([response.resume().statusCode, service.requests.map(({ headers }) => headers.authorization)]).toEqual([200, [undefined]])
  })
})

describe('an open WebSocket', () => {
  test('whose client answers no ping is not answered for', async () => {
    const { issuer, open, pongsOf } = await scene()
    const { headers } = bearer(await issuer.token())
    const answers = await open(headers)
    expect(await pongsOf(answers)).toBe(1)
    const silent = await open(headers, { autoPong: false })
    expect(await pongsOf(silent)).toBe(0)
    for (const socket of [answers, silent]) socket.close()
  })
  test('whose client reads no more is cut before what waits for it grows without end', async () => {
    const { issuer, open, flood, ends } = await scene()
    const socket = await open(bearer(await issuer.token()).headers)
    ;(socket as unknown as { readonly _socket: { pause(): void } })._socket.pause()
    flood()
    await expect.poll(() => ends, { timeout: 20_000 }).toHaveLength(1)
    socket.terminate()
  })
  test('ends with its session, and takes the way to the service with it; another stays open', async () => {
    const { gateway, issuer, open, ends } = await scene()
    const [one, same] = [await open(bearer(await issuer.token()).headers), await open(bearer(await issuer.token({ jti: 'same session' })).headers)]
    const other = await open(bearer(await issuer.token({ sid: 'session-2' })).headers)
    gateway.sessions.heard('session-1')
    expect(await Promise.all([endOf(one), endOf(same)])).toEqual([[1_008, 'the session has ended'], [1_008, 'the session has ended']])
    await expect.poll(() => ends).toEqual([1_008, 1_008])
    other.send('still here')
    await once(other, 'message')
    other.close()
  })
  test.each([['person', {}], ['program', programClaims]])('of a %s ends with its token', async (_who, claims) => {
    const { issuer, open } = await scene()
    // in seconds, as tokens have it
    const socket = await open(bearer(await issuer.token({ ...claims, exp: Math.floor(Date.now() / 1_000) + 4 })).headers)
    expect(await endOf(socket)).toEqual([1_008, 'the token has expired'])
  })
  test('whose client does not answer the end is cut, and what it says meanwhile goes no further', async () => {
    const { gateway, issuer, double, heard, ends } = await scene()
    const raw = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    raw.write(`GET ${profile} HTTP/1.1\r\nHost: a\r\nAuthorization: ${bearer(await issuer.token()).headers['authorization']}\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`)
    /** A frame with the text, masked with zeros. */
    const say = (text: string): void => { raw.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])) }
    await once(raw, 'data')
    say('before')
    await expect.poll(() => heard).toEqual(['before'])
    gateway.sessions.heard('session-1')
    say('after')
    await once(raw, 'close')
    await expect.poll(() => ends.length).toBe(1)
    expect([heard, double.requests.length]).toEqual([['before'], 0])
  })
  test('counts as a request under way until it ends, and so does one whose client leaves unanswered', async () => {
    const made = await scene()
    const { issuer, open, state, gateway } = made
    // the question for metrics is one itself
    await expect.poll(() => inFlight(made)).toBe(1)
    const sockets = [await open(bearer(await issuer.token()).headers), await open({})]
    expect(await inFlight(made)).toBe(3)
    for (const socket of sockets) socket.close()
    await expect.poll(() => inFlight(made)).toBe(1)
    const came = Promise.withResolvers<void>()
    state.answer = () => { came.resolve() }
    const request = httpRequest(`${gateway.url}/v1/people/x`).on('error', () => undefined).end()
    await came.promise
    request.destroy()
    await expect.poll(() => inFlight(made)).toBe(1)
  })
})
