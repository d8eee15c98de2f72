import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh } from '../real.ts'
import { sidOf } from './sign-ins.ts'
import { startServer, type Running } from './testing.ts'
import { ask, beginFlow, codeIn, openBrowser, redeem, signIn } from './testing-browser.ts'

const password = 'a quiet lantern 42'
let server: Running
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
})

async function signedIn(roles: readonly string[] = ['viewer'], changes: Readonly<Record<string, string>> = {}) {
  const email = `${fresh()}@example.invalid`
  const account_id = await server.enrol(email, password, roles)
  const browser = openBrowser(server.url)
  const flow = beginFlow(server, changes)
  const back = await signIn(browser, flow, email, password)
  return { email, account_id, browser, flow, back }
}

describe('a person', () => {
  test('signs in with a password, and the application gets tokens that say who, where and what', async () => {
    const { account_id, flow, back, email } = await signedIn()
    expect(back.url.href.startsWith(`${server.url}/app/callback?`)).toBe(true)
    expect([back.url.searchParams.get('state'), back.url.searchParams.get('iss')]).toEqual([flow.state, server.url])
    const { status, body } = await redeem(server, codeIn(back), flow)
    expect(status).toBe(200)
    expect(decodeProtectedHeader(body.access_token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' })
    expect(decodeJwt(body.access_token)).toMatchObject({
      iss: server.url, aud: 'urn:cdlc:api', sub: account_id, client_id: 'cdlc-web', roles: ['viewer'], scope: 'account:read ratings:write', sid: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(decodeJwt(body.id_token)).toMatchObject({ aud: 'cdlc-web', sub: account_id, email, email_verified: true })
  })
  test('is not asked again in the same browser, and is by `prompt=login`', async () => {
    const { browser } = await signedIn()
    expect((await browser.get(beginFlow(server).url)).url.searchParams.has('code')).toBe(true)
    expect((await browser.get(beginFlow(server, { prompt: 'login' }).url)).body).toContain('name="password"')
  })
  test('gives an application no more than their roles allow', async () => {
    const wish = { scope: 'openid account:read catalogue:write configuration:write' }
    const scopeOf = async (roles: readonly string[]): Promise<string> => {
      const { flow, back } = await signedIn(roles, wish)
      return (await redeem(server, codeIn(back), flow)).body.scope
    }
    expect(await scopeOf(['viewer'])).toBe('account:read')
    expect(await scopeOf(['viewer', 'editor'])).toBe('account:read catalogue:write')
    expect(await scopeOf(['viewer', 'operator'])).toBe('account:read configuration:write')
  })
  test('who loses a role loses what it allowed at the next refresh', async () => {
    const { account_id, flow, back } = await signedIn(['viewer', 'editor'], { scope: 'openid account:read catalogue:write' })
    const { body } = await redeem(server, codeIn(back), flow)
    await server.platform.database('user').read((sql) => sql.run("UPDATE credentials SET roles = 'viewer' WHERE account_id = ?", [account_id]))
    const again = await ask(server, '/oauth/token', { grant_type: 'refresh_token', client_id: 'cdlc-web', refresh_token: body.refresh_token })
    expect(decodeJwt(again.body.access_token)).toMatchObject({ roles: ['viewer'], scope: 'account:read' })
  })
  test('is asked whether a native application may act for them, which comes back to any port of the machine itself', async () => {
    const email = `${fresh()}@example.invalid`
    await server.enrol(email, password)
    const browser = openBrowser(server.url)
    const flow = beginFlow(server, { client_id: 'cdlc-app', redirect_uri: 'http://127.0.0.1:54321/callback', scope: 'openid offline_access account:read', prompt: 'consent' })
    const asked = await signIn(browser, flow, email, password)
    expect(asked.body).toContain('see the account and its profiles')
    expect(asked.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:54321")
    const back = await browser.submit(asked, '/consent')
    expect(back.url.origin).toBe('http://127.0.0.1:54321')
    const { status, body } = await redeem(server, codeIn(back), flow, { client_id: 'cdlc-app', redirect_uri: 'http://127.0.0.1:54321/callback' })
    expect([status, body.scope]).toEqual([200, 'account:read'])
  })
  test('who says no sends the application away', async () => {
    const browser = openBrowser(server.url)
    const email = `${fresh()}@example.invalid`
    await server.enrol(email, password)
    const asked = await signIn(browser, beginFlow(server, { prompt: 'consent' }), email, password)
    const back = await browser.submit(asked, '/cancel')
    expect(back.url.searchParams.get('error')).toBe('access_denied')
  })
  test('asks who they are with a token for nothing else, which /oauth/userinfo answers', async () => {
    const { account_id, email, flow, back } = await signedIn(['viewer'], { scope: 'openid email' })
    const { body } = await redeem(server, codeIn(back), flow)
    const answer = await fetch(`${server.url}/oauth/userinfo`, { headers: { authorization: `Bearer ${body.access_token}` } })
    expect(await answer.json()).toMatchObject({ sub: account_id, email })
  })
  test('signs out: the refresh token is gone and the gateway is told of the session', async () => {
    const { browser, flow, back } = await signedIn()
    const { body } = await redeem(server, codeIn(back), flow)
    const redirect = `${server.url}/app/`
    const asked = await browser.get(`/oauth/logout?${new URLSearchParams({ id_token_hint: body.id_token, post_logout_redirect_uri: redirect })}`)
    expect((await browser.submit(asked, '/oauth/logout/confirm', { logout: 'yes' })).url.href).toBe(redirect)
    expect((await ask(server, '/oauth/token', { grant_type: 'refresh_token', client_id: 'cdlc-web', refresh_token: body.refresh_token })).status).toBe(400)
    const { sid } = decodeJwt(body.access_token) as { readonly sid: string }
    const redis = (await import('../shared/redis.ts')).openRedis(server.platform.endpoints, '')
    expect([await redis.get(`auth:ended:${sid}`), (await redis.ttl(`auth:ended:${sid}`)) > 600]).toEqual(['1', true])
    redis.disconnect()
    expect((await browser.get(beginFlow(server).url)).body).toContain('name="password"')
  })
})

describe('a sign-in', () => {
  test('is as fresh as the person last proved who they are: coming back does not make it so, a password does', async () => {
    const { account_id, email, browser } = await signedIn()
    const { shortLived, signIns } = server.ports
    const isOld = async (): Promise<boolean> => ((await signIns.of(account_id))[0]?.signed_in_at ?? 0) < Date.now() - 60_000
    const [session = ''] = await shortLived.sessionsOf(account_id)
    const kept = await shortLived.find('Session', session)
    await shortLived.put('Session', session, { ...kept, loginTs: 1_600_000_000 }, 600)
    await browser.get(beginFlow(server).url)
    expect(await isOld()).toBe(true)
    const again = await browser.get(beginFlow(server, { prompt: 'login' }).url)
    expect(await isOld()).toBe(true)
    await browser.submit(again, '/password', { email, password })
    expect(await isOld()).toBe(false)
  })
  test('is listed with its device until it is ended, which ends the browser session too', async () => {
    const { account_id, browser, flow, back } = await signedIn()
    const { body } = await redeem(server, codeIn(back), flow)
    const sessions = await server.ports.signIns.of(account_id)
    expect(sessions).toMatchObject([{ client_id: 'cdlc-web', device: 'node', session_id: (decodeJwt(body.access_token) as { sid: string }).sid }])
    expect(sidOf('x')).toMatch(/^[\w-]{43}$/)
    const { endOne } = await import('./sign-out.ts')
    expect(await endOne(server.ports, account_id, sessions[0]?.session_id ?? '')).toBe(1)
    expect(await server.ports.signIns.of(account_id)).toEqual([])
    expect((await browser.get(beginFlow(server).url)).body).toContain('name="password"')
  })
})
