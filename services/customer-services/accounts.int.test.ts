import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh, send } from '../real.ts'
import { heat, missing, realCustomers, type Customers } from './testing.ts'

let customers: Customers
beforeAll(async () => {
  customers = await realCustomers()
})
afterAll(async () => {
  await customers.close()
})

describe('an account', () => {
  test('keeps its address to itself: sealed, found without regard to case, told to nobody who tries it', async () => {
    const word = fresh()
    const account_id = await customers.open(`Ada.${word}@Example.invalid`)
    expect((await send(customers.app, 200, { url: `/v1/accounts/${account_id}` })).json()).toMatchObject({
      email: `Ada.${word}@Example.invalid`,
      country: 'GB',
    })
    const taken = await send(customers.app, 409, { method: 'POST', url: '/v1/accounts', payload: { email: `ada.${word}@example.INVALID` } })
    expect(taken.json()).toMatchObject({ code: 'email_taken', errors: [{ field: 'email' }] })
    expect(taken.body).not.toContain(account_id)
    const stored = await customers.rows<Record<string, unknown>>(
      'SELECT * FROM accounts a JOIN account_keys k USING (account_id) WHERE account_id = ?',
      account_id,
    )
    expect(
      Object.values(stored[0] ?? {})
        .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
        .join(' ')
        .toLowerCase(),
    ).not.toContain(word)
  })
  test("is given again under an Idempotency-Key, new or old, and the key's row tells no address", async () => {
    const email = `${fresh()}@example.invalid`
    const post = (key: string, expected: number) =>
      send(customers.app, expected, { method: 'POST', url: '/v1/accounts', payload: { email }, headers: { 'idempotency-key': key } })
    const [first, second] = [fresh(), fresh()]
    const opened = await post(first, 201)
    expect((await post(first, 201)).body).toBe(opened.body)
    expect((await post(second, 200)).json()).toEqual(opened.json())
    const kept = await customers.rows<{ body: string; headers: object }>(
      'SELECT body, headers FROM idempotency_keys WHERE idempotency_key IN (?, ?)',
      first,
      second,
    )
    expect(kept).toHaveLength(2)
    expect(JSON.stringify(kept)).not.toContain(email)
  })
  test('changes its address to a free one only, and from a version its owner has seen', async () => {
    const other = `${fresh()}@example.invalid`
    await customers.open(other)
    const account_id = await customers.open()
    const url = `/v1/accounts/${account_id}`
    await send(customers.app, 409, { method: 'PATCH', url, payload: { email: other } })
    const free = `${fresh()}@example.invalid`
    const changed = await send(customers.app, 200, { method: 'PATCH', url, payload: { email: free } })
    expect(changed.json()).toMatchObject({ email: free, country: 'GB' })
    await send(customers.app, 412, { method: 'PATCH', url, payload: { country: null }, headers: { 'if-match': `"${account_id}.1"` } })
    await send(customers.app, 304, { url, headers: { 'if-none-match': String(changed.headers.etag) } })
  })
  test('keeps its address whatever a person sends: it is changed where it is confirmed; the rest is theirs to change', async () => {
    const [other, email] = [`${fresh()}@example.invalid`, `${fresh()}@example.invalid`]
    await customers.open(other)
    const account_id = await customers.open(email)
    const url = `/v1/accounts/${account_id}`
    const refused = await Promise.all([other, `${fresh()}@example.invalid`].map((wanted) => customers.as(account_id, 403, { method: 'PATCH', url, payload: { email: wanted, country: 'FR' } })))
    expect(refused[0]?.body).toBe(refused[1]?.body)
    expect(refused[0]?.json()).toMatchObject({ code: 'forbidden', errors: [{ field: 'email', message: expect.stringMatching(/^people change their address at http.*\/auth\/account/) as string }] })
    expect((await customers.as(account_id, 200, { method: 'PATCH', url, payload: { country: null } })).json()).toMatchObject({ email, country: null })
  })
  test('opened by many at once with one address is opened once', async () => {
    const email = `${fresh()}@example.invalid`
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send(customers.app, [201, 409], { method: 'POST', url: '/v1/accounts', payload: { email } })),
    )
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1)
  })
})

describe('the one who asks', () => {
  test('gets their account with its profiles, a program nothing', async () => {
    const account_id = await customers.open()
    const [ada, zoe] = [await customers.addProfile('Ada', account_id), await customers.addProfile('Zoë', account_id)]
    const { account, profiles } = (await customers.as(account_id, 200, { url: '/v1/me' })).json<{ account: object; profiles: readonly object[] }>()
    expect(account).toEqual((await send(customers.app, 200, { url: `/v1/accounts/${account_id}` })).json())
    expect(profiles).toMatchObject([{ profile_id: ada, name: 'Ada' }, { profile_id: zoe, name: 'Zoë' }])
    expect(profiles).toEqual((await send(customers.app, 200, { url: `/v1/accounts/${account_id}/profiles` })).json<{ items: object[] }>().items)
    expect((await send(customers.app, 403, { url: '/v1/me' })).json()).toMatchObject({ code: 'forbidden' })
    expect((await customers.as(missing, 404, { url: '/v1/me' })).json()).toMatchObject({ code: 'account_not_found' })
  })
})

describe('a profile', () => {
  test('belongs to an account, has a sealed name, and takes its ratings with it', async () => {
    const account_id = await customers.open()
    const profile_id = await customers.addProfile('Zoë 👩‍💻', account_id)
    const url = `/v1/profiles/${profile_id}`
    expect((await send(customers.app, 200, { url })).json()).toMatchObject({ name: 'Zoë 👩‍💻', language: 'en', kids: false })
    expect((await send(customers.app, 200, { method: 'PATCH', url, payload: { kids: true, language: 'pt-BR' } })).json()).toMatchObject({
      name: 'Zoë 👩‍💻',
      language: 'pt-BR',
      kids: true,
    })
    expect((await send(customers.app, 200, { url: `/v1/accounts/${account_id}/profiles` })).json()).toMatchObject({
      items: [{ profile_id, name: 'Zoë 👩‍💻' }],
    })
    await customers.put(profile_id, heat, { stars: 4 })
    await send(customers.app, 204, { method: 'DELETE', url })
    expect(await customers.ratingsOf(profile_id)).toEqual([])
    await send(customers.app, 404, { url })
    await customers.put(profile_id, heat, { stars: 4 }, 404)
    expect(
      (await send(customers.app, 422, { method: 'POST', url: '/v1/profiles', payload: { account_id: missing, name: 'x' } })).json(),
    ).toMatchObject({ code: 'unknown_account', errors: [{ field: 'account_id' }] })
  })
})
