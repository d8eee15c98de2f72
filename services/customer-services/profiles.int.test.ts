import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { send } from '../real.ts'
import { usualPreferences } from './preferences.ts'
import { realCustomers, versionOf, type Customers } from './testing.ts'

let customers: Customers
beforeAll(async () => {
  customers = await realCustomers()
})
afterAll(async () => {
  await customers.close()
})
/** A person with a profile. */
async function somebody(fields: object = {}) {
  const account_id = await customers.open()
  const payload = { account_id, name: 'Ada', ...fields }
  const { profile_id } = (await customers.as(account_id, 201, { method: 'POST', url: '/v1/profiles', payload })).json<{ profile_id: string }>()
  const url = `/v1/profiles/${profile_id}`
  const patch = (expected: number, changes: object) => customers.as(account_id, expected, { method: 'PATCH', url, payload: changes })
  const pin = (expected: number, body: object) => customers.as(account_id, expected, { method: 'PUT', url: `${url}/pin`, payload: body })
  return { account_id, profile_id, url, patch, pin }
}

describe('a person', () => {
  test('has eight profiles at most, however many they add at once', async () => {
    const account_id = await customers.open()
    const add = (index: number) =>
      customers.as(account_id, [201, 409], { method: 'POST', url: '/v1/profiles', payload: { account_id, name: String(index), avatar: 'cat' } })
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => add(index)))
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(8)
    expect(answers.find(({ statusCode }) => statusCode === 409)?.json()).toMatchObject({ code: 'too_many_profiles' })
    const items = (await customers.as(account_id, 200, { url: `/v1/accounts/${account_id}/profiles` })).json<{ items: unknown[] }>().items
    expect(items).toEqual(items.map(() => expect.objectContaining({ avatar: 'cat', maturity_limit: 18 }) as unknown))
  })
  test("does not get at another's, by any id", async () => {
    const [ada, eve] = [await somebody(), await somebody()]
    for (const url of [`/v1/accounts/${ada.account_id}`, `/v1/accounts/${ada.account_id}/profiles`, ada.url, `${ada.url}/preferences`, `${ada.url}/ratings`])
      expect((await customers.as(eve.account_id, 404, { url })).json()).toMatchObject({ code: url.includes('accounts') ? 'account_not_found' : 'profile_not_found' })
    const added = await customers.as(eve.account_id, 422, { method: 'POST', url: '/v1/profiles', payload: { account_id: ada.account_id, name: 'Eve' } })
    expect(added.json()).toMatchObject({ code: 'unknown_account' })
    await customers.as(ada.account_id, 200, { url: ada.url })
  })
})

describe('a PIN', () => {
  test('is needed to raise the limit and to leave kids, once there is one, and kept as a hash', async () => {
    const { profile_id, patch, pin } = await somebody({ kids: true })
    await patch(200, { kids: false })
    await patch(200, { kids: true })
    await pin(204, { pin: '4711' })
    const [stored] = await customers.rows<{ pin_hash: string }>('SELECT pin_hash FROM profile_pins WHERE profile_id = ?', profile_id)
    expect(stored?.pin_hash).toMatch(/^\$argon2id\$/)
    expect((await patch(403, { kids: false })).json()).toMatchObject({ code: 'pin_needed', errors: [{ field: 'pin' }] })
    expect((await patch(403, { kids: false, pin: '0000' })).json()).toMatchObject({ code: 'pin_wrong' })
    expect((await patch(422, { maturity_limit: 16 })).json()).toMatchObject({ code: 'too_mature_for_kids' })
    expect((await patch(200, { kids: false, maturity_limit: 16, pin: '4711' })).json()).toMatchObject({ kids: false, maturity_limit: 16 })
    expect((await patch(200, { maturity_limit: 7, name: 'Eve' })).json()).toMatchObject({ maturity_limit: 7, name: 'Eve' })
  })
  test('is changed and removed by who knows it, or by a program', async () => {
    const { account_id, url, patch, pin } = await somebody({ maturity_limit: 7 })
    await pin(204, { pin: '4711' })
    expect((await pin(403, { pin: '1234' })).json()).toMatchObject({ code: 'pin_needed', errors: [{ field: 'current_pin' }] })
    await pin(403, { pin: null, current_pin: '1111' })
    await pin(204, { pin: '12345678', current_pin: '4711' })
    await patch(403, { maturity_limit: 18, pin: '4711' })
    await send(customers.app, 204, { method: 'PUT', url: `${url}/pin`, payload: { pin: null } })
    await patch(200, { maturity_limit: 18 })
    await customers.as(account_id, 204, { method: 'DELETE', url })
  })
  test('that is guessed at is not looked at any more, not even the right one', async () => {
    const { profile_id, patch, pin } = await somebody({ maturity_limit: 7 })
    await pin(204, { pin: '4711' })
    const guess = (word: string) => patch(word === '4711' ? 429 : 403, { maturity_limit: 18, pin: word })
    for (const word of ['0000', '0001', '0002', '0003', '0004']) await guess(word)
    expect((await guess('4711')).json()).toMatchObject({ code: 'rate_limited' })
    const [lock] = await customers.rows<{ locked_until: Date }>('SELECT locked_until FROM profile_pins WHERE profile_id = ?', profile_id)
    expect(lock?.locked_until.getTime()).toBeGreaterThan(Date.now())
    await customers.platform.database('user').transact((sql) => sql.run('UPDATE profile_pins SET locked_until = NULL WHERE profile_id = ?', [profile_id]))
    await patch(200, { maturity_limit: 18, pin: '4711' })
  })
  test('is gone with its profile', async () => {
    const { account_id, profile_id, url, pin } = await somebody()
    await pin(204, { pin: '4711' })
    await customers.as(account_id, 204, { method: 'DELETE', url })
    expect(await customers.rows('SELECT 1 FROM profile_pins WHERE profile_id = ?', profile_id)).toEqual([])
  })
})

describe('preferences', () => {
  test('are the usual ones until said otherwise, whole, by who has seen the last', async () => {
    const { account_id, profile_id, url } = await somebody()
    const path = { url: `${url}/preferences` }
    const first = await customers.as(account_id, 200, path)
    expect(first.json()).toEqual({ ...usualPreferences.document, version: 0 })
    expect(first.headers.etag).toBe(`"${profile_id}.0"`)
    const payload = { ...usualPreferences.document, genres: { liked: ['science-fiction'], hidden: [] } }
    const set = await customers.as(account_id, 200, { ...path, method: 'PUT', payload, headers: { 'if-match': String(first.headers.etag) } })
    expect(set.json()).toEqual({ ...payload, version: versionOf(set) })
    await customers.as(account_id, 412, { ...path, method: 'PUT', payload: usualPreferences.document, headers: { 'if-match': String(first.headers.etag) } })
    await customers.as(account_id, 304, { ...path, headers: { 'if-none-match': String(set.headers.etag) } })
    expect((await customers.as(account_id, 200, { ...path, headers: { 'read-after': String(set.headers.etag) } })).json()).toEqual(set.json())
    const bad = await customers.as(account_id, 400, { ...path, method: 'PUT', payload: { ...payload, playback: { ...payload.playback, quality: 'super' } } })
    expect(bad.json()).toMatchObject({ errors: [{ field: 'playback.quality' }] })
    const both = await customers.as(account_id, 422, { ...path, method: 'PUT', payload: { ...payload, genres: { liked: ['war'], hidden: ['war'] } } })
    expect(both.json()).toMatchObject({ code: 'genre_liked_and_hidden' })
  })
  test('at their largest fit their column', async () => {
    const { account_id, url } = await somebody()
    const genres = Array.from({ length: 30 }, (_, index) => `g${String(index).padStart(2, '0')}`.padEnd(39, 'x'))
    const languages = ['aa-Latn-001', 'bb-Latn-001', 'cc-Latn-001', 'dd-Latn-001', 'ee-Latn-001']
    const payload = {
      ...usualPreferences.document,
      genres: { liked: genres, hidden: genres.map((genre) => `h${genre}`) },
      playback: { ...usualPreferences.document.playback, subtitle_languages: languages, audio_languages: languages },
    }
    await customers.as(account_id, 200, { method: 'PUT', url: `${url}/preferences`, payload })
  })
})
