/** The film diary over the real MySQL; those who follow are told into a list, but for one test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh, send } from '../real.ts'
import type { Activity } from './activity.ts'
import { eraseAtSocial } from './erasure.ts'
import { alien, heat, missing, noSocial, realCustomers, versionOf, type Customers } from './testing.ts'

const told: string[] = []
const activity: Activity = {
  prepare: async () => {},
  write: async (_sql, ...events) => void told.push(...events.map(({ type, activity_id, half_stars }) => `${type === 'ActivityRecorded' ? '+' : '-'} ${activity_id} ${String(half_stars)}`)),
}
let customers: Customers
beforeAll(async () => {
  customers = await realCustomers({ activity })
})
afterAll(async () => {
  await customers.close()
})

interface Diary {
  readonly profile_id: string
  readonly account_id: string
  readonly url: string
  /** Enters a viewing as the person; answers its path and what was answered. */
  enter(fields: object): Promise<{ readonly path: string; readonly viewing: Readonly<Record<string, unknown>> }>
  rating(): Promise<string | undefined>
}
async function diary(kids = false): Promise<Diary> {
  const account_id = await customers.open()
  const { profile_id } = (await customers.as(account_id, 201, { method: 'POST', url: '/v1/profiles', payload: { account_id, name: 'Ada', kids } })).json<{ profile_id: string }>()
  const url = `/v1/profiles/${profile_id}/viewings`
  return {
    account_id, profile_id, url,
    async enter(fields) {
      const answer = await customers.as(account_id, 201, { method: 'POST', url, payload: { title_id: heat, liked: false, ...fields } })
      return { path: String(answer.headers.location), viewing: answer.json() }
    },
    async rating() {
      const [row] = await customers.ratingsOf(profile_id)
      return row === undefined ? undefined : `${row.half_stars} at ${row.rated_at.toISOString().slice(0, 10)}`
    },
  }
}
const today = new Date().toISOString().slice(0, 10)

describe('a viewing', () => {
  test('is entered, changed and removed, and read back at once', async () => {
    const { account_id, url, enter } = await diary()
    const { path, viewing } = await enter({ watched_on: '2020-02-29', stars: 4.5, liked: true, tags: ['with Kim', '映画'] })
    expect(viewing).toMatchObject({ title_id: heat, watched_on: '2020-02-29', stars: 4.5, liked: true, rewatch: false })
    expect(viewing).not.toHaveProperty('tags')
    const changed = await customers.as(account_id, 200, { method: 'PATCH', url: path, payload: { stars: null, tags: ['cinema'], rewatch: true } })
    expect(changed.json()).toMatchObject({ watched_on: '2020-02-29', stars: null, liked: true, rewatch: true, tags: ['cinema'] })
    const read = await customers.as(account_id, 200, { url: path, headers: { 'read-after': String(changed.headers.etag) } })
    expect([read.headers['served-from'], read.json()]).toEqual(['mysql', changed.json()])
    await customers.as(account_id, 412, { method: 'DELETE', url: path, headers: { 'if-match': `"${String(viewing['viewing_id'])}.${String(viewing['version'])}"` } })
    const removed = await customers.as(account_id, 204, { method: 'DELETE', url: path, headers: { 'if-match': String(changed.headers.etag) } })
    expect(removed.headers.etag).toBe(`"${path.slice(url.length + 1)}.${versionOf(changed)}.gone"`)
    await customers.as(account_id, 404, { method: 'DELETE', url: path })
    await customers.as(account_id, 404, { method: 'PATCH', url: path, payload: { liked: true } })
  })
  test('is entered once under one key, and its tags are kept nowhere readable', async () => {
    const { account_id, profile_id, url } = await diary()
    const tag = fresh()
    const request = { method: 'POST', url, payload: { title_id: heat, liked: true, tags: [tag] }, headers: { 'idempotency-key': fresh() } } as const
    const [first, second] = [await customers.as(account_id, 201, request), await customers.as(account_id, 201, request)]
    expect(second.body).toBe(first.body)
    const rows = await customers.rows<{ tags_sealed: Buffer }>('SELECT tags_sealed FROM viewings WHERE profile_id = ?', profile_id)
    expect(rows.map(({ tags_sealed }) => tags_sealed.includes(tag))).toEqual([false])
    expect(await customers.rows('SELECT 1 FROM idempotency_keys WHERE body LIKE ?', `%${tag}%`)).toEqual([])
  })
  test('has tags of every script, up to what a row holds of them', async () => {
    const { account_id, url } = await diary()
    const tags = (count: number) => Array.from({ length: count }, (_, index) => '映'.repeat(38) + String(index).padStart(2, '0'))
    const ask = (expected: number, count: number) => customers.as(account_id, expected, { method: 'POST', url, payload: { title_id: heat, liked: true, tags: tags(count) } })
    await ask(201, 11)
    expect((await ask(400, 12)).json()).toMatchObject({ code: 'invalid_request', errors: [{ field: 'tags' }] })
  })
  test('of a title nobody knows, of tomorrow, and of another profile is refused', async () => {
    const [ada, kim] = [await diary(), await diary()]
    const ask = (fields: object) => customers.as(ada.account_id, 422, { method: 'POST', url: ada.url, payload: { title_id: heat, liked: true, ...fields } })
    expect((await ask({ title_id: missing })).json()).toMatchObject({ code: 'unknown_title' })
    expect((await ask({ watched_on: '2199-01-01' })).json()).toMatchObject({ code: 'watched_in_future' })
    const { path } = await kim.enter({})
    for (const method of ['PATCH', 'DELETE', 'GET'] as const) {
      const request = { method, url: path.replace(kim.profile_id, ada.profile_id), ...(method === 'PATCH' ? { payload: { liked: true } } : {}) }
      expect((await customers.as(ada.account_id, 404, request)).json()).toMatchObject({ code: 'viewing_not_found' })
    }
  })
  test('is a rewatch where an earlier one is there', async () => {
    const { enter } = await diary()
    const days = ['2020-02-29', '2020-02-29', '2019-01-01']
    const rewatches: unknown[] = []
    for (const watched_on of days) rewatches.push((await enter({ watched_on })).viewing['rewatch'])
    rewatches.push((await enter({ title_id: alien })).viewing['rewatch'])
    expect(rewatches).toEqual([false, true, false, false])
  })
})

describe('the stars of a viewing', () => {
  test('rate the title by the newest day, whatever the order in which they come', async () => {
    const { account_id, enter, rating } = await diary()
    await enter({ watched_on: '2020-02-29', stars: 3 })
    expect(await rating()).toBe('6 at 2020-02-29')
    const { path } = await enter({ watched_on: '2019-01-01', stars: 1 })
    expect(await rating()).toBe('6 at 2020-02-29')
    await customers.as(account_id, 200, { method: 'PATCH', url: path, payload: { watched_on: '2021-01-01' } })
    expect(await rating()).toBe('2 at 2021-01-01')
    await enter({ watched_on: today, stars: 5 })
    expect(await rating()).toBe(`10 at ${today}`)
  })
  test('leave alone what was rated on a later day, and stay where the viewing goes', async () => {
    const { account_id, profile_id, enter, rating } = await diary()
    await customers.put(profile_id, heat, { stars: 2, rated_at: '2020-06-01T12:00:00Z' })
    await enter({ watched_on: '2020-05-31', stars: 5 })
    expect(await rating()).toBe('4 at 2020-06-01')
    const { path } = await enter({ watched_on: '2020-06-02', stars: 5 })
    await customers.as(account_id, 204, { method: 'DELETE', url: path })
    expect(await rating()).toBe('10 at 2020-06-02')
  })
})

describe('those who follow', () => {
  const since = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    told.length = 0
    await work()
    return [...told]
  }
  const rate = (account_id: string, profile_id: string, stars: number, rated_at?: string) =>
    customers.as(account_id, [200, 201], { method: 'PUT', url: `/v1/profiles/${profile_id}/ratings/${heat}`, payload: { stars, ...(rated_at === undefined ? {} : { rated_at }) } })

  test('hear of a rating that a person gives, changes and removes, and not of one that changes nothing', async () => {
    const { account_id, profile_id } = await diary()
    const rated = `rated:${profile_id}.${heat}`
    const url = `/v1/profiles/${profile_id}/ratings/${heat}`
    expect(await since(() => rate(account_id, profile_id, 4))).toEqual([`+ ${rated} 8`])
    expect(await since(() => rate(account_id, profile_id, 4))).toEqual([])
    expect(await since(() => rate(account_id, profile_id, 5, '2020-01-01T00:00:00Z'))).toEqual([`- ${rated} 8`, `+ ${rated} 10`])
    expect(await since(() => customers.as(account_id, 204, { method: 'DELETE', url }))).toEqual([`- ${rated} 10`])
  })
  test('hear nothing of what programs rate, nor of children', async () => {
    const [ada, child] = [await diary(), await diary(true)]
    expect(await since(() => customers.put(ada.profile_id, heat, { stars: 4 }))).toEqual([])
    expect(await since(() => rate(child.account_id, child.profile_id, 4))).toEqual([])
    expect(await since(() => child.enter({ title_id: alien, stars: 4 }))).toEqual([])
  })
  test('hear no more of what an import has changed', async () => {
    const { account_id, profile_id } = await diary()
    await rate(account_id, profile_id, 4)
    const ratings = [{ profile_id, title_id: heat, stars: 1, rated_at: '2020-01-01T00:00:00Z' }, { profile_id, title_id: alien, stars: 1, rated_at: '2020-01-01T00:00:00Z' }]
    const load = () => send(customers.app, 200, { method: 'POST', url: '/v1/ratings:import', payload: { ratings } })
    expect(await since(load)).toEqual([`- rated:${profile_id}.${heat} 8`])
    expect(await since(load)).toEqual([])
  })
  test('hear of a viewing once, and not of the rating that its stars give besides', async () => {
    const { account_id, profile_id, enter } = await diary()
    await rate(account_id, profile_id, 4, '2020-01-01T00:00:00Z')
    let path = ''
    const entered = await since(async () => {
      path = (await enter({ watched_on: today, stars: 5 })).path
    })
    const watched = `watched:${path.slice(-26)}`
    expect(entered).toEqual([`+ ${watched} 10`, `- rated:${profile_id}.${heat} 8`])
    expect(await since(() => customers.as(account_id, 200, { method: 'PATCH', url: path, payload: { liked: true } }))).toEqual([])
    expect(await since(() => customers.as(account_id, 204, { method: 'DELETE', url: path }))).toEqual([`- ${watched} 10`])
  })
  test('hear that all is gone with the profile, of which social is told by a job', async () => {
    const { account_id, profile_id, enter } = await diary()
    const { path } = await enter({ stars: 4 })
    const gone = await since(() => customers.as(account_id, 204, { method: 'DELETE', url: `/v1/profiles/${profile_id}` }))
    expect(gone).toEqual([`- rated:${profile_id}.${heat} 8`, `- watched:${path.slice(-26)} 8`])
    expect(await customers.rows('SELECT 1 FROM viewings WHERE profile_id = ?', profile_id)).toEqual([])
    expect(await customers.rows('SELECT account_id, kind FROM jobs WHERE job_id = ?', profile_id)).toEqual([{ account_id, kind: 'profile-erasure' }])
    const erased: string[] = []
    const social = { ...noSocial, eraseProfile: async (id: string) => erased.push(id) > 1 }
    await eraseAtSocial({ social, clock: customers.platform.clock })({ job_id: profile_id, account_id, kind: 'profile-erasure', attempt: 1 }, new AbortController().signal)
    expect(erased).toEqual([profile_id, profile_id])
  })
  test('hear it by the outbox, in the transaction of what is done', async () => {
    const real = await realCustomers()
    const account_id = await real.open()
    const profile_id = await real.addProfile('Ada', account_id)
    for (const stars of [4, 5]) await real.as(account_id, [200, 201], { method: 'PUT', url: `/v1/profiles/${profile_id}/ratings/${heat}`, payload: { stars } })
    const rows = await real.rows<{ event_type: string }>('SELECT event_type FROM outbox WHERE event_key = ? AND topic = ? ORDER BY event_type', profile_id, 'user.activity')
    expect(rows.map(({ event_type }) => event_type)).toEqual(['ActivityRecorded', 'ActivityRecorded', 'ActivityWithdrawn'])
    await real.close()
  })
})
