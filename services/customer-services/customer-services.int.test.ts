import { drive, created } from '@cdlc/streams/runtime/testing.ts'
import profileDiary, { type DiaryEntry } from '@cdlc/streams/views/user/profile-diary.ts'
import fc from 'fast-check'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh, realPlatform, send } from '../real.ts'
import { newId } from '../shared/clock.ts'
import { parseTags } from '../shared/etag.ts'
import { createService } from '../shared/http.ts'
import { openVault } from '../shared/personal-data.ts'
import type { Platform } from '../shared/platform.ts'
import { customerServices } from './app.ts'

let platform: Platform
let app: FastifyInstance
/** Titles that exist, as the view would say. */
const titles = Array.from({ length: 5 }, (_, index) => newId((1_600_000_000 + index) * 1_000_000))
const [heat = '', alien = ''] = titles
const missing = newId(1_500_000_000_000_000)
beforeAll(async () => {
  platform = await realPlatform()
  const views = { titles: async (ids: readonly string[]) => new Set(ids.filter((id) => titles.includes(id))), diary: async () => [], entry: async () => undefined }
  app = createService({ name: 'customer-services', description: '', checks: {}, routes: customerServices({
    database: platform.database('user'), clock: platform.clock, vault: openVault(platform.config.masterKey), views,
  }) })
})
afterAll(async () => {
  await app.close()
  await platform.close()
})

const versionOf = ({ headers }: LightMyRequestResponse): number => parseTags(String(headers.etag))[0]?.version ?? 0
const rows = <T>(text: string, ...params: readonly string[]): Promise<readonly T[]> => platform.database('user').read((sql) => sql.rows<T>(text, params))
const open = async (email = `${fresh()}@example.invalid`): Promise<string> =>
  (await send(app, 201, { method: 'POST', url: '/v1/accounts', payload: { email, country: 'GB' } })).json<{ account_id: string }>().account_id
const addProfile = async (name = 'Ada', account_id?: string): Promise<string> =>
  (await send(app, 201, { method: 'POST', url: '/v1/profiles', payload: { account_id: account_id ?? await open(), name } })).json<{ profile_id: string }>().profile_id
const put = (profile_id: string, title_id: string, payload: object, expected: number | readonly number[] = [200, 201]) =>
  send(app, expected, { method: 'PUT', url: `/v1/profiles/${profile_id}/ratings/${title_id}`, payload })
const ratingsOf = (profile_id: string) => rows<{ title_id: string; half_stars: number; rated_at: Date; version: number }>('SELECT title_id, half_stars, rated_at, version FROM ratings WHERE profile_id = ? ORDER BY title_id', profile_id)

describe('an account', () => {
  test('keeps its address to itself: sealed, found without regard to case, told to nobody who tries it', async () => {
    const word = fresh()
    const account_id = await open(`Ada.${word}@Example.invalid`)
    expect((await send(app, 200, { url: `/v1/accounts/${account_id}` })).json()).toMatchObject({ email: `Ada.${word}@Example.invalid`, country: 'GB' })
    const taken = await send(app, 409, { method: 'POST', url: '/v1/accounts', payload: { email: `ada.${word}@example.INVALID` } })
    expect(taken.json()).toMatchObject({ code: 'email_taken', errors: [{ field: 'email' }] })
    expect(taken.body).not.toContain(account_id)
    const stored = await rows<Record<string, unknown>>('SELECT * FROM accounts a JOIN account_keys k USING (account_id) WHERE account_id = ?', account_id)
    expect(Object.values(stored[0] ?? {}).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value))).join(' ').toLowerCase()).not.toContain(word)
  })
  test('is given again under an Idempotency-Key, new or old, and the key\'s row tells no address', async () => {
    const email = `${fresh()}@example.invalid`
    const post = (key: string, expected: number) => send(app, expected, { method: 'POST', url: '/v1/accounts', payload: { email }, headers: { 'idempotency-key': key } })
    const [first, second] = [fresh(), fresh()]
    const opened = await post(first, 201)
    expect((await post(first, 201)).body).toBe(opened.body)
    expect((await post(second, 200)).json()).toEqual(opened.json())
    const kept = await rows<{ body: string; headers: object }>('SELECT body, headers FROM idempotency_keys WHERE idempotency_key IN (?, ?)', first, second)
    expect(kept).toHaveLength(2)
    expect(JSON.stringify(kept)).not.toContain(email)
  })
  test('changes its address to a free one only, and from a version its owner has seen', async () => {
    const other = `${fresh()}@example.invalid`
    await open(other)
    const account_id = await open()
    const url = `/v1/accounts/${account_id}`
    await send(app, 409, { method: 'PATCH', url, payload: { email: other } })
    const free = `${fresh()}@example.invalid`
    const changed = await send(app, 200, { method: 'PATCH', url, payload: { email: free } })
    expect(changed.json()).toMatchObject({ email: free, country: 'GB' })
    await send(app, 412, { method: 'PATCH', url, payload: { country: null }, headers: { 'if-match': `"${account_id}.1"` } })
    await send(app, 304, { url, headers: { 'if-none-match': String(changed.headers.etag) } })
  })
  test('opened by many at once with one address is opened once', async () => {
    const email = `${fresh()}@example.invalid`
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(app, [201, 409], { method: 'POST', url: '/v1/accounts', payload: { email } })))
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1)
  })
})

describe('a profile', () => {
  test('belongs to an account, has a sealed name, and takes its ratings with it', async () => {
    const account_id = await open()
    const profile_id = await addProfile('Zoë 👩‍💻', account_id)
    const url = `/v1/profiles/${profile_id}`
    expect((await send(app, 200, { url })).json()).toMatchObject({ name: 'Zoë 👩‍💻', language: 'en', kids: false })
    expect((await send(app, 200, { method: 'PATCH', url, payload: { kids: true, language: 'pt-BR' } })).json()).toMatchObject({ name: 'Zoë 👩‍💻', language: 'pt-BR', kids: true })
    expect((await send(app, 200, { url: `/v1/accounts/${account_id}/profiles` })).json()).toMatchObject({ items: [{ profile_id, name: 'Zoë 👩‍💻' }] })
    await put(profile_id, heat, { stars: 4 })
    await send(app, 204, { method: 'DELETE', url })
    expect(await ratingsOf(profile_id)).toEqual([])
    await send(app, 404, { url })
    await put(profile_id, heat, { stars: 4 }, 404)
    expect((await send(app, 422, { method: 'POST', url: '/v1/profiles', payload: { account_id: missing, name: 'x' } })).json()).toMatchObject({ code: 'unknown_account', errors: [{ field: 'account_id' }] })
  })
})

describe('a rating', () => {
  test('is put, changed, removed and put again, with a version that only rises', async () => {
    const profile_id = await addProfile()
    const first = await put(profile_id, heat, { stars: 4.5, rated_at: '2000-01-01T00:00:00.123Z' }, 201)
    expect(first.json()).toEqual({ profile_id, title_id: heat, stars: 4.5, rated_at: '2000-01-01T00:00:00.123Z', version: versionOf(first) })
    expect((await put(profile_id, heat, { stars: 4.5 }, 200)).body).toBe(first.body)
    const second = await put(profile_id, heat, { stars: 0.5 }, 200)
    const url = `/v1/profiles/${profile_id}/ratings/${heat}`
    await send(app, 412, { method: 'DELETE', url, headers: { 'if-match': String(first.headers.etag) } })
    const removed = await send(app, 204, { method: 'DELETE', url, headers: { 'if-match': String(second.headers.etag) } })
    expect(removed.headers.etag).toBe(`"${profile_id}.${heat}.${versionOf(second)}.gone"`)
    await send(app, 404, { method: 'DELETE', url })
    const third = await put(profile_id, heat, { stars: 4.5 }, 201)
    expect([versionOf(first) < versionOf(second), versionOf(second) < versionOf(third)]).toEqual([true, true])
  })
  test('of a title nobody knows is refused', async () => {
    expect((await put(await addProfile(), missing, { stars: 4 }, 404)).json()).toMatchObject({ code: 'title_not_found', errors: [{ field: 'path.title_id' }] })
  })
  test('put and removed by many at once ends as the last one said', async () => {
    const profile_id = await addProfile()
    const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => (index % 5 === 4
      ? send(app, [204, 404], { method: 'DELETE', url: `/v1/profiles/${profile_id}/ratings/${heat}` })
      : put(profile_id, heat, { stars: 0.5 + (index % 10) / 2, rated_at: new Date(index * 1_000).toISOString() }))))
    const versions = answers.filter(({ statusCode }) => statusCode < 202).map(versionOf)
    expect(new Set(versions).size).toBe(versions.length)
    const [left] = await ratingsOf(profile_id)
    if (left !== undefined) expect(left.version).toBe(Math.max(...versions))
  })
})

describe('an import of ratings', () => {
  const item = (profile_id: string, title_id: string, stars: number, at = 0) => ({ profile_id, title_id, stars, rated_at: new Date(at * 1_000).toISOString() })
  const load = async (ratings: readonly object[]) => (await send(app, 200, { method: 'POST', url: '/v1/ratings:import', payload: { ratings } })).json()

  test('applies what is new, counts what is so already, and tells what cannot be', async () => {
    const profile_id = await addProfile()
    const ratings = [item(profile_id, heat, 4), item(missing, heat, 4), item(profile_id, missing, 4), item(profile_id, heat, 4), item(profile_id, heat, 3, 9), item(profile_id, alien, 5, 4e9), item(profile_id, alien, 5)]
    expect(await load(ratings)).toEqual({ applied: 3, unchanged: 1, rejected: [{ index: 1, code: 'unknown_profile' }, { index: 2, code: 'unknown_title' }, { index: 5, code: 'rated_in_future' }] })
    expect(await load(ratings.slice(4))).toEqual({ applied: 0, unchanged: 2, rejected: [{ index: 1, code: 'rated_in_future' }] })
    expect((await ratingsOf(profile_id)).map(({ title_id, half_stars }) => [title_id, half_stars])).toEqual([[heat, 6], [alien, 10]])
  })
  test('comes to what single ratings in the same order come to', async () => {
    const anyItems = fc.array(fc.tuple(fc.nat(1), fc.nat(4), fc.integer({ min: 1, max: 10 }), fc.nat(3)), { minLength: 1, maxLength: 25 })
    await fc.assert(fc.asyncProperty(anyItems, async (picks) => {
      const account_id = await open()
      const [single, bulk] = [[await addProfile('a', account_id), await addProfile('b', account_id)], [await addProfile('c', account_id), await addProfile('d', account_id)]]
      for (const [profile, title, half, at] of picks) await put(single[profile] ?? '', titles[title] ?? '', { stars: half / 2, rated_at: new Date(at * 1_000).toISOString() })
      await load(picks.map(([profile, title, half, at]) => item(bulk[profile] ?? '', titles[title] ?? '', half / 2, at)))
      const plain = async (profile_id = '') => (await ratingsOf(profile_id)).map(({ version: _, ...rating }) => rating)
      expect(await Promise.all(bulk.map(plain))).toEqual(await Promise.all(single.map(plain)))
    }), { numRuns: 8 })
  })
  test('of many at a time, by several at a time, loses nothing', async () => {
    const account_id = await open()
    const profiles = await Promise.all(Array.from({ length: 100 }, (_, index) => addProfile(String(index), account_id)))
    const batches = Array.from({ length: 4 }, (_, batch) => profiles.toReversed().map((profile_id) => item(profile_id, titles[batch] ?? '', 4)))
    expect((await Promise.all(batches.map(load))).map(({ applied }: { applied: number }) => applied)).toEqual([100, 100, 100, 100])
  })
})

describe('a read after a write', () => {
  test('is answered from MySQL, page by page as the view would, when the view does not have it in time', async () => {
    const profile_id = await addProfile()
    for (const [index, title_id] of titles.entries()) await put(profile_id, title_id, { stars: 3, rated_at: new Date(Math.floor(index / 2) * 1_000).toISOString() })
    const last = await put(profile_id, heat, { stars: 5, rated_at: '2000-01-01T00:00:00Z' })
    const stored = (await ratingsOf(profile_id)).map((row) => ({ ...row, profile_id, rated_at: row.rated_at.getTime() }))
    const entries = drive(profileDiary).apply(...stored.map((row) => created('cdc.user.ratings', row))).rows('entries') as unknown as readonly DiaryEntry[]
    const expected = entries.toSorted((x, y) => y.rated_at - x.rated_at || (x.title_id < y.title_id ? 1 : -1)).map(({ title_id }) => title_id)
    const seen: string[] = []
    for (let next = ''; ;) {
      const answer = await send(app, 200, { url: `/v1/profiles/${profile_id}/ratings?limit=2${next}`, headers: { 'read-after': String(last.headers.etag) } })
      expect(answer.headers['served-from']).toBe('mysql')
      const page = answer.json<{ items: { title_id: string }[]; next_cursor: string | null }>()
      seen.push(...page.items.map(({ title_id }) => title_id))
      if (page.next_cursor === null) break
      next = `&cursor=${page.next_cursor}`
    }
    expect(seen).toEqual(expected)
    const one = await send(app, 200, { url: `/v1/profiles/${profile_id}/ratings/${heat}`, headers: { 'read-after': String(last.headers.etag) } })
    expect([one.json(), one.headers['served-from']]).toEqual([last.json(), 'mysql'])
    expect((await send(app, 200, { url: `/v1/titles/${heat}/rating-histogram` })).json<{ histogram: number[] }>().histogram[9]).toBeGreaterThan(0)
  })
  test('through the real views shows the write, whoever answers', async () => {
    const real = createService((await import('./app.ts')).open(platform))
    const profile_id = await addProfile()
    const written = await put(profile_id, heat, { stars: 5 })
    const after = { 'read-after': String(written.headers.etag) }
    expect((await send(real, 200, { url: `/v1/profiles/${profile_id}/ratings`, headers: after })).json()).toMatchObject({ items: [written.json()] })
    expect((await send(real, 200, { url: `/v1/profiles/${profile_id}/ratings/${heat}`, headers: after })).json()).toEqual(written.json())
    const removed = await send(real, 204, { method: 'DELETE', url: `/v1/profiles/${profile_id}/ratings/${heat}` })
    const gone = { 'read-after': String(removed.headers.etag) }
    expect((await send(real, 200, { url: `/v1/profiles/${profile_id}/ratings`, headers: gone })).json()).toMatchObject({ items: [] })
    await send(real, 404, { url: `/v1/profiles/${profile_id}/ratings/${heat}`, headers: gone })
    await real.close()
  })
})
