/** Erasing a person, and then looking for them everywhere. Views are filled by the stack's own workers. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { schemaOf } from '@cdlc/schemas/avro.ts'
import type { CredentialServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/CredentialService.ts'
import { readToEnd } from '@cdlc/streams/runtime/read.ts'
import { fresh, send } from '../real.ts'
import { openRpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import { openVault } from '../shared/personal-data.ts'
import { portsOf } from './app.ts'
import { erase, recent_ms } from './erasure.ts'
import { addJob } from './job-store.ts'
import { startJobs, type Jobs } from './jobs.ts'
import type { Credentials, Session } from './ports.ts'
import { usualPreferences } from './preferences.ts'
import { noSocial, realCustomers, titles, type Customers } from './testing.ts'
import { searchCassandra, searchClickHouse, searchKafka, searchMysql, searchNeo4j, searchRedis, untilNothing, type Findings, type Words } from './testing-search.ts'

const sessions = new Map<string, Session>()
let real: Credentials
/** The stack's own authorization server, but for sessions, of which it tells these. */
const credentials: Credentials = {
  sessions: async (account_id) => [...sessions].flatMap(([owner, session]) => (owner === account_id ? [session] : [])),
  end: (account_id, session_id) => real.end(account_id, session_id),
  erase: (account_id) => real.erase(account_id),
}
/** Opens an account that its holder can sign in to. */
async function enrol(email: string): Promise<string> {
  const { endpoints, tokenOf } = customers.platform
  const credentialService = contract<CredentialServiceClient>('cdlc/user/v1/credentials.proto', 'cdlc.user.v1.CredentialService')
  const rpc = openRpc(credentialService, { name: 'authorization-server', address: endpoints.grpc.authorizationServer, token: tokenOf('tools'), timeout_ms: 20_000 })
  const request = { email, password: `${fresh()} ${fresh()}`, roles: [], country: 'GB' }
  try {
    return (await rpc.ask<object, { readonly account_id: string }>('EnrolAccount', request)).account_id
  } finally {
    rpc.close()
  }
}
const signIn = (account_id: string, ago_ms: number): void => {
  const at = Date.now() - ago_ms
  sessions.set(account_id, { session_id: 'session', client_id: 'app', device: 'Firefox', signed_in_at: at, last_used_at: at })
}

let customers: Customers
let jobs: Jobs
beforeAll(async () => {
  customers = await realCustomers({ credentials })
  const ports = { ...portsOf(customers.platform), credentials }
  real = portsOf(customers.platform).credentials
  jobs = startJobs({ ...ports, log: () => {}, handlers: { erasure: { run: erase(ports) } } })
})
afterAll(async () => {
  await jobs.close()
  await customers.close()
})
const erasureOf = async (account_id: string): Promise<string> =>
  String((await send(customers.app, 202, { method: 'DELETE', url: `/v1/accounts/${account_id}`, headers: { 'confirm-erasure': account_id } })).headers.location)
const done = (url: string) =>
  vi.waitFor(async () => expect((await send(customers.app, 200, { url })).json()).toMatchObject({ state: 'done' }), { timeout: 60_000, interval: 50 })

describe('whoever erases an account', () => {
  test('says so twice, and has signed in a little while ago', async () => {
    const account_id = await customers.open()
    const url = `/v1/accounts/${account_id}`
    const ask = (expected: number, headers: Record<string, string>) => customers.as(account_id, expected, { method: 'DELETE', url, headers })
    expect((await ask(400, {})).json()).toMatchObject({ errors: [{ field: 'header.confirm-erasure' }] })
    await ask(400, { 'confirm-erasure': await customers.open() })
    expect((await ask(403, { 'confirm-erasure': account_id })).json()).toMatchObject({ code: 'sign_in_too_old' })
    signIn(account_id, recent_ms + 1_000)
    await ask(403, { 'confirm-erasure': account_id })
    signIn(account_id, 1_000)
    await done(String((await ask(202, { 'confirm-erasure': account_id })).headers.location))
    await ask(404, { 'confirm-erasure': account_id })
  })
  test('is without it at once, and may open another with the same address', async () => {
    const email = `${fresh()}@example.invalid`
    const account_id = await customers.open(email)
    const profile_id = await customers.addProfile('Ada', account_id)
    const url = await erasureOf(account_id)
    for (const gone of [`/v1/accounts/${account_id}`, `/v1/profiles/${profile_id}`, `/v1/accounts/${account_id}/profiles`]) await customers.as(account_id, 404, { url: gone })
    expect(await customers.open(email)).not.toBe(account_id)
    await done(url)
  })
  test('is without what is theirs here while social is away, and wholly once it is back', async () => {
    const account_id = await customers.open()
    const profile_id = await customers.addProfile('Ada', account_id)
    await customers.put(profile_id, titles[0] ?? '', { stars: 4 })
    const asked: string[] = []
    let away = true
    const social = { ...noSocial, eraseAccount: async (id: string) => (away ? Promise.reject(new Error('away')) : asked.push(id) > 1) }
    const later = erase({ ...portsOf(customers.platform), credentials, social })
    const job = { job_id: account_id, account_id, kind: 'erasure', attempt: 1 }
    await expect(later(job, new AbortController().signal)).rejects.toThrow('away')
    expect([await customers.ratingsOf(profile_id), await customers.rows('SELECT 1 FROM profiles WHERE profile_id = ?', profile_id)]).toEqual([[], [{ 1: 1 }]])
    away = false
    await later(job, new AbortController().signal)
    expect(new Set(asked)).toEqual(new Set([account_id]))
    expect(await searchMysql(customers.platform, [account_id, profile_id])).toEqual([])
  })
  test('is not held up by an authorization server that is away, nor forgotten by it', async () => {
    const headers = { 'idempotency-key': fresh() }
    const { account_id } = (
      await send(customers.app, 201, { method: 'POST', url: '/v1/accounts', payload: { email: `${fresh()}@example.invalid` }, headers })
    ).json<{ account_id: string }>()
    const profile_id = await customers.addProfile('Ada', account_id)
    await send(customers.app, 204, { method: 'PUT', url: `/v1/profiles/${profile_id}/pin`, payload: { pin: '4711' } })
    await customers.put(profile_id, titles[0] ?? '', { stars: 4 })
    const ports = portsOf(customers.platform)
    await ports.database.transact((sql) => addJob(sql, { job_id: account_id, account_id, kind: 'export' }, new Date(Date.now() + 3_600_000)))
    let away = true
    const later = erase({ ...ports, credentials: { ...credentials, erase: async () => (away ? Promise.reject(new Error('away')) : undefined) } })
    const job = { job_id: account_id, account_id, kind: 'erasure', attempt: 1 }
    await expect(later(job, new AbortController().signal)).rejects.toThrow('away')
    expect(await searchMysql(customers.platform, [account_id, profile_id])).toEqual([])
    away = false
    await later(job, new AbortController().signal)
  })
})

describe('a person who was everywhere', () => {
  const word = fresh()
  const email = `Ada.${word}@Example.invalid`
  const name = `Lovelace ${word}`
  const tag = `tag ${fresh()}`
  const personal: Words = [email, name, tag]
  const ids: string[] = []
  let wrapped: Buffer = Buffer.alloc(0)
  const everywhere = async (words: Words): Promise<Findings> => {
    const { platform } = customers
    return [
      ...(await searchMysql(platform, words)),
      ...(await searchRedis(platform, words)),
      ...(await searchCassandra(platform, words)),
      ...(await searchNeo4j(platform, words)),
      ...(await searchClickHouse(platform, words, false)),
    ]
  }

  beforeAll(async () => {
    const account_id = await enrol(email)
    ids.push(account_id)
    for (const kids of [false, true]) {
      const added = { account_id, name: `${name} ${kids ? 'jr.' : 'sr.'}`, kids }
      const headers = { 'idempotency-key': fresh() }
      const { profile_id } = (await send(customers.app, 201, { method: 'POST', url: '/v1/profiles', payload: added, headers })).json<{ profile_id: string }>()
      ids.push(profile_id)
      const url = `/v1/profiles/${profile_id}`
      await send(customers.app, 200, { method: 'PUT', url: `${url}/preferences`, payload: { ...usualPreferences.document, genres: { liked: ['war'], hidden: [] } } })
      await send(customers.app, 204, { method: 'PUT', url: `${url}/pin`, payload: { pin: '4711' } })
      for (const title_id of titles) await customers.put(profile_id, title_id, { stars: 4.5 })
      for (const title_id of titles) await customers.put(profile_id, title_id, { stars: 5 })
      for (const title_id of titles) await customers.as(account_id, 201, { method: 'POST', url: `${url}/viewings`, payload: { title_id, liked: true, stars: 4, tags: [tag] } })
    }
    const [key] = await customers.rows<{ key_wrapped: Buffer }>('SELECT key_wrapped FROM account_keys WHERE account_id = ?', account_id)
    wrapped = key?.key_wrapped ?? wrapped
  })

  test('is in every store that keeps ratings, by ids alone, and in the topics sealed', async () => {
    const { platform } = customers
    const [account_id = '', ...profile_ids] = ids
    const places = (findings: Findings): string => findings.join('\n')
    await vi.waitFor(async () => {
      const [last = ''] = profile_ids.slice(-1)
      const inRedis = places(await searchRedis(platform, [last])) // in the order of its hash table
      expect(inRedis).toMatch(/title-stats/)
      expect(inRedis).toMatch(/trending/)
      expect(places(await searchCassandra(platform, [last]))).toMatch(/profile_diary[\s\S]*viewings/)
      expect(places(await searchCassandra(platform, [profile_ids[0] ?? '']))).toMatch(/activity/)
      expect(places(await searchNeo4j(platform, [last]))).toMatch(/rated_together.*profile[\s\S]*liked/)
      expect(places(await searchClickHouse(platform, [last], false))).toMatch(/ratings/)
    }, { timeout: 90_000, interval: 200 })
    expect(places(await searchMysql(platform, [account_id]))).toMatch(/accounts[\s\S]*credentials[\s\S]*profiles/)
    const inTopics = places(await searchKafka(platform, [account_id, ...profile_ids]))
    for (const topic of ['cdc.user.accounts', 'cdc.user.profiles', 'cdc.user.ratings', 'user.ratings-by-profile', 'cdc.user.viewings', 'user.activity']) expect(inTopics).toContain(`kafka ${topic}:`)
    expect([...(await everywhere(personal)), ...(await searchClickHouse(platform, personal, true))]).toEqual([])
    expect(await searchKafka(platform, [...personal, wrapped])).toEqual([])
  })

  test('is nowhere once erased: no row of any store tells their address, name or ids, and what topics hold sealed is noise', async () => {
    const { platform } = customers
    const [account_id = ''] = ids
    await done(await erasureOf(account_id))
    expect(await untilNothing(() => everywhere([...personal, ...ids]))).toEqual([])
    expect(await searchMysql(platform, [wrapped])).toEqual([])
    expect(await searchKafka(platform, [...personal, wrapped])).toEqual([])
    expect(await searchClickHouse(platform, personal, true)).toEqual([])
    const sealed: Uint8Array[] = []
    const reader = platform.codec.reader<{ readonly after: { readonly account_id: string; readonly email_sealed: Uint8Array } | null }>(schemaOf('cdc.user.accounts'))
    await readToEnd(platform.sinks.kafka, ['cdc.user.accounts'], async ({ records }) => {
      const values = records.flatMap(({ key, value }) => (key === account_id && value !== null ? [value] : []))
      await reader.prepare(values)
      for (const value of values) {
        const { after } = reader.decode(value)
        if (after !== null && after.email_sealed.length > 0) sealed.push(after.email_sealed)
      }
    })
    expect(sealed.length).toBeGreaterThan(0)
    // the key opened it; of the key there is no copy left, and no other does
    const vault = openVault(platform.config.masterKey)
    for (const one of sealed) {
      expect(vault.open({ account_id, key_wrapped: wrapped }, 'email', one)).toBe(email)
      expect(() => vault.open({ account_id, key_wrapped: vault.newKey(account_id) }, 'email', one)).toThrow()
    }
  })
})
