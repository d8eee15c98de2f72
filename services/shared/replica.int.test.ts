/** Reads from a real replica of the stack's MySQL: behind, far behind, and gone. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { fresh } from '../real.ts'
import { migrate } from './migrate.ts'
import { openDatabase, type Database, type Sql } from './mysql.ts'
import { readCurrent } from './read-your-writes.ts'
import { processRegistry } from './telemetry.ts'
import { asRoot, originOf, startMysqld, type Mysqld, type Origin } from './testing-mysqld.ts'

const endpoints = endpointsFrom(process.env)
const replicator = `cdlc_${fresh().slice(0, 12)}`
/** That it replays all that was ever written may take a while on a busy machine. */
const replay_ms = 170_000
const settles_ms = 100_000
const secret = fresh()
const scope = `replica ${secret}`
let origin: Origin
let replica: Mysqld
const opened: Database[] = []
const open = (behind_ms: number): Database => {
  const database = openDatabase({ mysql: endpoints.mysql, mysqlReplica: { ...endpoints.mysql, host: '127.0.0.1', port: replica.port } }, 'user', { behind_ms, ask_ms: 50 })
  opened.push(database)
  return database
}

beforeAll(async () => {
  await migrate(endpoints)
  origin = await originOf(endpoints.mysql)
  await asRoot(origin.socket, [`CREATE USER '${replicator}'@'%' IDENTIFIED BY '${secret}'`, `GRANT REPLICATION SLAVE ON *.* TO '${replicator}'@'%'`])
  replica = await startMysqld(origin, 7_001)
  await replica.root(
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${endpoints.mysql.port}, SOURCE_USER = '${replicator}', SOURCE_PASSWORD = '${secret}', ` +
      'SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1',
    'START REPLICA',
  )
}, replay_ms)
afterAll(async () => {
  await Promise.all(opened.map((database) => database.close()))
  await replica.close()
  await asRoot(origin.socket, [`DROP USER '${replicator}'@'%'`])
  const database = openDatabase(endpoints, 'user')
  await database.read((sql) => sql.run('DELETE FROM idempotency_keys WHERE scope = ?', [scope]))
  await database.close()
})

const write = (database: Database, key: string, body: string): Promise<number> =>
  database.transact((sql) =>
    sql.run(
      'INSERT INTO idempotency_keys (scope, idempotency_key, request_sha256, status, headers, body, created_at) VALUES (?, ?, ?, 0, ?, ?, ?) AS new ' +
        'ON DUPLICATE KEY UPDATE body = new.body',
      [scope, key, Buffer.alloc(32), '{}', body, new Date()],
    ),
  )
const bodyOf = (key: string) => async (sql: Sql): Promise<string | undefined> =>
  (await sql.rows<{ body: string }>('SELECT body FROM idempotency_keys WHERE scope = ? AND idempotency_key = ?', [scope, key]))[0]?.body
const serverOf = (database: Database): Promise<number | undefined> =>
  database.readCopy(async (sql) => (await sql.rows<{ id: number }>('SELECT @@server_id AS id'))[0]?.id)
const answeredBy = (database: Database, server_id: number) =>
  vi.waitFor(async () => expect(await serverOf(database)).toBe(server_id), { timeout: settles_ms, interval: 50 })
const gauge = async (name: string): Promise<number | undefined> =>
  (await processRegistry.getMetricsAsJSON()).find((metric) => metric.name === name)?.values.find(({ labels }) => labels['database'] === 'user')?.value

test('reads go to the replica once it has caught up, and see there what was written', async () => {
  const database = open(30_000)
  await answeredBy(database, 7_001)
  expect(await database.read(async (sql) => sql.rows('SELECT @@server_id AS id'))).toEqual([{ id: 1 }])
  await write(database, 'a', 'one')
  await vi.waitFor(async () => expect(await database.readCopy(bodyOf('a'))).toBe('one'), { timeout: 30_000, interval: 20 })
  expect(await gauge('cdlc_mysql_replica_usable')).toBe(1)
}, replay_ms)

test('a replica cannot be written to, and the write that was meant for it goes to the source', async () => {
  const database = open(30_000)
  await answeredBy(database, 7_001)
  expect(await database.readCopy((sql) => sql.run('DELETE FROM idempotency_keys WHERE scope = ? AND idempotency_key = ?', [scope, 'no such']))).toBe(0)
}, replay_ms)

test('while it is behind, who names a write sees it, and who asks for a row it lacks gets it; others see what was', async () => {
  const database = open(600_000)
  await answeredBy(database, 7_001)
  await write(database, 'b', 'old')
  await vi.waitFor(async () => expect(await database.readCopy(bodyOf('b'))).toBe('old'), { timeout: 30_000, interval: 20 })
  await replica.root('STOP REPLICA SQL_THREAD')
  await write(database, 'b', 'new')
  await write(database, 'c', 'first')
  expect(await readCurrent(database, undefined, bodyOf('b'))).toBe('old')
  expect(await readCurrent(database, '"an etag"', bodyOf('b'))).toBe('new')
  expect(await readCurrent(database, undefined, bodyOf('c'))).toBe('first')
  expect(await database.readCopy(bodyOf('c'))).toBeUndefined()
}, replay_ms)

test('one that is too far behind is left out, says so, and is taken back when it has caught up', async () => {
  await replica.root('START REPLICA SQL_THREAD')
  const database = open(400)
  await answeredBy(database, 7_001)
  await replica.root('STOP REPLICA SQL_THREAD')
  await write(database, 'b', 'newer')
  await answeredBy(database, 1)
  expect(await database.readCopy(bodyOf('b'))).toBe('newer')
  expect(await gauge('cdlc_mysql_replica_usable')).toBe(0)
  await replica.root('STOP REPLICA', 'CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 3600', 'START REPLICA')
  await write(database, 'b', 'newest')
  expect([await serverOf(database), await database.readCopy(bodyOf('b'))]).toEqual([1, 'newest'])
  await replica.root('STOP REPLICA', 'CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 0', 'START REPLICA')
  await answeredBy(database, 7_001)
  expect(await gauge('cdlc_mysql_replica_usable')).toBe(1)
  await vi.waitFor(async () => expect(await database.readCopy(bodyOf('b'))).toBe('newest'), { timeout: 30_000, interval: 20 })
}, replay_ms)

test('killed under load, it costs no read', async () => {
  const database = open(30_000)
  await answeredBy(database, 7_001)
  let reads = 0
  const reading = (async () => {
    for (let after = 0; after < 200; after += Number((await serverOf(database)) === 1)) reads += 1
  })()
  await vi.waitFor(() => expect(reads).toBeGreaterThan(50), { timeout: 30_000, interval: 5 })
  await replica.kill()
  await reading
  expect(await gauge('cdlc_mysql_replica_usable')).toBe(0)
  expect(await database.readCopy(bodyOf('b'))).toBe('newest')
}, replay_ms)
