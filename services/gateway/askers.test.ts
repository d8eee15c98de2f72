import { createLocalJWKSet, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { audienceOf, gatewayIssuer, identityType, openVerifier, personOf } from '../shared/identity.ts'
import { person, program, verifierOf } from '../shared/testing.ts'
import { createAskers } from './askers.ts'
import { keysFrom, newKeys, openKeys } from './identity-keys.ts'
import { createEndedSessions } from './sessions.ts'
import { createIssuer, ids, programClaims } from './testing.ts'

/** Askers who all are the same person or program, and a clock. */
async function scene(lookUp: (sid: string) => Promise<boolean> = async () => false) {
  const state = { now: Date.now() }
  const issuer = await createIssuer()
  const keys = await newKeys()
  const sessions = createEndedSessions(lookUp, () => state.now)
  sessions.opened()
  const everybody = (identity: typeof program) => ({ verify: async () => identity })
  const askers = createAskers({ persons: everybody(person(ids.account, { session_id: 'session-1' })), programs: everybody(program), keys, sessions, now: () => state.now })
  const expiring = (in_s: number): Promise<string> => issuer.token({ exp: Math.floor(state.now / 1_000) + in_s })
  return { state, issuer, keys, sessions, askers, expiring }
}
const bare = (authorization: string): string => authorization.replace('Bearer ', '')

describe('an identity token', () => {
  test('says who asks to one service, for a minute, and is verified there and nowhere else', async () => {
    const { askers, keys, expiring } = await scene()
    const asker = await askers.verified(await expiring(600))
    const token = bare(await asker.authorizationFor('inventory'))
    const verifierAt = (component: string) => openVerifier([{ issuer: gatewayIssuer, audience: audienceOf(component), type: identityType, algorithms: ['EdDSA'], keys: createLocalJWKSet(keys.published), read: personOf }])
    expect(await verifierAt('inventory').verify(token)).toEqual(person(ids.account, { session_id: 'session-1' }))
    await expect(verifierAt('actor').verify(token)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', typ: identityType, kid: keys.kid })
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys.published))
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60)
  })
  test('is made once for each upstream, at once for all who wait, and anew before it is old', async () => {
    const { askers, expiring, state } = await scene()
    const asker = await askers.verified(await expiring(600))
    const [one, same] = await Promise.all([asker.authorizationFor('inventory'), asker.authorizationFor('inventory')])
    expect(same).toBe(one)
    expect(asker.authorizationFor('inventory')).toBe(one)
    expect(await asker.authorizationFor('actor')).not.toBe(one)
    state.now += 31_000
    expect(await asker.authorizationFor('inventory')).not.toBe(one)
  })
  test('ends no later than the access token it is made of', async () => {
    const { askers, expiring, keys, state } = await scene()
    const asker = await askers.verified(await expiring(20))
    const { payload } = await jwtVerify(bare(await asker.authorizationFor('inventory')), createLocalJWKSet(keys.published))
    expect(payload.exp).toBe(Math.floor(state.now / 1_000) + 20)
  })
  test("is not made of a program's token, which goes on as it is", async () => {
    const { askers, issuer } = await scene()
    const token = await issuer.token(programClaims)
    expect(await (await askers.verified(token)).authorizationFor('inventory')).toBe(`Bearer ${token}`)
  })
})

describe('an access token', () => {
  test('that was verified is known until it ends', async () => {
    const { askers, expiring, state } = await scene()
    const token = await expiring(60)
    expect(askers.known(token)).toBeUndefined()
    const asker = await askers.verified(token)
    expect(askers.known(token)).toBe(asker)
    state.now += 60_001
    expect(askers.known(token)).toBeUndefined()
  })
  test('of a session that ends is refused at once, known or not', async () => {
    const { askers, expiring, sessions } = await scene()
    const [known, other] = [await expiring(600), await expiring(601)]
    await askers.verified(known)
    sessions.heard('session-1')
    expect(() => askers.known(known)).toThrow('has ended')
    await expect(askers.verified(other)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
  test('of a session that had ended before anybody listened is refused', async () => {
    const { askers, expiring } = await scene(async (sid) => sid === 'session-1')
    await expect(askers.verified(await expiring(600))).rejects.toMatchObject({ code: 'unauthenticated' })
  })
  test('is looked up again once the channel was lost, since a sign-out may have gone unheard', async () => {
    const over = new Set<string>()
    const { askers, expiring, sessions } = await scene(async (sid) => over.has(sid))
    const token = await expiring(600)
    await askers.verified(token)
    sessions.lost()
    over.add('session-1')
    expect(askers.known(token)).toBeUndefined()
    sessions.opened()
    await expect(askers.verified(token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
  test('counts while nobody can tell whether its session has ended', async () => {
    const { askers, expiring } = await scene(async () => { throw new Error('away') })
    const token = await expiring(600)
    expect((await askers.verified(token)).identity.subject).toBe(ids.account)
    expect(askers.known(token)).toBeUndefined()
  })
  test('that is not trusted is refused', async () => {
    const sessions = createEndedSessions(async () => false)
    const askers = createAskers({ persons: verifierOf({}), programs: verifierOf({}), keys: await newKeys(), sessions })
    await expect(askers.verified('x.y.z')).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

describe('keys', () => {
  test('of a file sign with the first and publish all, without their private parts', async () => {
    const pair = async (kid: string) => ({ ...await exportJWK((await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })).privateKey), kid })
    const keys = await keysFrom(JSON.stringify({ keys: [await pair('new'), await pair('old')] }))
    expect([keys.kid, keys.published.keys.map(({ kid }) => kid)]).toEqual(['new', ['new', 'old']])
    expect(JSON.stringify(keys.published)).not.toContain('"d"')
  })
  test.each(['', 'x', '{}', '{"keys":[]}', '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}', '{"keys":[{"kty":"RSA","d":"AA"}]}'])('%j are none, and are not quoted', async (text) => {
    await expect(keysFrom(text)).rejects.toThrow('reading CDLC_IDENTITY_KEYS: the file is not a JWK set of private Ed25519 keys')
  })
  test('have to be given in production', async () => {
    await expect(openKeys({ NODE_ENV: 'production' })).rejects.toThrow('CDLC_IDENTITY_KEYS')
    expect((await openKeys({})).published.keys.length).toBe(1)
  })
})
