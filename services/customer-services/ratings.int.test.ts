import { drive, created } from '@cdlc/streams/runtime/testing.ts'
import profileDiary, { type DiaryEntry } from '@cdlc/streams/views/user/profile-diary.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { send } from '../real.ts'
import { serviceFor } from '../shared/testing.ts'
import { alien, heat, missing, realCustomers, titles, versionOf, type Customers } from './testing.ts'

let customers: Customers
beforeAll(async () => {
  customers = await realCustomers()
})
afterAll(async () => {
  await customers.close()
})

describe('a rating', () => {
  test('is put, changed, removed and put again, with a version that only rises', async () => {
    const profile_id = await customers.addProfile()
    const first = await customers.put(profile_id, heat, { stars: 4.5, rated_at: '2000-01-01T00:00:00.123Z' }, 201)
    expect(first.json()).toEqual({
      profile_id,
      title_id: heat,
      stars: 4.5,
      rated_at: '2000-01-01T00:00:00.123Z',
      version: versionOf(first),
    })
    expect((await customers.put(profile_id, heat, { stars: 4.5 }, 200)).body).toBe(first.body)
    const second = await customers.put(profile_id, heat, { stars: 0.5 }, 200)
    const url = `/v1/profiles/${profile_id}/ratings/${heat}`
    await send(customers.app, 412, { method: 'DELETE', url, headers: { 'if-match': String(first.headers.etag) } })
    const removed = await send(customers.app, 204, { method: 'DELETE', url, headers: { 'if-match': String(second.headers.etag) } })
    expect(removed.headers.etag).toBe(`"${profile_id}.${heat}.${versionOf(second)}.gone"`)
    await send(customers.app, 404, { method: 'DELETE', url })
    const third = await customers.put(profile_id, heat, { stars: 4.5 }, 201)
    expect([versionOf(first) < versionOf(second), versionOf(second) < versionOf(third)]).toEqual([true, true])
  })
  test('of a title nobody knows is refused', async () => {
    expect((await customers.put(await customers.addProfile(), missing, { stars: 4 }, 404)).json()).toMatchObject({
      code: 'title_not_found',
      errors: [{ field: 'path.title_id' }],
    })
  })
  test('is not overwritten by who has not seen its last version, however many try at once', async () => {
    const profile_id = await customers.addProfile()
    const first = await customers.put(profile_id, heat, { stars: 1 }, 201)
    const url = `/v1/profiles/${profile_id}/ratings/${heat}`
    const headers = { 'if-match': String(first.headers.etag) }
    const change = (stars: number) => send(customers.app, [200, 412], { method: 'PUT', url, payload: { stars }, headers })
    const answers = await Promise.all([2, 3, 4, 5, 1.5, 2.5, 3.5, 4.5].map(change))
    expect(answers.map(({ statusCode }) => statusCode).filter((status) => status === 200)).toHaveLength(1)
  })
  test('put and removed by many at once ends as the last one said', async () => {
    const profile_id = await customers.addProfile()
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        index % 5 === 4
          ? send(customers.app, [204, 404], { method: 'DELETE', url: `/v1/profiles/${profile_id}/ratings/${heat}` })
          : customers.put(profile_id, heat, { stars: 0.5 + (index % 10) / 2, rated_at: new Date(index * 1_000).toISOString() }),
      ),
    )
    const versions = answers.filter(({ statusCode }) => statusCode < 202).map(versionOf)
    expect(new Set(versions).size).toBe(versions.length)
    const [left] = await customers.ratingsOf(profile_id)
    if (left !== undefined) expect(left.version).toBe(Math.max(...versions))
  })
})

describe('an import of ratings', () => {
  const item = (profile_id: string, title_id: string, stars: number, at = 0) => ({
    profile_id,
    title_id,
    stars,
    rated_at: new Date(at * 1_000).toISOString(),
  })
  const load = async (ratings: readonly object[]) =>
    (await send(customers.app, 200, { method: 'POST', url: '/v1/ratings:import', payload: { ratings } })).json()

  test('applies what is new, counts what is so already, and tells what cannot be', async () => {
    const profile_id = await customers.addProfile()
    const ratings = [
      item(profile_id, heat, 4),
      item(missing, heat, 4),
      item(profile_id, missing, 4),
      item(profile_id, heat, 4),
      item(profile_id, heat, 3, 9),
      item(profile_id, alien, 5, 4e9),
      item(profile_id, alien, 5),
    ]
    expect(await load(ratings)).toEqual({
      applied: 3,
      unchanged: 1,
      rejected: [
        { index: 1, code: 'unknown_profile' },
        { index: 2, code: 'unknown_title' },
        { index: 5, code: 'rated_in_future' },
      ],
    })
    expect(await load(ratings.slice(4))).toEqual({ applied: 0, unchanged: 2, rejected: [{ index: 1, code: 'rated_in_future' }] })
    expect((await customers.ratingsOf(profile_id)).map(({ title_id, half_stars }) => [title_id, half_stars])).toEqual([
      [heat, 6],
      [alien, 10],
    ])
  })
  test('comes to what single ratings in the same order come to', async () => {
    const anyItems = fc.array(fc.tuple(fc.nat(1), fc.nat(4), fc.integer({ min: 1, max: 10 }), fc.nat(3)), { minLength: 1, maxLength: 25 })
    await fc.assert(
      fc.asyncProperty(anyItems, async (picks) => {
        const account_id = await customers.open()
        const [single, bulk] = [
          [await customers.addProfile('a', account_id), await customers.addProfile('b', account_id)],
          [await customers.addProfile('c', account_id), await customers.addProfile('d', account_id)],
        ]
        for (const [profile, title, half, at] of picks)
          await customers.put(single[profile] ?? '', titles[title] ?? '', { stars: half / 2, rated_at: new Date(at * 1_000).toISOString() })
        await load(picks.map(([profile, title, half, at]) => item(bulk[profile] ?? '', titles[title] ?? '', half / 2, at)))
        const plain = async (profile_id = '') => (await customers.ratingsOf(profile_id)).map(({ version: _, ...rating }) => rating)
        expect(await Promise.all(bulk.map(plain))).toEqual(await Promise.all(single.map(plain)))
      }),
      { numRuns: 8 },
    )
  })
  test('of many at a time, by several at a time, loses nothing', async () => {
    const profiles: string[] = []
    while (profiles.length < 100) {
      const account_id = await customers.open()
      profiles.push(...(await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => customers.addProfile(name, account_id)))))
    }
    const batches = Array.from({ length: 4 }, (_, batch) =>
      profiles.toReversed().map((profile_id) => item(profile_id, titles[batch] ?? '', 4)),
    )
    expect((await Promise.all(batches.map(load))).map(({ applied }: { applied: number }) => applied)).toEqual([100, 100, 100, 100])
  })
})

describe('a read after a write', () => {
  test('is answered from MySQL, page by page as the view would, when the view does not have it in time', async () => {
    const profile_id = await customers.addProfile()
    for (const [index, title_id] of titles.entries())
      await customers.put(profile_id, title_id, { stars: 3, rated_at: new Date(Math.floor(index / 2) * 1_000).toISOString() })
    const last = await customers.put(profile_id, heat, { stars: 5, rated_at: '2000-01-01T00:00:00Z' })
    const stored = (await customers.ratingsOf(profile_id)).map((row) => ({ ...row, profile_id, rated_at: row.rated_at.getTime() }))
    const entries = drive(profileDiary)
      .apply(...stored.map((row) => created('cdc.user.ratings', row)))
      .rows('entries') as unknown as readonly DiaryEntry[]
    const expected = entries
      .toSorted((x, y) => y.rated_at - x.rated_at || (x.title_id < y.title_id ? 1 : -1))
      .map(({ title_id }) => title_id)
    const seen: string[] = []
    for (let next = ''; ;) {
      const answer = await send(customers.app, 200, {
        url: `/v1/profiles/${profile_id}/ratings?limit=2${next}`,
        headers: { 'read-after': String(last.headers.etag) },
      })
      expect(answer.headers['served-from']).toBe('mysql')
      const page = answer.json<{ items: { title_id: string }[]; next_cursor: string | null }>()
      seen.push(...page.items.map(({ title_id }) => title_id))
      if (page.next_cursor === null) break
      next = `&cursor=${page.next_cursor}`
    }
    expect(seen).toEqual(expected)
    const one = await send(customers.app, 200, {
      url: `/v1/profiles/${profile_id}/ratings/${heat}`,
      headers: { 'read-after': String(last.headers.etag) },
    })
    expect([one.json(), one.headers['served-from']]).toEqual([last.json(), 'mysql'])
    expect(
      (await send(customers.app, 200, { url: `/v1/titles/${heat}/rating-histogram` })).json<{ histogram: number[] }>().histogram[9],
    ).toBeGreaterThan(0)
  })
  test('through the real views shows the write, whoever answers', async () => {
    const real = serviceFor((await import('./app.ts')).open(customers.platform))
    const profile_id = await customers.addProfile()
    const written = await customers.put(profile_id, heat, { stars: 5 })
    const after = { 'read-after': String(written.headers.etag) }
    expect((await send(real, 200, { url: `/v1/profiles/${profile_id}/ratings`, headers: after })).json()).toMatchObject({
      items: [written.json()],
    })
    expect((await send(real, 200, { url: `/v1/profiles/${profile_id}/ratings/${heat}`, headers: after })).json()).toEqual(written.json())
    const removed = await send(real, 204, { method: 'DELETE', url: `/v1/profiles/${profile_id}/ratings/${heat}` })
    const gone = { 'read-after': String(removed.headers.etag) }
    expect((await send(real, 200, { url: `/v1/profiles/${profile_id}/ratings`, headers: gone })).json()).toMatchObject({ items: [] })
    await send(real, 404, { url: `/v1/profiles/${profile_id}/ratings/${heat}`, headers: gone })
    await real.close()
  })
})
