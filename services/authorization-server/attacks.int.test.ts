/** Attacks on OAuth by their names in RFC 9700 and OWASP, against the server as it listens. */
import { createHash, createHmac, createPublicKey, createSign, type JsonWebKey } from 'node:crypto'
import { decodeJwt, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh } from '../real.ts'
import { openVerifier } from '../shared/identity.ts'
import { openKeyStore } from './key-store.ts'
import { openVault } from '../shared/personal-data.ts'
import { rotationTimes } from './signing-key.ts'
import { startServer, type Running } from './testing.ts'
import { ask, beginFlow, codeIn, openBrowser, redeem, signIn, type Answer, type Tokens } from './testing-browser.ts'

const password = 'a quiet lantern 42'
let server: Running
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
})

async function authorized(changes: Readonly<Record<string, string>> = {}) {
  const email = `${fresh()}@example.invalid`
  const account_id = await server.enrol(email, password)
  const browser = openBrowser(server.url)
  const flow = beginFlow(server, changes)
  return { email, account_id, browser, flow, code: codeIn(await signIn(browser, flow, email, password)) }
}
async function tokens(): Promise<Tokens> {
  const { code, flow } = await authorized()
  return (await redeem(server, code, flow)).body
}
const refresh = (refresh_token: string): Promise<Answer> => ask(server, '/oauth/token', { grant_type: 'refresh_token', client_id: 'cdlc-web', refresh_token })
const endedSignIn = async (access_token: string): Promise<boolean> => {
  const { sid } = decodeJwt(access_token)
  const rows = await server.platform.database('user').read((sql) => sql.rows('SELECT 1 FROM sign_ins WHERE session_id = ?', [String(sid)]))
  return rows.length === 0
}
const basic = (client: string): Readonly<Record<string, string>> => ({ authorization: `Basic ${Buffer.from(`${client}:${server.platform.config.secretOf(client)}`).toString('base64')}` })

describe('code replay', () => {
  test('gets nothing, and takes from the first what it got', async () => {
    const { code, flow } = await authorized()
    const first = await redeem(server, code, flow)
    expect(await redeem(server, code, flow)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await refresh(first.body.refresh_token)).status).toBe(400)
    expect(await endedSignIn(first.body.access_token)).toBe(true)
  })
  test('at the same time: one of many is answered, and the grant is revoked', async () => {
    const { code, flow } = await authorized()
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(server, code, flow)))
    const won = answers.filter(({ status }) => status === 200)
    expect([won.length, answers.filter(({ status }) => status === 400).length]).toEqual([1, 7])
    expect(await endedSignIn(won[0]?.body.access_token ?? '')).toBe(true)
    expect((await refresh(won[0]?.body.refresh_token ?? '')).status).toBe(400)
  })
  test('by another client gets nothing', async () => {
    const { code, flow } = await authorized()
    expect(await redeem(server, code, flow, { client_id: 'cdlc-app' })).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })
})

describe('PKCE downgrade', () => {
  test.for([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['the method `plain`', { code_challenge_method: 'plain' }],
    ['a challenge without a method', { code_challenge_method: undefined }],
  ] as const)('by %s is refused before anybody is asked', async ([, changes]) => {
    const { url, body } = await openBrowser(server.url).get(beginFlow(server, changes).url)
    expect([url.pathname, url.searchParams.get('error'), url.searchParams.get('code'), body]).toEqual(['/app/callback', 'invalid_request', null, ''])
  })
  test('by another verifier, or none, gets no token', async () => {
    const other = beginFlow(server).verifier
    for (const verifier of [other, '']) {
      const { code } = await authorized()
      expect(await redeem(server, code, { verifier })).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    }
  })
})

describe('redirect tampering', () => {
  test.for(['/app/callback/', '/app/callback?x=1', '/app/callback/../evil', '/app/Callback', '/app/callback#x', '.evil.example/app/callback', '@evil.example/'])(
    "to '%s' of the registered address is shown as an error and leads nowhere", async (suffix) => {
      const wrong = suffix.startsWith('/app') ? `${server.url}${suffix}` : `${server.url}${suffix}`
      const { status, url, body } = await openBrowser(server.url).get(beginFlow(server, { redirect_uri: wrong }).url)
      expect([status, url.pathname]).toEqual([400, '/oauth/authorize'])
      expect(body).toContain('invalid_redirect_uri')
    })
  test('of a native application to another host than the machine itself, or another path, leads nowhere', async () => {
    for (const redirect_uri of ['http://127.0.0.1.evil.example/callback', 'http://127.0.0.1:1/other', 'http://evil.example/callback', 'http://127.0.0.1@evil.example/callback']) {
      const { status, url } = await openBrowser(server.url).get(beginFlow(server, { client_id: 'cdlc-app', redirect_uri }).url)
      expect([status, url.pathname]).toEqual([400, '/oauth/authorize'])
    }
  })
  test('between code and token gets none', async () => {
    const { code, flow } = await authorized()
    expect(await redeem(server, code, flow, { redirect_uri: `${server.url}/app/` })).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })
})

describe('a pushed request', () => {
  test('is good once, and for the client that pushed it', async () => {
    const flow = beginFlow(server)
    const pushed = async (): Promise<string> => String((await ask(server, '/oauth/par', Object.fromEntries(new URL(flow.url).searchParams))).body['request_uri' as never])
    const { email } = await authorized()
    const request_uri = await pushed()
    const url = `/oauth/authorize?${new URLSearchParams({ client_id: 'cdlc-web', request_uri })}`
    const browser = openBrowser(server.url)
    expect((await redeem(server, codeIn(await browser.submit(await browser.get(url), '/password', { email, password })), flow)).status).toBe(200)
    expect((await browser.get(url)).url.searchParams.has('code')).toBe(false)
    expect((await browser.get(`/oauth/authorize?${new URLSearchParams({ client_id: 'cdlc-app', request_uri: await pushed() })}`)).url.searchParams.has('code')).toBe(false)
  })
})

describe('mix-up', () => {
  test('shows: every answer to an application names who gives it, errors too (RFC 9207)', async () => {
    const { flow, email } = await authorized()
    const good = await signIn(openBrowser(server.url), flow, email, password)
    const bad = await openBrowser(server.url).get(beginFlow(server, { prompt: 'none' }).url)
    expect([good.url.searchParams.get('iss'), bad.url.searchParams.get('iss'), bad.url.searchParams.get('error')]).toEqual([server.url, server.url, 'login_required'])
  })
})

describe('refresh reuse', () => {
  test('ends the whole sign-in, the newest token included', async () => {
    const first = await tokens()
    const second = (await refresh(first.refresh_token)).body
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await refresh(first.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await refresh(second.refresh_token)).status).toBe(400)
    expect(await endedSignIn(second.access_token)).toBe(true)
  })
  test('at the same time: at most one is answered, and the sign-in is ended', async () => {
    const { access_token, refresh_token } = await tokens()
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(refresh_token)))
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
    expect(await endedSignIn(access_token)).toBe(true)
  })
  test('of a token that was stolen from the database is not possible: it is not there', async () => {
    const { refresh_token } = await tokens()
    const rows = await server.platform.database('user').read((sql) => sql.rows<Readonly<Record<string, unknown>>>('SELECT HEX(token_digest) AS digest, payload FROM refresh_tokens'))
    expect(rows.map(({ digest }) => digest)).toContain(createHash('sha256').update(refresh_token).digest('hex').toUpperCase())
    expect(JSON.stringify(rows)).not.toContain(refresh_token)
  })
})

const claims = (more: object = {}): Readonly<Record<string, unknown>> => {
  const now = Math.floor(Date.now() / 1_000)
  return { iss: server.url, aud: 'urn:cdlc:services', sub: 'gateway', client_id: 'gateway', roles: ['service'], iat: now, exp: now + 60, jti: fresh(), ...more }
}
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const keyPublished = async (): Promise<JsonWebKey & { readonly kid: string }> => {
  const { keys } = (await (await fetch(`${server.url}/oauth/jwks`)).json()) as { readonly keys: readonly (JsonWebKey & { readonly kid: string })[] }
  const [key] = keys
  if (key === undefined) throw new Error('reading keys: none is published')
  return key
}
const signed = async (payload: object, header: object = {}): Promise<string> => {
  const { ports: _, platform } = server
  const [key] = await openKeyStore(platform.database('user'), openVault(platform.config.masterKey), rotationTimes).load()
  if (key === undefined) throw new Error('signing: there is no key')
  return new SignJWT(payload as never).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header }).sign(key.jwk as never)
}

describe('algorithm confusion', () => {
  /** One without a signature, one signed with the public key as if it were a secret, one by a key of the attacker's own. */
  async function forged(): Promise<readonly string[]> {
    const key = await keyPublished()
    const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    const unsigned = `${encoded({ alg: 'none', typ: 'at+jwt' })}.${encoded(claims())}.`
    const input = `${encoded({ alg: 'HS256', typ: 'at+jwt', kid: key.kid })}.${encoded(claims())}`
    const byHmac = [pem, JSON.stringify(key)].map((secret) => `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`)
    const { generateKeyPairSync } = await import('node:crypto')
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const header = `${encoded({ alg: 'ES256', typ: 'at+jwt', jwk: own.publicKey.export({ format: 'jwk' }) })}.${encoded(claims())}`
    const byOwn = `${header}.${createSign('sha256').update(header).sign({ key: own.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
    return [unsigned, ...byHmac, byOwn]
  }
  test('is seen by every service', async () => {
    for (const token of await forged()) await expect(server.verifier.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
  test('gets nothing at /oauth/introspect and /oauth/userinfo, which take no JWT at all', async () => {
    for (const token of await forged()) {
      expect((await ask(server, '/oauth/introspect', { token }, basic('gateway'))).body).not.toMatchObject({ active: true })
      expect((await fetch(`${server.url}/oauth/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
    }
  })
})

describe('a token', () => {
  test('that is signed by us and in its time is taken, which shows that the refusals below are for their reason', async () => {
    expect(await server.verifier.verify(await signed(claims()))).toMatchObject({ subject: 'gateway' })
  })
  test.for([
    ['that has expired', () => claims({ exp: Math.floor(Date.now() / 1_000) - 60, iat: Math.floor(Date.now() / 1_000) - 120 }), {}],
    ['of the future', () => claims({ iat: Math.floor(Date.now() / 1_000) + 600, exp: Math.floor(Date.now() / 1_000) + 900 }), {}],
    ['not good before some time', () => claims({ nbf: Math.floor(Date.now() / 1_000) + 600 }), {}],
    ['without an end', () => claims({ exp: undefined }), {}],
    ['for somebody else', () => claims({ aud: 'urn:cdlc:api' }), {}],
    ['of another kind', () => claims(), { typ: 'JWT' }],
    ['of a person, taken for a program', () => claims({ sub: 'somebody' }), {}],
  ] as const)('%s is refused', async ([, payload, header]) => {
    await expect(server.verifier.verify(await signed(payload(), header))).rejects.toMatchObject({ code: 'unauthenticated' })
  })
  test('of a person is good at the gateway alone: no service takes it', async () => {
    await expect(server.verifier.verify((await tokens()).access_token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
  test('that was revoked is not active any more, and its sign-in is ended', async () => {
    const { access_token, refresh_token } = await tokens()
    expect((await ask(server, '/oauth/introspect', { token: refresh_token }, basic('gateway'))).body).toMatchObject({ active: true, client_id: 'cdlc-web' })
    expect((await ask(server, '/oauth/revoke', { token: refresh_token, client_id: 'cdlc-web' })).status).toBe(200)
    expect((await ask(server, '/oauth/introspect', { token: refresh_token }, basic('gateway'))).body).toEqual({ active: false })
    expect(await endedSignIn(access_token)).toBe(true)
  })
})

test('a verifier that has never seen the server trusts what it signs', async () => {
  const { trustOf } = await import('../shared/identity.ts')
  expect(await openVerifier(trustOf('inventory', server.platform.endpoints)).verify(await server.ports.authority.ownToken())).toMatchObject({ kind: 'service' })
})
