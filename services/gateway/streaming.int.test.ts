import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { audienceOf } from '../shared/identity.ts'
import { openDouble, type Double } from './testing.ts'
import { bearer, createStage, json, profile, told, type Behaviour } from './testing-scene.ts'

const stage = createStage()
afterEach(() => stage.close())

describe('bodies', () => {
  /** Answers with what came. */
  const echo: Behaviour = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => json(response, { length: Buffer.concat(chunks).length, text: Buffer.concat(chunks).toString().slice(0, 100), headers: request.headers }))
  }
  test('JSON is passed on byte for byte, also where it came in chunks; more than 1 MiB is refused before the upstream hears of it', async () => {
    const { ask, double } = await stage.scene(echo)
    const post = (body: string | ReadableStream, type = 'application/json'): Promise<Response> => ask(profile, { method: 'POST', headers: { 'content-type': type }, body, duplex: 'half' } as RequestInit)
    expect(await (await post('{ "a" : 1.0 }')).json()).toMatchObject({ text: '{ "a" : 1.0 }', headers: { 'content-length': '13', 'content-type': 'application/json' } })
    const stream = (chunks: readonly string[]): ReadableStream => new ReadableStream({ start: (controller) => { for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk)); controller.close() } })
    expect(await (await post(stream(['{"a"', ':1}']))).json()).toMatchObject({ text: '{"a":1}' })
    const asked = double.requests.length
    expect(await told(await post(' '.repeat(1_048_577)))).toEqual([413, 'body_too_large'])
    expect(await told(await post(stream(Array.from({ length: 20 }, () => ' '.repeat(65_536)))))).toEqual([413, 'body_too_large'])
    expect(double.requests.length).toBe(asked)
  })
  test('any other body streams through, and so does an answer: each part arrives before the next is sent', async () => {
    const { gateway, state } = await stage.scene()
    state.answer = (request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      request.on('data', (chunk: Buffer) => { response.write(chunk) })
      request.on('end', () => response.end())
    }
    const request = httpRequest(`${gateway.url}${profile}`, { method: 'PUT', headers: { 'content-type': 'application/octet-stream' } })
    request.write('one')
    const [response] = await once(request, 'response') as [IncomingMessage]
    const parts = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    for (const part of ['one', 'two', 'three']) {
      if (part !== 'one') request.write(part)
      expect(String((await parts.next()).value)).toBe(part)
    }
    request.end()
    expect((await parts.next()).done).toBe(true)
  })
  test('a sender who is slow with JSON keeps no upstream waiting', async () => {
    const { gateway, double } = await stage.scene(echo)
    const request = httpRequest(`${gateway.url}${profile}`, { method: 'PUT', headers: { 'content-type': 'application/json', 'content-length': '7' } })
    request.write('{"a"')
    // another request comes and goes meanwhile
    expect((await fetch(`${gateway.url}${profile}`)).status).toBe(200)
    expect(double.requests.map(({ method }) => method)).toEqual(['GET'])
    request.end(':1}')
    const [response] = await once(request, 'response') as [IncomingMessage]
    expect(response.statusCode).toBe(200)
    response.resume()
  })
  test('a client who leaves is told to the upstream, which need not go on', async () => {
    const { gateway, state } = await stage.scene()
    const left = Promise.withResolvers<void>()
    const came = Promise.withResolvers<void>()
    state.answer = (_request, response) => { response.on('close', () => { left.resolve() }); came.resolve() }
    const request = httpRequest(`${gateway.url}${profile}`, { method: 'PUT' })
    request.on('error', () => undefined)
    request.end()
    await came.promise
    request.destroy()
    await left.promise
  })
  test('a 304 passes on, also where it tells the length of what it leaves out', async () => {
    const { ask } = await stage.scene((_request, response) => { response.writeHead(304, { 'etag': '"e"', 'content-length': '100' }).end() })
    const answer = await ask(profile, { headers: { 'if-none-match': '"e"' } })
    expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([304, '"e"', ''])
  })
  test('an answer of JSON is compressed from 1 KiB on for who wants it; a page of the authorization server is not', async () => {
    const { ask } = await stage.scene((_request, response) => json(response, { text: 'x'.repeat(5_000) }))
    const encodingOf = async (path: string, accepts: string): Promise<string | null> => (await ask(path, { headers: { 'accept-encoding': accepts } })).headers.get('content-encoding')
    expect([await encodingOf(profile, 'gzip'), await encodingOf(profile, 'identity'), await encodingOf('/oauth/x', 'gzip')]).toEqual(['gzip', null, null])
    expect(await (await ask(profile)).json()).toEqual({ text: 'x'.repeat(5_000) })
  })
})

test('WebSockets pass through both ways, and say who asks; without a good token they do not', async () => {
  const double: Double = await openDouble((_request, response) => { response.writeHead(404).end() })
  const server = new WebSocketServer({ server: double.server })
  const handshakes: IncomingMessage[] = []
  server.on('connection', (socket, request) => {
    handshakes.push(request)
    socket.on('message', (data: Buffer, binary) => { socket.send(`echo ${data.toString()}`, { binary }) })
  })
  stage.onClose(async () => { server.close(); await double.close() })
  const { gateway, issuer } = await stage.scene(undefined, { urls: { 'customer-services': double.url } })
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${profile}?room=1`, bearer(await issuer.token()))
  await once(socket, 'open')
  for (const text of ['one', 'two']) {
    socket.send(text)
    const [data] = await once(socket, 'message') as [Buffer]
    expect(data.toString()).toBe(`echo ${text}`)
  }
  const [, claims = ''] = handshakes[0]?.headers.authorization?.split('.') ?? []
  expect([handshakes[0]?.url, (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { aud: string }).aud]).toEqual([`${profile}?room=1`, audienceOf('customer-services')])
  socket.close()
  await once(socket, 'close')
  const refused = new WebSocket(`${gateway.url.replace('http', 'ws')}${profile}`, bearer('x'))
  const [error] = await once(refused, 'error') as [Error]
  expect(error.message).toContain('401')
  expect(handshakes.length).toBe(1)
})
