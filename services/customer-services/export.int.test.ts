/** Exports over the real MySQL, with doubles of the diary's view and of the authorization server. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { fresh, send } from '../real.ts'
import { openVault, type Vault } from '../shared/personal-data.ts'
import { newId } from '../shared/clock.ts'
import { readKeyed } from './account-store.ts'
import { portsOf } from './app.ts'
import { exportData } from './export.ts'
import { readParts } from './export-store.ts'
import { addJob, endJob, type Job } from './job-store.ts'
import { startJobs, type Jobs } from './jobs.ts'
import type { CustomerPorts } from './ports.ts'
import { heat, noSocial, realCustomers, titles, type Customers } from './testing.ts'
import { unzip } from './testing-zip.ts'

const session = { session_id: 'S', client_id: 'app', device: 'Firefox', signed_in_at: 1_790_000_000_000, last_used_at: 1_790_000_000_000 }
let customers: Customers
let ports: CustomerPorts
let vault: Vault
beforeAll(async () => {
  customers = await realCustomers()
  vault = openVault(customers.platform.config.masterKey)
  const real = portsOf(customers.platform)
  ports = {
    ...real,
    social: { ...noSocial, exportAccount: async function* () { yield { file: 'reviews', line: '{"body":"a classic"}' } } },
    credentials: { sessions: async () => [session], end: async () => 0, erase: async () => {} },
    views: { ...real.views, diary: async (profile_id, _limit, after) => (after === undefined ? [{ profile_id, title_id: heat, half_stars: 9, rated_at: 0, version: 1 }] : []) },
  }
})
afterAll(async () => {
  await customers.close()
})

async function somebody() {
  const email = `${fresh()}@example.invalid`
  const account_id = await customers.open(email)
  const profiles = [await customers.addProfile('Zoë', account_id), await customers.addProfile('Kim', account_id)]
  for (const title_id of titles) await customers.put(profiles[0] ?? '', title_id, { stars: 4.5, rated_at: '2001-02-03T04:05:06.789Z' })
  return { email, account_id, profiles }
}
/** A job that this test holds, so that no process of the stack takes it. */
async function held(account_id: string): Promise<Job> {
  const job_id = newId(ports.clock.micros())
  await ports.database.transact((sql) => addJob(sql, { job_id, account_id, kind: 'export' }, new Date(Date.now() + 3_600_000)))
  await ports.database.transact((sql) => sql.run('UPDATE jobs SET attempt = 1 WHERE job_id = ?', [job_id]))
  return { job_id, account_id, kind: 'export', attempt: 1 }
}
async function zipOf(job: Job): Promise<Buffer> {
  const keyed = await ports.database.read((sql) => readKeyed(sql, vault, job.account_id))
  if (keyed === undefined) throw new Error('no account')
  return buffer(Readable.from(readParts(ports.database, vault, keyed.key, job)))
}

describe('an export', () => {
  test('holds everything of the person, readable, and nothing of it lies readable in MySQL', async () => {
    const { email, account_id, profiles } = await somebody()
    await send(customers.app, 204, { method: 'PUT', url: `/v1/profiles/${profiles[1]}/pin`, payload: { pin: '4711' } })
    const viewing = { title_id: heat, watched_on: '2020-02-29', liked: true, tags: ['with Kim, twice'] }
    await send(customers.app, 201, { method: 'POST', url: `/v1/profiles/${profiles[1]}/viewings`, payload: viewing })
    const job = await held(account_id)
    const { size_bytes } = await exportData(ports)(job, new AbortController().signal)
    const zip = await zipOf(job)
    expect(zip.length).toBe(size_bytes)
    const files = unzip(zip)
    expect([...files.keys()].sort()).toEqual(
      ['README.txt', 'account.json', 'diary.csv', 'diary.json', 'imports.json', 'preferences.json', 'profiles.json', 'ratings.csv', 'ratings.json', 'sessions.json', 'social/reviews.json', 'viewings.json'].sort(),
    )
    const json = (name: string): unknown => JSON.parse(String(files.get(name)))
    expect(json('account.json')).toMatchObject({ account_id, email, country: 'GB' })
    expect(json('profiles.json')).toMatchObject([{ name: 'Zoë', has_pin: false }, { name: 'Kim', has_pin: true }])
    expect(json('preferences.json')).toMatchObject(profiles.map((profile_id) => ({ profile_id, playback: { quality: 'auto' }, version: 0 })))
    expect(json('sessions.json')).toMatchObject([{ session_id: 'S', device: 'Firefox' }])
    expect(json('ratings.json')).toMatchObject(
      [...titles].sort().map((title_id) => ({ profile_id: profiles[0], title_id, stars: 4.5, rated_at: '2001-02-03T04:05:06.789Z' })),
    )
    expect(String(files.get('ratings.csv')).split('\r\n')).toHaveLength(titles.length + 2)
    expect(json('diary.json')).toMatchObject([{ profile_id: profiles[0], title_id: heat }, { profile_id: profiles[1], title_id: heat }])
    expect(String(files.get('diary.csv'))).toContain(`${profiles[0]},${heat},4.5,1970-01-01T00:00:00.000Z\r\n`)
    expect(json('viewings.json')).toMatchObject([{ profile_id: profiles[1], ...viewing, stars: null, rewatch: false }])
    expect(json('social/reviews.json')).toEqual([{ body: 'a classic' }])
    const stored = await customers.rows<{ sealed: Buffer }>('SELECT sealed FROM export_parts WHERE job_id = ?', job.job_id)
    expect(stored.length).toBeGreaterThan(0)
    // a zip tells its files' names in the clear; two bytes alone would be met by chance in a few thousand of noise
    for (const { sealed } of stored) expect(['PK\x03\x04', 'account.json'].filter((words) => sealed.includes(words))).toEqual([])
  })
  test('made anew after an attempt that died holds the later one alone', async () => {
    const { account_id } = await somebody()
    const job = await held(account_id)
    await exportData(ports)(job, new AbortController().signal)
    await ports.database.transact((sql) => sql.run('UPDATE jobs SET attempt = 2 WHERE job_id = ?', [job.job_id]))
    await expect(exportData(ports)(job, new AbortController().signal)).rejects.toThrow('does not hold the job any more')
    const second = { ...job, attempt: 2 }
    await exportData(ports)(second, new AbortController().signal)
    expect(await customers.rows('SELECT DISTINCT attempt FROM export_parts WHERE job_id = ?', job.job_id)).toEqual([{ attempt: 2 }])
    expect(unzip(await zipOf(second)).has('account.json')).toBe(true)
  })
  test('of more than a piece comes back as it was', async () => {
    const { account_id, profiles } = await somebody()
    const many = Array.from({ length: 15_000 }, (_, index) => [profiles[1] ?? '', newId((1_500_000_000 + index) * 1_000_000), 1 + (index % 10), new Date(index), index])
    await ports.database.transact((sql) => sql.runMany('INSERT INTO ratings (profile_id, title_id, half_stars, rated_at, version) VALUES ?', many))
    const job = await held(account_id)
    await exportData(ports)(job, new AbortController().signal)
    expect((await customers.rows('SELECT part FROM export_parts WHERE job_id = ?', job.job_id)).length).toBeGreaterThan(1)
    expect(JSON.parse(String(unzip(await zipOf(job)).get('ratings.json')))).toHaveLength(15_000 + titles.length)
  })
  test('whose source breaks ends in an error, not in silence', async () => {
    const { account_id } = await somebody()
    const broken = { ...ports, views: { ...ports.views, diary: () => Promise.reject(new Error('the view is away')) } }
    await expect(exportData(broken)(await held(account_id), new AbortController().signal)).rejects.toThrow('the view is away')
    const silent = { ...ports, social: { ...noSocial, exportAccount: async function* () { yield await Promise.reject(new Error('social is away')) } } }
    await expect(exportData(silent)(await held(account_id), new AbortController().signal)).rejects.toThrow('social is away')
  })
})

describe('a person', () => {
  let jobs: Jobs
  beforeAll(() => {
    jobs = startJobs({ ...ports, log: () => {}, handlers: { export: { run: exportData(ports) } } })
  })
  afterAll(() => jobs.close())

  test('orders an export, hears how it stands, and fetches it; nobody else does', async () => {
    const { email, account_id } = await somebody()
    const stranger = await customers.open()
    const exports = `/v1/accounts/${account_id}/exports`
    const ordered = await customers.as(account_id, 202, { method: 'POST', url: exports })
    const url = String(ordered.headers.location)
    await vi.waitFor(async () => expect((await customers.as(account_id, 200, { url })).json()).toMatchObject({ state: 'done' }), { timeout: 60_000, interval: 50 })
    expect((await customers.as(account_id, 200, { url: exports })).json()).toMatchObject({ items: [{ state: 'done' }] })
    await customers.as(stranger, 404, { url })
    await customers.as(stranger, 404, { url: `${url}/file` })
    await customers.as(stranger, 404, { url: url.replace(account_id, stranger) })
    expect((await send(customers.app, 403, { url: `${url}/file` })).json()).toMatchObject({ code: 'forbidden' })
    const file = await customers.as(account_id, 200, { url: `${url}/file` })
    expect(file.headers).toMatchObject({ 'content-type': 'application/zip', 'cache-control': 'private, no-store', 'content-length': String(file.rawPayload.length) })
    expect(String(unzip(file.rawPayload).get('account.json'))).toContain(email)
    await ports.database.transact((sql) => sql.run('UPDATE jobs SET expires_at = ? WHERE account_id = ?', [new Date(Date.now() - 1_000), account_id]))
    expect((await customers.as(account_id, 404, { url: `${url}/file` })).json()).toMatchObject({ code: 'export_not_found' })
  })
  test('who orders again while one is under way is answered that one, and has five at most', async () => {
    const account_id = await customers.open()
    const job = await held(account_id)
    const order = (expected: number) => customers.as(account_id, expected, { method: 'POST', url: `/v1/accounts/${account_id}/exports` })
    const under = await Promise.all([order(202), order(202)])
    expect(under.map((answer) => answer.json<{ export_id: string }>().export_id)).toEqual([job.job_id, job.job_id])
    const url = `/v1/accounts/${account_id}/exports/${job.job_id}/file`
    expect((await customers.as(account_id, 409, { url })).json()).toMatchObject({ code: 'export_not_ready' })
    const later = { expires_at: new Date(Date.now() + 3_600_000) }
    await ports.database.transact((sql) => endJob(sql, job, 'failed', new Date(), later))
    for (let more = 0; more < 4; more++) {
      const next = await held(account_id)
      await ports.database.transact((sql) => endJob(sql, next, 'done', new Date(), later))
    }
    expect((await order(429)).json()).toMatchObject({ code: 'rate_limited' })
  })
})
