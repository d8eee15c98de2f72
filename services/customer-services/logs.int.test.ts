/** No log line tells of a person: every route is asked with marked values, at the finest level, while all goes well and while nothing does. */
import type { AccountServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/AccountService.ts'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { fresh, realPlatform } from '../real.ts'
import { Unavailable } from '../shared/errors.ts'
import { openRpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import { startRpc } from '../shared/grpc-server.ts'
import { createService, loggerAt } from '../shared/http.ts'
import { openDatabase } from '../shared/mysql.ts'
import { openVault } from '../shared/personal-data.ts'
import { person, program, verifierOf } from '../shared/testing.ts'
import type { Platform } from '../shared/platform.ts'
import { customerServices, portsOf } from './app.ts'
import { erase } from './erasure.ts'
import { exportData } from './export.ts'
import { workOnImport } from './import-job.ts'
import { startJobs } from './jobs.ts'
import type { CustomerPorts } from './ports.ts'
import { usualPreferences } from './preferences.ts'
import { accountRpc } from './rpc.ts'
import { customerPorts } from '../testing.ts'
import { heat, noSocial } from './testing.ts'

const word = fresh()
const marks = { email: `mark-${word}@example.invalid`, name: `Mark ${word}`, pin: '90210711', tag: `tag-${word}`, token: `token-${word}`, device: `Device ${word}`, address: '203.0.113.77' }
const told = new RegExp([...Object.values(marks), word].map((mark) => mark.replaceAll('.', '\\.')).join('|'), 'i')

const lines: string[] = []
let platform: Platform
beforeAll(async () => {
  platform = await realPlatform()
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      lines.push(String(chunk))
      return true
    })
})
afterAll(async () => {
  vi.restoreAllMocks()
  await platform.close()
})

const session = { session_id: 'S', client_id: 'app', device: marks.device, signed_in_at: Date.now(), last_used_at: Date.now() }
/** Ports that all goes well with. */
const well = (): CustomerPorts => ({
  ...portsOf(platform),
  views: { ...customerPorts.views, titles: async (ids) => new Set(ids), candidates: async (films) => films.map(() => []), named: async () => new Map() },
  social: noSocial,
  credentials: { sessions: async () => [session], end: async () => 1, erase: async () => {} },
})

/** The component with its log, and the routes that were asked. */
function open(ports: CustomerPorts, account_id: string) {
  const [routes, asked] = [new Set<string>(), new Set<string>()]
  const app: FastifyInstance = createService({
    name: 'customer-services',
    description: '',
    checks: { mysql: () => ports.database.ping() },
    verifier: verifierOf({ program, [marks.token]: person(account_id, { session_id: 'S' }) }),
    logger: { ...loggerAt('trace'), stream: { write: (line: string) => void lines.push(line) } },
    routes: async (instance) => {
      instance.addHook('onRoute', ({ method, url }) => {
        if (url.startsWith('/v1/')) routes.add(`${String(method)} ${url}`)
      })
      instance.addHook('onResponse', async ({ method, routeOptions: { url = '' } }) => {
        asked.add(`${method} ${url}`)
      })
      await instance.register(customerServices(ports))
    },
  })
  return { app, routes, asked }
}

/** Requests to all routes, with all that must not be told; answers their status codes. */
async function everything(app: FastifyInstance, account_id: string): Promise<readonly number[]> {
  const statuses: number[] = []
  const ask = async (method: InjectOptions['method'], url: string, payload?: object, token = marks.token) => {
    const headers = { 'authorization': `Bearer ${token}`, 'confirm-erasure': account_id, ...(method === 'POST' ? { 'idempotency-key': `${marks.email}/${fresh()}` } : {}) }
    const answer = await app.inject({ method: method ?? 'GET', url, headers, remoteAddress: marks.address, ...(payload === undefined ? {} : { payload }) })
    statuses.push(answer.statusCode)
    return answer
  }
  const account = `/v1/accounts/${account_id}`
  await ask('POST', '/v1/accounts', { email: `other-${marks.email}`, country: 'GB' }, 'program')
  await ask('GET', `${account}?email=${marks.email}`)
  await ask('GET', account)
  await ask('GET', '/v1/me')
  for (const token of [marks.token, 'program']) await ask('PATCH', account, { email: marks.email, country: 'FR' }, token)
  const added = await ask('POST', '/v1/profiles', { account_id, name: marks.name })
  const { profile_id = account_id } = added.json<{ profile_id?: string }>()
  const profile = `/v1/profiles/${profile_id}`
  await ask('PUT', `${profile}/pin`, { pin: marks.pin })
  await ask('PUT', `${profile}/pin`, { pin: '1234', current_pin: '00000000' })
  await ask('PATCH', profile, { name: `${marks.name} II`, pin: marks.pin })
  await ask('PATCH', profile, { nickname: marks.name })
  for (const path of ['', '/preferences', '/ratings', `/ratings/${heat}`]) await ask('GET', `${profile}${path}`)
  await ask('PUT', `${profile}/preferences`, usualPreferences.document)
  await ask('PUT', `${profile}/ratings/${heat}`, { stars: 4 })
  await ask('DELETE', `${profile}/ratings/${heat}`)
  const seen = await ask('POST', `${profile}/viewings`, { title_id: heat, liked: true, tags: [marks.tag] })
  const viewing = `${profile}/viewings/${seen.json<{ viewing_id?: string }>().viewing_id ?? heat}`
  await ask('PATCH', viewing, { tags: [marks.tag, `${marks.tag} II`] })
  for (const url of [viewing, `${profile}/viewings`]) await ask('GET', url)
  await ask('DELETE', viewing)
  await ask('POST', '/v1/ratings:import', { ratings: [{ profile_id, title_id: heat, stars: 4, rated_at: '2000-01-01T00:00:00Z' }] }, 'program')
  await ask('GET', `/v1/titles/${heat}/rating-histogram`)
  for (const path of ['/profiles', '/sessions', '/exports']) await ask('GET', `${account}${path}`)
  for (const path of ['/sessions/S', '/sessions']) await ask('DELETE', `${account}${path}`)
  const ordered = await ask('POST', `${account}/exports`)
  const { export_id = account_id } = ordered.json<{ export_id?: string }>()
  for (const path of ['', '/file']) await ask('GET', `${account}/exports/${export_id}${path}`)
  const brought = await app.inject({
    method: 'POST', url: `${profile}/imports`, remoteAddress: marks.address, headers: { authorization: `Bearer ${marks.token}`, 'content-type': 'text/csv' },
    payload: `Date,Name,Year,Letterboxd URI,Rating\n2020-01-01,${marks.name},1995,${marks.tag},5\n2020-01-01,${marks.name},1995,${marks.tag},${marks.tag}\n`,
  })
  statuses.push(brought.statusCode)
  const imported = `${profile}/imports/${brought.json<{ import_id?: string }>().import_id ?? account_id}`
  await ask('PATCH', `${imported}/rows/0`, { title_id: heat })
  for (const path of ['/imports', '/exports/letterboxd', '/exports/imdb-ratings', '/exports/imdb-watchlist']) await ask('GET', `${profile}${path}`)
  for (const path of ['', '/rows']) await ask('GET', `${imported}${path}`)
  for (const path of ['/matching', '/application']) await ask('POST', `${imported}${path}`)
  await ask('DELETE', imported)
  await ask('DELETE', profile)
  const erased = await ask('DELETE', account)
  await ask('GET', `/v1/erasures/${erased.json<{ erasure_id?: string }>().erasure_id ?? account_id}`)
  await ask('GET', account, undefined, `${marks.token}x`)
  return statuses
}

/** An account of this address, by gRPC. */
async function enrol(ports: CustomerPorts, email: string): Promise<string | undefined> {
  const server = await startRpc({
    host: '127.0.0.1', port: 0, services: [accountRpc(ports)], verifier: verifierOf({ [marks.token]: program }), checks: {},
    log: (error, method) => void lines.push(JSON.stringify({ method, error: String(error), stack: (error as Error).stack })),
  })
  const rpc = openRpc(contract<AccountServiceClient>('cdlc/user/v1/accounts.proto', 'cdlc.user.v1.AccountService'), { name: 'customer-services', address: `127.0.0.1:${server.port}`, token: async () => marks.token, timeout_ms: 10_000 })
  const opened = rpc.ask<object, { account: { account_id: string } }>('OpenAccount', { email })
  const account_id = await opened.then(({ account }) => account.account_id, () => undefined)
  await rpc.ask('FindAccount', { email: `no-${email}` }).catch(() => undefined)
  rpc.close()
  await server.close()
  return account_id
}

test('every route answers with no line that tells a mark, and so do jobs and gRPC', async () => {
  const ports = well()
  const account_id = (await enrol(ports, marks.email)) ?? ''
  const { app, routes, asked } = open(ports, account_id)
  const log: Parameters<typeof startJobs>[0]['log'] = (level, message, { cause, ...fields }) => void lines.push(JSON.stringify({ level, message, ...fields, cause: String(cause), stack: (cause as Error | undefined)?.stack }))
  const jobs = startJobs({ ...ports, log, handlers: { export: { run: exportData(ports) }, erasure: { run: erase(ports) }, import: { run: workOnImport(ports) } } })
  const statuses = await everything(app, account_id)
  await jobs.close()
  expect([...asked].filter((route) => route.includes('/v1/')).sort()).toEqual([...routes].sort())
  expect(statuses.filter((status) => status >= 500)).toEqual([])
  await app.close()
  expect(lines.filter((line) => told.test(line))).toEqual([])
})

test('nor where tables are missing, stores are away, and what is sealed does not open', async () => {
  const before = lines.length
  const elsewhere = openDatabase(platform.endpoints, 'content')
  const away = async (): Promise<never> => {
    throw new Unavailable('asking', { cause: new Error('connect ECONNREFUSED') })
  }
  const account_id = (await enrol(well(), `second-${marks.email}`)) ?? ''
  const broken: readonly Partial<CustomerPorts>[] = [
    { database: elsewhere },
    { vault: openVault(Buffer.alloc(32, 1)) },
    { views: { titles: away, candidates: away, named: away, diary: away, entry: away, viewing: away, viewings: away, viewingsOf: away }, credentials: { sessions: away, end: away, erase: away } },
  ]
  for (const some of broken) {
    const ports = { ...well(), accountOf: async () => account_id, ...some }
    await enrol(ports, `third-${marks.email}`)
    const { app } = open(ports, account_id)
    expect((await everything(app, account_id)).some((status) => status >= 500)).toBe(true)
    await app.close()
  }
  await elsewhere.close()
  expect(lines.length).toBeGreaterThan(before + broken.length)
  expect(lines.filter((line) => told.test(line))).toEqual([])
})
