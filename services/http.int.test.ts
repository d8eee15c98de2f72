import { endpointsFrom, ports } from '@cdlc/schemas/endpoints.ts'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { FastifyInstance } from 'fastify'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configFrom } from './shared/config.ts'
import { openServiceTokens } from './shared/service-token.ts'
import { customerOver } from './testing.ts'

let app: FastifyInstance
let url: string
beforeAll(async () => {
  app = customerOver()
  url = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await app.close()
})

/** Sends these bytes and reads until the other side is done. */
async function raw(text: string): Promise<string> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  let answer = ''
  socket.on('data', (bytes) => {
    answer += bytes.toString()
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}

describe('over a socket', () => {
  test('a body of 10 MB is refused before it is all sent, and the sender is told', async () => {
    const send = () =>
      fetch(`${url}/v1/accounts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer program' },
        body: JSON.stringify({ email: 'x'.repeat(10_000_000) }),
      })
    const answers = await Promise.all(Array.from({ length: 5 }, send))
    for (const answer of answers)
      expect([answer.status, await answer.json()]).toEqual([
        413,
        expect.objectContaining({ code: 'body_too_large', errors: [{ field: 'body', message: expect.any(String) as string }] }),
      ])
  })
  test('so is one that does not say how long it is', async () => {
    const body = new ReadableStream({
      start: (controller) => {
        for (let i = 0; i < 40; i++) controller.enqueue(new TextEncoder().encode(' '.repeat(65_536)))
        controller.close()
      },
    })
    const answer = await fetch(`${url}/v1/accounts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer program' },
      body,
      duplex: 'half',
    })
    expect([answer.status, await answer.json()]).toEqual([413, expect.objectContaining({ code: 'body_too_large' })])
  })
  test('what is no HTTP, or far too much of it, is told so in the same form', async () => {
    expect(await raw('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*"code":"bad_request"/)
    expect(await raw(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 [^]*"code":"headers_too_large"/,
    )
  })
  test('a path that does not decode is told so too', async () => {
    expect(await raw('GET /v1/accounts/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 [^]*application\/problem\+json/,
    )
  })
})

/** An offset at which this port of ours is free. */
async function freeOffset(): Promise<number> {
  for (;;) {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    if (port > ports.actor && port - ports.actor < 50_000) return port - ports.actor
  }
}
const { gateway, authorization } = endpointsFrom(process.env)
async function start(offset: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/main.ts`, 'actor'], {
    env: { ...process.env, CDLC_PORT_OFFSET: String(offset), CDLC_LOG_LEVEL: 'silent', CDLC_GATEWAY_URL: gateway.url, CDLC_AUTHORIZATION_URL: authorization.url },
    stdio: 'ignore',
  })
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(50)) {
    if (
      await fetch(`http://127.0.0.1:${ports.actor + offset}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return child
  }
  child.kill('SIGKILL')
  throw new Error('starting actor: it does not answer')
}

test('a process told to end finishes what it has begun, and ends', async () => {
  const offset = await freeOffset()
  const child = await start(offset)
  const address = `http://127.0.0.1:${ports.actor + offset}`
  const slow = connect(ports.actor + offset, '127.0.0.1')
  let answer = ''
  slow.on('data', (bytes) => {
    answer += bytes.toString()
  })
  const token = await openServiceTokens({ tokenUrl: `${authorization.url}/oauth/token`, clientId: 'tools', clientSecret: configFrom(process.env).secretOf('tools') })()
  slow.write(`POST /v1/people HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{`)
  await fetch(`${address}/healthz`) // it has read what was written before
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
    if (
      await fetch(`${address}/healthz`).then(
        ({ status }) => status !== 200,
        () => true,
      )
    )
      break
  }
  slow.write('}')
  await once(slow, 'close')
  expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*"field":"name"/)
  expect(await exited).toEqual([0, null])
})
