/** The whole way on real Kafka: REST → topic → gRPC → a program that goes by it. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh, send } from '../real.ts'
import { configFrom } from '../shared/config.ts'
import { openConfiguration, type Configuration } from '../shared/configuration.ts'
import { fileOf } from '../shared/configuration-values.ts'
import { startRpc } from '../shared/grpc-server.ts'
import { person, program, serviceFor, verifierOf } from '../shared/testing.ts'
import { open } from './app.ts'

const endpoints = endpointsFrom(process.env)
const opened: (() => unknown)[] = []
let folder = ''
interface Running { readonly app: FastifyInstance; readonly port: number; readonly close: () => Promise<void> }

/** A configurations-server of its own, over the same topic as all others. */
async function serve(): Promise<Running> {
  const service = open({ endpoints, config: configFrom({ CDLC_LOG_LEVEL: 'silent' }), codec: createCodec(endpoints.registry) })
  const app = serviceFor(service, { operator: person('operator', { roles: ['operator'], scopes: ['configuration:read', 'configuration:write'] }), viewer: person('viewer') })
  const rpc = await startRpc({ host: '127.0.0.1', port: 0, services: service.rpc?.services ?? [], verifier: verifierOf({ program }), checks: {}, log: () => undefined })
  const end = await service.start?.()
  const close = async (): Promise<void> => { await rpc.close(); await app.close(); await end?.() }
  opened.push(close)
  await until(async () => (await app.inject('/readyz')).statusCode === 200)
  return { app, port: rpc.port, close }
}
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => { setTimeout(resolve, 20) })
}
/** A line between a client and a server that can be cut, and joined again to another server. */
async function lineTo(first: number): Promise<{ readonly port: number; cut(): void; join(port: number): Promise<void> }> {
  let target = first
  const sockets = new Set<Socket>()
  let server: Server
  const listen = (port: number): Promise<number> => new Promise((resolve) => {
    server = createServer((near) => {
      const far = connect(target, '127.0.0.1')
      for (const socket of [near, far]) {
        sockets.add(socket)
        socket.on('error', () => undefined).on('close', () => { sockets.delete(socket); near.destroy(); far.destroy() })
      }
      near.pipe(far).pipe(near)
    }).listen(port, '127.0.0.1', () => { resolve((server.address() as AddressInfo).port) })
  })
  const port = await listen(0)
  const cut = (): void => { server.close(); for (const socket of sockets) socket.destroy() }
  opened.push(cut)
  return { port, cut, async join(to) { target = to; await listen(port) } }
}
function client(port: number, namespaces: readonly string[], file?: string): Configuration {
  const configuration = openConfiguration({ namespaces, address: `127.0.0.1:${port}`, token: async () => 'program', log: () => undefined, ...(file === undefined ? {} : { memory: fileOf(file) }) })
  opened.push(() => configuration.close())
  return configuration
}

let one: Running
let other: Running
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cdlc-configuration-'))
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-test')
  await kafka.createTopics([topicSpec('platform.configuration')])
  await kafka.close()
  ;[one, other] = await Promise.all([serve(), serve()])
})
afterAll(async () => {
  for (const close of opened.reverse()) await close()
  await rm(folder, { recursive: true, force: true })
})

const schema = { type: 'integer', minimum: 1, maximum: 100 }
const put = (app: FastifyInstance, url: string, payload: object, headers: object = {}, expected: number | readonly number[] = [200, 201]) =>
  send(app, expected, { method: 'PUT', url, payload, headers: { ...headers } })

describe('an entry', () => {
  const namespace = `test-${fresh()}`
  const url = `/v1/configuration/${namespace}/related-limit`

  test('has versions with author and reason, a difference between them, and goes back', async () => {
    const created = await put(one.app, url, { value: 20, schema, reason: 'a first guess' }, {}, 201)
    expect([created.headers.etag, created.json()]).toEqual(['"1"', expect.objectContaining({ namespace, name: 'related-limit', version: 1, value: 20, author: { kind: 'service', id: 'test', client_id: 'test' } })])
    const asOperator = { authorization: 'Bearer operator' }
    await put(one.app, url, { value: 50, reason: 'there is room' }, { ...asOperator, 'if-match': '"1"' }, 200)
    await send(one.app, 200, { method: 'POST', url: `${url}/rollback`, payload: { to: 1, reason: 'it was slow' }, headers: { 'if-match': '"2"' } })
    const now = await send(one.app, 200, { url })
    expect([now.headers.etag, now.json()]).toMatchObject(['"3"', { version: 3, value: 20, change: 'RolledBack', rolled_back_to: 1, reason: 'it was slow' }])
    const known = await send(one.app, 304, { url, headers: { 'if-none-match': '"3"' } })
    // a length that is not that of a body is what a proxy may not pass on
    expect([known.body, known.headers['content-length'], known.headers.etag]).toEqual(['', undefined, '"3"'])
    const { items, next_cursor } = (await send(one.app, 200, { url: `${url}/versions?limit=2` })).json<{ items: { version: number; author: { id: string } }[]; next_cursor: string }>()
    expect(items.map(({ version, author }) => [version, author.id])).toEqual([[3, 'test'], [2, 'operator']])
    const rest = (await send(one.app, 200, { url: `${url}/versions?limit=2&cursor=${next_cursor}` })).json<{ items: { version: number }[]; next_cursor: null }>()
    expect([rest.items.map(({ version }) => version), rest.next_cursor]).toEqual([[1], null])
    expect((await send(one.app, 200, { url: `${url}/diff?from=1&to=2` })).json()).toEqual({ from: 1, to: 2, value: [{ op: 'replace', path: '', value: 50 }], schema: [] })
  })

  test('is held to its schema', async () => {
    const refused = await put(one.app, url, { value: 1_000, reason: 'too many' }, { 'if-match': '*' }, 422)
    expect(refused.json()).toMatchObject({ code: 'configuration_invalid', errors: [{ field: 'value' }] })
    await put(one.app, url, { value: 1, schema: { type: 'whole' }, reason: 'no such type' }, { 'if-match': '*' }, 422)
  })

  test('is changed by one of two who change the same version, whichever server they ask', async () => {
    const tag = (await send(one.app, 200, { url })).headers.etag
    await until(async () => (await other.app.inject({ url })).headers['etag'] === tag)
    const answers = await Promise.all([one, other].map(({ app }, index) => app.inject({ method: 'PUT', url, payload: { value: 60 + index, reason: 'at once' }, headers: { 'if-match': String(tag) } })))
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412])
    const won = answers.find(({ statusCode }) => statusCode === 200)?.json<{ version: number; value: number }>()
    for (const { app } of [one, other]) {
      await until(async () => (await app.inject({ url })).json<{ version: number }>().version === won?.version)
      expect((await app.inject({ url })).json()).toMatchObject({ value: won?.value })
    }
  })

  test('can lose a version for ever, but not the newest', async () => {
    await send(one.app, 204, { method: 'DELETE', url: `${url}/versions/2` })
    await send(one.app, 404, { url: `${url}/versions/2` })
    expect((await send(one.app, 409, { method: 'DELETE', url: `${url}/versions/4` })).json()).toMatchObject({ code: 'configuration_version_in_use' })
    const late = await serve()
    expect((await send(late.app, 200, { url: `${url}/versions` })).json<{ items: { version: number }[] }>().items.map(({ version }) => version)).toEqual([4, 3, 1])
  })

  test('is removed, and can be there again', async () => {
    await send(one.app, 200, { method: 'POST', url: `${url}/remove`, payload: { reason: 'not needed' }, headers: { 'if-match': '"4"' } })
    await send(one.app, 404, { url })
    await put(one.app, url, { value: 5, schema, reason: 'needed' }, {}, 201)
    expect((await send(one.app, 200, { url })).json()).toMatchObject({ version: 6, value: 5 })
  })

  test('is for operators and programs alone', async () => {
    await send(one.app, 403, { url, headers: { authorization: 'Bearer viewer' } })
    await send(one.app, 403, { method: 'PUT', url, payload: { value: 1, reason: 'mine' }, headers: { 'authorization': 'Bearer viewer', 'if-match': '*' } })
  })

  test('is listed with its namespace', async () => {
    expect((await send(one.app, 200, { url: `/v1/configuration/${namespace}` })).json()).toMatchObject({ items: [{ name: 'related-limit', value: 5 }], next_cursor: null })
    let [cursor, found]: [string | null, boolean] = ['', false]
    while (cursor !== null && !found) {
      const page: { items: { namespace: string; entries: number }[]; next_cursor: string | null } = (await send(one.app, 200, { url: `/v1/configuration?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}` })).json()
      found = page.items.some((item) => item.namespace === namespace && item.entries === 1)
      cursor = page.next_cursor
    }
    expect(found).toBe(true)
  })
})

describe('a program that goes by it', () => {
  const namespace = `test-${fresh()}`
  const url = `/v1/configuration/${namespace}/limit`
  const spec = { namespace, name: 'limit', schema: Type.Integer({ minimum: 1, maximum: 50 }), fallback: 7 }

  test('hears of each change without a restart, and passes over what its code cannot work with', async () => {
    const configuration = client(one.port, [namespace])
    const limit = configuration.setting(spec)
    expect(limit()).toBe(7)
    await until(() => configuration.state() === 'current')
    await put(other.app, url, { value: 20, schema: {}, reason: 'a first guess' })
    await until(() => limit() === 20)
    await put(other.app, url, { value: 'many', reason: 'a slip' }, { 'if-match': '*' })
    await until(() => configuration.text(namespace, 'limit') === '"many"')
    expect(limit()).toBe(20)
    await put(other.app, url, { value: 30, reason: 'better' }, { 'if-match': '*' })
    await until(() => limit() === 30)
    await send(other.app, 200, { method: 'POST', url: `${url}/remove`, payload: { reason: 'done' }, headers: { 'if-match': '*' } })
    await until(() => limit() === 7)
  })

  test('keeps on while its server is away, and catches up with another', async () => {
    const mine = await serve()
    const line = await lineTo(mine.port)
    const configuration = client(line.port, [namespace])
    const limit = configuration.setting(spec)
    await put(one.app, url, { value: 11, schema: {}, reason: 'again' })
    await until(() => limit() === 11)
    line.cut()
    await mine.close()
    await until(() => configuration.state() === 'stale')
    await put(one.app, url, { value: 12, reason: 'while it is away' }, { 'if-match': '*' })
    expect(limit()).toBe(11)
    await line.join(other.port)
    await until(() => limit() === 12)
    expect(configuration.state()).toBe('current')
  })

  test('starts from what a file remembers while no server is there, and from its own defaults without one', async () => {
    const file = join(folder, 'remembered.json')
    const before = client(one.port, [namespace], file)
    await until(() => before.state() === 'current' && before.text(namespace, 'limit') === '12')
    await before.close()
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ entries: [{ namespace, name: 'limit', value: '12' }] })
    const nobody = await lineTo(one.port)
    nobody.cut()
    const after = client(nobody.port, [namespace], file)
    await after.known()
    expect([after.state(), after.setting(spec)()]).toEqual(['remembered', 12])
    await nobody.join(other.port)
    await until(() => after.state() === 'current')
    const broken = join(folder, 'broken.json')
    await writeFile(broken, '{"entries": [1')
    const without = client((await lineTo(one.port).then((line) => { line.cut(); return line })).port, [namespace], broken)
    expect([without.state(), without.setting(spec)()]).toEqual(['unknown', 7])
  })
})
