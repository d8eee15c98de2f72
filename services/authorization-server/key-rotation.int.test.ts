import { decodeProtectedHeader } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { realPlatform } from '../real.ts'
import type { Database } from '../shared/mysql.ts'
import { openVault } from '../shared/personal-data.ts'
import { openVerifier, servicesAudience, trustOf } from '../shared/identity.ts'
import { openKeyStore } from './key-store.ts'
import { startServer, withOwnTable } from './testing.ts'

const times = { every_ms: 86_400_000, lead_ms: 400, kept_ms: 3_600_000 }
const vault = openVault(Buffer.alloc(32, 7))

// the real table is one for all, and other tests sign with its keys
let database: Database
let drop: () => Promise<void>
beforeEach(async () => {
  const platform = await realPlatform()
  const own = await withOwnTable(platform.database('user'), 'signing_keys')
  database = own.database
  drop = async () => {
    await own.drop()
    await platform.close()
  }
})
afterEach(async () => {
  await drop()
})

test('many processes that start at once agree on the first key, and on the next', async () => {
  const stores = Array.from({ length: 6 }, () => openKeyStore(database, vault, times))
  const first = await Promise.all(stores.map((store) => store.load()))
  expect(new Set(first.map((keys) => keys.map(({ kid }) => kid).join())).size).toBe(1)
  const rotated = await Promise.all(stores.map((store) => store.rotate()))
  expect(new Set(rotated.map(({ kid }) => kid)).size).toBe(1)
  expect(await database.read((sql) => sql.rows('SELECT generation FROM signing_keys ORDER BY generation'))).toEqual([{ generation: 1 }, { generation: 2 }])
})

test('a new key is published before it signs; the old one leaves when its last token has died, and its row with it', async () => {
  let now = Date.now()
  const store = openKeyStore(database, vault, times, () => now)
  const [old] = await store.load()
  const { kid } = await store.rotate()
  expect((await store.load()).map((key) => key.kid)).toEqual([old?.kid, kid])
  now += times.lead_ms
  expect((await store.load()).map((key) => key.kid)).toEqual([kid, old?.kid])
  now += times.kept_ms
  expect((await store.load()).map((key) => key.kid)).toEqual([kid])
  expect(await database.read((sql) => sql.rows('SELECT kid FROM signing_keys'))).toEqual([{ kid }])
})

test('a key is nowhere in the clear', async () => {
  const [key] = await openKeyStore(database, vault, times).load()
  const [row] = await database.read((sql) => sql.rows<Readonly<Record<string, unknown>>>('SELECT * FROM signing_keys'))
  const bytes = Object.values(row ?? {}).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value))).join(' ')
  expect([bytes.includes(String(key?.jwk.d)), bytes.includes('"d"')]).toEqual([false, false])
  await expect(openKeyStore(database, openVault(Buffer.alloc(32, 8)), times).load()).rejects.toThrow()
})

test('rotation under load fails no request: every token is made, and every verifier takes it', async () => {
  const server = await startServer({ times })
  const trusts = trustOf('inventory', server.platform.endpoints)
  const kids = new Set<string>()
  const authorization = `Basic ${Buffer.from(`gateway:${server.platform.config.secretOf('gateway')}`).toString('base64')}`
  const failed: unknown[] = []
  let made = 0
  let over = false
  const verifier = openVerifier(trusts)
  async function client(): Promise<void> {
    while (!over) {
      try {
        const answer = await fetch(`${server.url}/oauth/token`, { method: 'POST', headers: { authorization }, body: new URLSearchParams({ grant_type: 'client_credentials', resource: servicesAudience }) })
        if (answer.status !== 200) throw new Error(`token: ${answer.status}`)
        const { access_token } = (await answer.json()) as { readonly access_token: string }
        kids.add(String(decodeProtectedHeader(access_token).kid))
        await verifier.verify(access_token)
        made += 1
      } catch (error) {
        failed.push(error)
      }
    }
  }
  const clients = Array.from({ length: 8 }, client)
  try {
    const signsWith = async (kid: string): Promise<void> => {
      while (!kids.has(kid)) await new Promise((resolve) => { setImmediate(resolve) })
    }
    for (let round = 0; round < 3; round++) await signsWith((await server.ports.authority.rotate()).kid)
  } finally {
    over = true
    await Promise.all(clients)
    await server.stop()
  }
  expect(failed).toEqual([])
  expect(kids.size).toBeGreaterThanOrEqual(4)
  expect(made).toBeGreaterThan(100)
})
