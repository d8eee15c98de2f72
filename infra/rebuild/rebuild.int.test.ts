import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient as createClickHouse } from '@clickhouse/client'
import { Client as Cassandra } from 'cassandra-driver'
import { Redis } from 'ioredis'
import neo4j from 'neo4j-driver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { roleOf } from '@cdlc/streams/runtime/editions.ts'
import { groupName, storeName, type View } from '@cdlc/streams/runtime/view.ts'
import { type LiveSinks, openLiveSinks } from '@cdlc/streams/sinks/live.ts'
import catalogue from '@cdlc/streams/views/content/catalogue.ts'
import profileDiary from '@cdlc/streams/views/user/profile-diary.ts'
import ratedTogether from '@cdlc/streams/views/user/rated-together.ts'
import ratings from '@cdlc/streams/views/user/ratings.ts'
import titleStats from '@cdlc/streams/views/user/title-stats.ts'
import trending from '@cdlc/streams/views/user/trending.ts'
import { stackFrom } from '../local/stack.ts'
import { verifyViews } from '../verify/verify.ts'
import { startWork, type Work } from './load.ts'
import { abortView, rebuildView, rollBackView, type Step } from './rebuild.ts'

const stack = stackFrom(process.env)
const { endpoints } = stack
const hour_ms = 3_600_000
let live: LiveSinks
let work: Work
beforeAll(async () => {
  live = openLiveSinks(endpoints, { component: 'test', log: () => {} })
  work = await startWork(endpoints, live)
}, 180_000)
afterAll(async () => { await live.close() })

const buildsOf = (view: View) => live.editions.of(view)

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + 120_000; !await holds(); await delay(100)) if (Date.now() > deadline) throw new Error(`waited two minutes until ${what}`)
}

/** Everything that bears a build's name, in its store and in Kafka, looked for without the sinks' help. */
async function remainsOf(view: View): Promise<readonly string[]> {
  const name = storeName(view)
  const found: string[] = [...await live.groups.list(groupName(view))].map(([group]) => group).filter((group) => group === groupName(view))
  const table = name.replaceAll('-', '_')
  const own = (names: readonly string[]): readonly string[] => names.filter((other) => Object.keys(view.rows).concat('_position').some((row) => other.startsWith(`${table}_${row}`)))
  if (view.store === 'redis') {
    const redis = new Redis(endpoints.redis.url)
    for await (const keys of redis.scanStream({ match: `{${name}:*`, count: 1_000 }) as AsyncIterable<string[]>) found.push(...keys)
    redis.disconnect()
  } else if (view.store === 'clickhouse') {
    const client = createClickHouse({ url: endpoints.clickhouse.url, username: endpoints.clickhouse.user, password: endpoints.clickhouse.password })
    const rows = await (await client.query({ query: `SELECT name FROM system.tables WHERE database = '${endpoints.clickhouse.database}'`, format: 'JSONEachRow' })).json<{ name: string }>()
    found.push(...own(rows.map((row) => row.name)))
    await client.close()
  } else if (view.store === 'scylla') {
    const { contactPoints, localDataCenter, keyspace } = endpoints.scylla
    const client = new Cassandra({ contactPoints: [...contactPoints], localDataCenter })
    found.push(...own((await client.execute('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [keyspace], { prepare: true })).rows.map((row) => String(row['table_name']))))
    await client.shutdown()
  } else {
    const driver = neo4j.driver(endpoints.neo4j.url, neo4j.auth.basic(endpoints.neo4j.user, endpoints.neo4j.password))
    const names = async (cypher: string): Promise<readonly string[]> => (await driver.executeQuery(cypher)).records.map((record) => String(record.get('name')))
    found.push(...own([
      ...await names('MATCH (n) UNWIND labels(n) AS name RETURN DISTINCT name'), ...await names('MATCH ()-[r]->() RETURN DISTINCT type(r) AS name'),
      ...await names('SHOW INDEXES YIELD name'), ...await names('SHOW CONSTRAINTS YIELD name'),
    ]))
    found.push(...(await names('MATCH (p:Position) RETURN p.id AS name')).filter((id) => id.startsWith(`${name}:`)))
    await driver.close()
  }
  return found
}

/** Readers have answered so many more times since. */
async function answered(more: number): Promise<void> {
  const count = (): number => Math.min(...Object.values(work.report().answers))
  const from = count()
  await until(`${more} more answers to every question`, () => count() >= from + more || work.report().failures.length > 0)
}

describe('while readers read and writers write', () => {
  test.each<View>([titleStats, profileDiary, ratedTogether, ratings])('$name is rebuilt, switched, rolled back, switched again, and the old build dropped', async (view) => {
    const old = buildsOf(view).live ?? 0
    const oldBuild = { ...view, build: old }
    expect(await remainsOf(oldBuild), 'the search finds what is there').not.toEqual([])
    const steps: Step[] = []
    const result = await rebuildView(live, endpoints, view, { verify: 'old', grace_ms: hour_ms, onStep: (step) => steps.push(step) })
    expect(result).toMatchObject({ live: buildsOf(view).last_build, previous: old, verdict: { against: 'old', differences_total: 0 } })
    expect(result.verdict?.rows).toBeGreaterThan(5)
    expect(result.followers.map(({ component }) => component)).toEqual(expect.arrayContaining(['services', 'workers', 'test']))
    expect(new Set(steps.map(({ step }) => step))).toEqual(new Set(['begun', 'filling', 'filled', 'verifying', 'verified', 'switched', 'followed', 'grace']))
    await answered(20)

    expect(await rollBackView(live, view, { grace_ms: hour_ms })).toMatchObject({ live: old, previous: result.live })
    await answered(20)
    expect(await rollBackView(live, view, { grace_ms: 0 })).toMatchObject({ live: result.live, previous: old })
    await until('the old build is gone', () => roleOf(buildsOf(view), old) === 'gone')
    expect(await remainsOf(oldBuild)).toEqual([])
    await answered(20)
    await expect(rollBackView(live, view, { grace_ms: 0 })).rejects.toThrow('there is no previous build any more')
  }, 600_000)

  test('no read failed or was wrong, none of the thousands', async () => {
    const { answers, failures, writes } = await work.stop()
    expect(failures).toEqual([])
    expect(Object.keys(answers)).toHaveLength(6)
    expect(Math.min(...Object.values(answers))).toBeGreaterThanOrEqual(240)
    expect(writes).toBeGreaterThan(100)
    const verdicts = await verifyViews(endpoints, { names: [titleStats, profileDiary, ratedTogether, ratings].map(({ name }) => name), patience_ms: 60_000 })
    expect(verdicts.filter(({ differences_total }) => differences_total > 0)).toEqual([])
  }, 600_000)
})

/** The command itself, in a process of its own. */
function cdlc(...args: readonly string[]) {
  const child = spawn(process.execPath, [`${import.meta.dirname}/../cli/main.ts`, 'views', ...args], { env: { ...process.env, ...stack.env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let told = ''
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => { told += bytes.toString() })
  child.stdout.on('data', (bytes: Buffer) => { said += bytes.toString() })
  const ended = once(child, 'exit').then(([code]) => ({ code: code as number | null, said, told }))
  const tells = (words: RegExp) => until(`the command says ${words.source}`, () => {
    if (!words.test(told) && child.exitCode !== null) throw new Error(`the command ended with ${child.exitCode} and never said ${words.source}: ${told}`)
    return words.test(told)
  })
  return { child, ended, tells }
}

describe('a rebuild is not lost', () => {
  test('where the command is killed while the build fills: run again, it continues', async () => {
    const { live: old, last_build } = buildsOf(catalogue)
    const first = cdlc('rebuild', 'catalogue', '--yes', '--grace', '0s')
    await first.tells(/build \d+ fills beside/)
    first.child.kill('SIGKILL')
    expect(await first.ended).toMatchObject({ code: null })
    await until('the book has the build', () => buildsOf(catalogue).building === last_build + 1)
    expect(buildsOf(catalogue).live).toBe(old)
    const second = await cdlc('rebuild', 'catalogue', '--yes', '--grace', '0s', '--json').ended
    expect(second, second.told).toMatchObject({ code: 0, told: expect.stringContaining('is being filled beside build') as string })
    expect(JSON.parse(second.said)).toMatchObject({ view: 'catalogue', live: last_build + 1, previous: old })
    await until('the old build is gone', () => roleOf(buildsOf(catalogue), old ?? 0) === 'gone')
    expect(await remainsOf({ ...catalogue, build: old ?? 0 })).toEqual([])
  }, 600_000)

  test('where the command dies between the switch and the grace: nothing is dropped, and run again it ends what is left', async () => {
    const before = buildsOf(trending)
    const first = cdlc('rebuild', 'trending', '--yes')
    await first.tells(/is live; build/)
    first.child.kill('SIGKILL')
    await first.ended
    await until('the book has the switch', () => buildsOf(trending).live === before.last_build + 1)
    const result = await rebuildView(live, endpoints, trending, { verify: 'old', grace_ms: 0 })
    expect(result).toMatchObject({ live: before.last_build + 1, previous: before.live })
    await until('the old build is gone', () => roleOf(buildsOf(trending), before.live ?? 0) === 'gone')
  }, 600_000)

  test('where a worker is killed while it fills: the others go on', async () => {
    const offset = 21_000
    const addresses = {
      CDLC_KAFKA_BROKERS: endpoints.kafka.brokers.join(','), CDLC_REGISTRY_URL: endpoints.registry.url, CDLC_NEO4J_URL: endpoints.neo4j.url, CDLC_REDIS_URL: endpoints.redis.url,
    }
    const worker = spawn(process.execPath, [`${import.meta.dirname}/../../streams/main.ts`, ratedTogether.name], { env: { ...process.env, ...addresses, CDLC_PORT_OFFSET: String(endpoints.port('workers') - 8_120 + offset) }, stdio: 'ignore' })
    const exited = once(worker, 'exit')
    const members = async (build: number): Promise<number> => (await live.groups.members(groupName({ ...ratedTogether, build }))).length
    await until('there are two workers', async () => await members(buildsOf(ratedTogether).live ?? 0) === 2)
    const build = buildsOf(ratedTogether).last_build + 1
    const rebuilding = rebuildView(live, endpoints, ratedTogether, { verify: 'tables', grace_ms: 0 })
    await until('both fill', async () => await members(build) === 2)
    worker.kill('SIGKILL')
    await exited
    expect(await rebuilding).toMatchObject({ live: build, verdict: { against: 'tables', differences_total: 0 } })
  }, 600_000)

  test('where two begin it at once: both come to one end', async () => {
    const { last_build } = buildsOf(titleStats)
    const both = await Promise.all([0, 1].map(() => rebuildView(live, endpoints, titleStats, { verify: 'old', grace_ms: 0 })))
    expect(both.map((result) => result.live)).toEqual([last_build + 1, last_build + 1])
    expect(buildsOf(titleStats)).toMatchObject({ live: last_build + 1, building: null, last_build: last_build + 1 })
  }, 600_000)
})

test('a build that is aborted when it is full leaves nothing, and readers never knew', async () => {
  const before = buildsOf(profileDiary)
  const fresh = { ...profileDiary, build: before.last_build + 1 }
  let full: readonly string[] = []
  const rebuilding = rebuildView(live, endpoints, profileDiary, { verify: 'old', grace_ms: 0, confirm: async () => {
    full = await remainsOf(fresh)
    expect(await abortView(live, profileDiary)).toBe(fresh.build)
    return true
  } })
  await expect(rebuilding).rejects.toMatchObject({ code: 'conflict' })
  await until('it is gone', () => roleOf(buildsOf(profileDiary), fresh.build) === 'gone')
  expect([full.length, await remainsOf(fresh), buildsOf(profileDiary).live]).toEqual([4, [], before.live])
}, 600_000)

test('an old build with a wrong row stops the switch; held against MySQL, the new one heals it', async () => {
  const before = buildsOf(profileDiary)
  const { contactPoints, localDataCenter, keyspace } = endpoints.scylla
  const client = new Cassandra({ contactPoints: [...contactPoints], localDataCenter, keyspace })
  const table = `${storeName({ ...profileDiary, build: before.live ?? 0 })}_ratings`.replaceAll('-', '_')
  const { rows: [row] } = await client.execute(`SELECT profile_id, title_id, WRITETIME(half_stars) AS at FROM "${table}" LIMIT 1`)
  const key = [String(row?.['profile_id']), String(row?.['title_id'])]
  await client.execute(`UPDATE "${table}" USING TIMESTAMP ? SET half_stars = 77 WHERE profile_id = ? AND title_id = ?`, [row?.['at'], ...key], { prepare: true })
  await client.shutdown()
  await expect(rebuildView(live, endpoints, profileDiary, { verify: 'old', grace_ms: 0 })).rejects.toMatchObject({
    verdict: { differences_total: 1, differences: [{ row: 'ratings', id: key.join(':'), expected: { half_stars: 77 } }] },
  })
  expect(buildsOf(profileDiary)).toMatchObject({ live: before.live, building: before.last_build + 1 })
  expect(await rebuildView(live, endpoints, profileDiary, { verify: 'tables', grace_ms: 0 })).toMatchObject({ live: before.last_build + 1, verdict: { against: 'tables', differences_total: 0 } })
}, 600_000)
