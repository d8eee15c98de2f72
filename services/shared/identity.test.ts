import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { apiAudience, audienceOf, gatewayIssuer, identityType, openVerifier, personOf, programOf, servicesAudience, type Trust, type Verifier } from './identity.ts'

const issuer = 'https://creme.example'
const now = Date.UTC(2026, 0, 1)
const seconds = now / 1_000
let gatewayKey: CryptoKey
let issuerKey: CryptoKey
let issuerPublic: CryptoKey
let trusts: readonly Trust[]
let fetched = 0
let verifier: Verifier

beforeAll(async () => {
  const [gateway, server] = [await generateKeyPair('EdDSA', { extractable: true }), await generateKeyPair('ES256', { extractable: true })]
  ;[gatewayKey, issuerKey, issuerPublic] = [gateway.privateKey, server.privateKey, server.publicKey]
  const set = async (key: CryptoKey, kid: string): Promise<Trust['keys']> => {
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(key)), kid }] })
    return (...asked) => { fetched++; return keys(...asked) }
  }
  trusts = [
    { issuer: gatewayIssuer, audience: audienceOf('inventory'), type: identityType, algorithms: ['EdDSA'], keys: await set(gateway.publicKey, 'g'), read: personOf },
    { issuer, audience: servicesAudience, type: 'at+jwt', algorithms: ['ES256'], keys: await set(server.publicKey, 's'), read: programOf },
  ]
  verifier = openVerifier(trusts, () => now)
})

const person = { iss: gatewayIssuer, aud: audienceOf('inventory'), sub: 'A', client_id: 'web', scope: 'account:read openid', roles: ['viewer', 'emperor'], sid: 'S', iat: seconds, exp: seconds + 60 }
const program = { iss: issuer, aud: servicesAudience, sub: 'tools', client_id: 'tools', iat: seconds, exp: seconds + 600 }
const signed = (claims: JWTPayload, key = gatewayKey, header: { readonly alg: string; readonly typ?: string; readonly kid: string } = { alg: 'EdDSA', typ: identityType, kid: 'g' }): Promise<string> =>
  new SignJWT(claims).setProtectedHeader(header).sign(key)
const byServer = (claims: JWTPayload, header: { readonly alg: string; readonly typ?: string; readonly kid: string } = { alg: 'ES256', typ: 'at+jwt', kid: 's' }): Promise<string> => signed(claims, issuerKey, header)
const refused = (token: string, by = verifier) => expect(by.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' })

test('a person that the gateway passes on is known by account, application, roles and scopes; roles that there are not are nothing', async () => {
  expect(await verifier.verify(await signed(person))).toEqual({ subject: 'A', kind: 'person', client_id: 'web', roles: ['viewer'], scopes: ['account:read', 'openid'], session_id: 'S' })
})
test('a program is known by its client', async () => {
  expect(await verifier.verify(await byServer(program))).toEqual({ subject: 'tools', kind: 'service', client_id: 'tools', roles: ['service'], scopes: [], session_id: undefined })
})

describe('is refused:', () => {
  test('what is no token at all', async () => {
    for (const token of ['', 'x', 'a.b.c', `${Buffer.from('{}').toString('base64url')}.e30.`]) await refused(token)
  })
  test('a token without a signature, though its claims are right', async () => {
    await refused(new UnsecuredJWT(person).encode())
  })
  test('a token that takes the public key for a shared secret (algorithm confusion)', async () => {
    const secret = new TextEncoder().encode(await exportSPKI(issuerPublic))
    await refused(await new SignJWT(program).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 's' }).sign(secret))
  })
  test('a token signed by a key of the other issuer', async () => {
    await refused(await signed({ ...program }, gatewayKey, { alg: 'EdDSA', typ: 'at+jwt', kid: 'g' }))
    await refused(await byServer({ ...person }, { alg: 'ES256', typ: identityType, kid: 's' }))
  })
  test('a token of another kind, or of no kind', async () => {
    await refused(await signed(person, gatewayKey, { alg: 'EdDSA', typ: 'at+jwt', kid: 'g' }))
    await refused(await signed(person, gatewayKey, { alg: 'EdDSA', kid: 'g' }))
    await refused(await byServer(program, { alg: 'ES256', typ: 'JWT', kid: 's' }))
  })
  test('a token for another service, and a person\'s own access token', async () => {
    await refused(await signed({ ...person, aud: audienceOf('actor') }))
    await refused(await byServer({ ...program, aud: apiAudience, sub: 'A' }))
  })
  test('a token of an unknown issuer or an unknown key', async () => {
    await refused(await signed({ ...person, iss: 'urn:somebody' }))
    await refused(await signed(person, gatewayKey, { alg: 'EdDSA', typ: identityType, kid: 'other' }))
  })
  test('a token that is over, or of the future, or never ends', async () => {
    await refused(await signed({ ...person, iat: seconds - 120, exp: seconds - 60 }))
    await refused(await signed({ ...person, iat: seconds + 60, exp: seconds + 120 }))
    await refused(await signed({ ...person, nbf: seconds + 60 }))
    const { exp: _exp, ...endless } = person
    await refused(await signed(endless))
  })
  test('a person\'s token where a program\'s is wanted: whose subject is not its client', async () => {
    await refused(await byServer({ ...program, sub: 'A' }))
  })
  test('a token that was altered after it was signed', async () => {
    const [header, , signature] = (await signed(person)).split('.')
    await refused(`${header}.${Buffer.from(JSON.stringify({ ...person, sub: 'B' })).toString('base64url')}.${signature}`)
  })
})

test('a token is verified once, and not believed a moment longer than it lives', async () => {
  let time = now
  const patient = openVerifier(trusts, () => time)
  const token = await signed(person)
  fetched = 0
  await patient.verify(token)
  await patient.verify(token)
  expect(fetched).toBe(1)
  time = (person.exp + 6) * 1_000
  await refused(token, patient)
})
test('keys that cannot be had are no reason to turn anybody away', async () => {
  const [trust] = trusts
  if (trust === undefined) throw new Error('no trust')
  const blind = openVerifier([{ ...trust, keys: async () => { throw new TypeError('fetch failed') } }], () => now)
  await expect(blind.verify(await signed(person))).rejects.toMatchObject({ code: 'store_unavailable' })
})
