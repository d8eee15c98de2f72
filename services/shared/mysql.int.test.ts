import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fresh } from '../real.ts'
import { migrate } from './migrate.ts'
import { openDatabase, type Database, type Sql } from './mysql.ts'

const endpoints = endpointsFrom(process.env)
// rows of a table that nobody captures
const scope = `test ${fresh()}`
const insert = (sql: Sql, key: string, body: string): Promise<number> =>
  sql.run(
    'INSERT INTO idempotency_keys (scope, idempotency_key, request_sha256, status, headers, body, created_at) VALUES (?, ?, ?, 0, ?, ?, ?)',
    [scope, key, Buffer.alloc(32), '{}', body, new Date()],
  )
const update = (sql: Sql, key: string, body: string): Promise<number> =>
  sql.run(`UPDATE idempotency_keys SET body = ${body} WHERE scope = ? AND idempotency_key = ?`, [scope, key])
const read = async (sql: Sql, key: string): Promise<string | undefined> =>
  (await sql.rows<{ body: string }>('SELECT body FROM idempotency_keys WHERE scope = ? AND idempotency_key = ?', [scope, key]))[0]?.body
const a = 'a'
const b = 'b'

let database: Database
beforeAll(async () => {
  await migrate(endpoints)
  database = openDatabase(endpoints, 'user')
})
afterAll(async () => {
  await database.transact((sql) => sql.run('DELETE FROM idempotency_keys WHERE scope = ?', [scope]))
  await database.close()
})

test('migrations run at once are applied once, and again not at all', async () => {
  const applied = await Promise.all([migrate(endpoints), migrate(endpoints), migrate(endpoints)])
  expect(applied.flat()).toEqual([])
  const rows = await database.read((sql) => sql.rows<{ name: string }>('SELECT name FROM schema_migrations ORDER BY name'))
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['customer-services/001_accounts.sql', 'shared/001_platform.sql']))
})

test('a list is read and written by, whatever is in it and however long it is; no list is no statement', async () => {
  const [odd, text] = ["it's ? \\", 'SELECT idempotency_key FROM idempotency_keys WHERE (scope, idempotency_key) IN (?)']
  await database.transact(async (sql) => {
    for (const key of ['list 1', 'list 2', odd]) await insert(sql, key, 'there')
    expect(await sql.runIn('UPDATE idempotency_keys SET body = ? WHERE scope = ? AND idempotency_key IN (?)', ['list 1', odd, 'list 9'], [odd, scope])).toBe(2)
    expect([await read(sql, 'list 1'), await read(sql, 'list 2'), await read(sql, odd)]).toEqual([odd, 'there', odd])
    expect(await sql.rowsIn(text, [[scope, odd], [scope, 'list 9']])).toEqual([{ idempotency_key: odd }])
    expect([await sql.runIn('no statement at all (?)', []), await sql.rowsIn('no statement at all (?)', [])]).toEqual([0, []])
  })
})

test('a transaction that throws leaves nothing behind', async () => {
  await expect(
    database.transact(async (sql) => {
      await insert(sql, a, 'lost')
      throw new Error('changed my mind')
    }),
  ).rejects.toThrow('changed my mind')
  expect(await database.read((sql) => read(sql, a))).toBeUndefined()
})

test('a lost race for a key is run again, and then sees the winner', async () => {
  const addOnce = (word: string) =>
    database.transact(async (sql) => {
      const found = await read(sql, a)
      if (found !== undefined) return found
      await insert(sql, a, word)
      return word
    })
  const words = await Promise.all(Array.from({ length: 8 }, (_, index) => addOnce(String(index))))
  expect(new Set(words).size).toBe(1)
})

test('a deadlock is run again', async () => {
  await database.transact(async (sql) => {
    await insert(sql, b, '0')
  })
  await database.transact(async (sql) => {
    await update(sql, a, "'0'")
  })
  let met: () => void = () => {}
  const both = new Promise<void>((resolve) => {
    met = resolve
  })
  let arrived = 0
  let runs = 0
  const addTo = (first: string, second: string) =>
    database.transact(async (sql) => {
      runs += 1
      await update(sql, first, 'body + 1')
      if (++arrived === 2) met()
      await both
      await update(sql, second, 'body + 1')
    })
  await Promise.all([addTo(a, b), addTo(b, a)])
  expect(await database.read((sql) => Promise.all([read(sql, a), read(sql, b)]))).toEqual(['2', '2'])
  expect(runs).toBe(3)
})

test('a statement that takes too long is given up, and its connection with it', async () => {
  await expect(database.transact((sql) => sql.run('DO SLEEP(30)'))).rejects.toMatchObject({ code: 'store_unavailable' })
  const one = () => database.read((sql) => sql.rows('SELECT 1 AS one'))
  expect(await Promise.all(Array.from({ length: 20 }, one))).toEqual(Array.from({ length: 20 }, () => [{ one: 1 }]))
})

test('who finds every connection taken is not kept waiting for ever', async () => {
  const taken = Array.from({ length: 10 }, () => database.read((sql) => sql.rows('SELECT SLEEP(4)')))
  await expect(database.ping()).rejects.toMatchObject({ code: 'overloaded' })
  await Promise.all(taken)
  await database.ping()
})

test('a MySQL that is away, or that accepts and says nothing, is unavailable', async () => {
  const silent = createServer()
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve)
  })
  for (const port of [1, (silent.address() as AddressInfo).port]) {
    const away = openDatabase({ mysql: { ...endpoints.mysql, host: '127.0.0.1', port } }, 'user')
    await expect(away.ping()).rejects.toMatchObject({ code: expect.stringMatching(/store_unavailable|overloaded/) as string })
    await away.close().catch(() => undefined)
  }
  silent.close()
})

test('values come back as they went in', async () => {
  const [row] = await database.read((sql) =>
    sql.rows<Record<string, unknown>>(
      'SELECT CAST(? AS SIGNED) AS version, CAST(? AS DATETIME(3)) AS at, CAST(? AS DATE) AS day, ? AS emoji',
      [1_795_386_705_882_001, new Date('1998-04-22T09:15:00.123Z'), '1995-12-15', '👩‍💻\0x'],
    ),
  )
  const at = new Date('1998-04-22T09:15:00.123Z')
  expect(row).toEqual({ version: 1_795_386_705_882_001, at, day: '1995-12-15', emoji: '👩‍💻\0x' })
})
