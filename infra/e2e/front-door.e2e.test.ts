/** A person's way through the front door in a real browser: sign up, confirm, sign in, rate a film through the gateway, sign out. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import * as oauth from 'openid-client'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createClient } from '../bench/http.ts'
import { stackFrom } from '../local/stack.ts'
import { toolToken } from '../local/token.ts'
import { openBrowser } from './browser.ts'
import { linkIn, mailTo } from './mail.ts'

const stack = stackFrom(process.env)
const { endpoints } = stack
const gateway = endpoints.gateway.url
const word = randomUUID().slice(0, 8)
const email = `ada.${word}@example.invalid`
const password = `marble-lantern-${word}`
const shots = join(stack.home, 'screenshots')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let browser: Browser
let phone: BrowserContext
let page: Page
let application: Server
let redirect_uri: string
const callbacks: URL[] = []
/** Other tests have come from this address too, and made mistakes on purpose. */
async function forgetAttempts(): Promise<void> {
  const redis = new Redis(endpoints.redis.url)
  for await (const keys of redis.scanStream({ match: 'auth:throttle:*' }) as AsyncIterable<string[]>) if (keys.length > 0) await redis.del(...keys)
  redis.disconnect()
}
beforeAll(async () => {
  await forgetAttempts()
  mkdirSync(shots, { recursive: true })
  browser = await openBrowser(stack)
  phone = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, locale: 'en-GB', userAgent: `Phone ${word}` })
  phone.setDefaultTimeout(20_000)
  page = await phone.newPage()
  application = createServer((request, response) => {
    const url = new URL(request.url ?? '/', redirect_uri)
    if (url.pathname === '/callback') callbacks.push(url)
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>app</title><h1>Back in the application</h1>')
  })
  await new Promise<void>((resolve) => { application.listen(0, '127.0.0.1', resolve) })
  redirect_uri = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`
}, 600_000)
afterAll(async () => {
  await browser.close()
  application.close()
})

/** What axe finds wrong by WCAG 2.2 A and AA, and a picture to look at. */
async function looksRight(name: string): Promise<void> {
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
  await page.evaluate(axe)
  const { violations } = await page.evaluate<{ violations: readonly { id: string; nodes: readonly { html: string }[] }[] }>(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`)
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), name).toEqual([])
  // nothing sticks out: a phone need not scroll sideways
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name).toBe(true)
}

interface Tokens { readonly access_token: string; readonly refresh_token?: string | undefined; readonly id_token?: string | undefined }
let config: oauth.Configuration
let tokens: Tokens
let sub: string
const api = async (method: string, path: string, body?: unknown, token: string | undefined = tokens.access_token, more: Readonly<Record<string, string>> = {}) => {
  const answer = await fetch(`${gateway}${path}`, {
    method, signal: AbortSignal.timeout(15_000), ...body === undefined ? {} : { body: JSON.stringify(body) },
    headers: { ...more, ...token === '' ? {} : { authorization: `Bearer ${token}` }, ...body === undefined ? {} : { 'content-type': 'application/json' } },
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: (text === '' ? undefined : JSON.parse(text)) as Record<string, unknown> }
}

describe('a person', () => {
  const [verifier, state] = [oauth.randomPKCECodeVerifier(), oauth.randomState()]

  test('comes from an application to a sign-in that is right on a phone', async () => {
    config = await oauth.discovery(new URL(gateway), 'cdlc-app', undefined, oauth.None(), { execute: [oauth.allowInsecureRequests] })
    const authorize = oauth.buildAuthorizationUrl(config, {
      redirect_uri, state, prompt: 'consent', scope: 'openid email offline_access account:read account:write ratings:read ratings:write',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    })
    await page.goto(authorize.href)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await looksRight('sign-in')
  })
  test('signs up, and is told to look at their mail', async () => {
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password').fill('password1')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('alert').waitFor()
    await looksRight('sign-up')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('heading', { name: 'Look at your mail' }).waitFor()
    await looksRight('look-at-your-mail')
  })
  test('confirms the address by the link in a real mail', async () => {
    await page.goto(linkIn(await mailTo(endpoints, email, /^Confirm your address/), '/auth/confirm'))
    await looksRight('confirm')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByRole('heading', { name: 'Your account is ready' }).waitFor()
    await page.getByRole('link', { name: 'Sign in' }).click()
  })
  test('signs in, allows the application what it asks for, and is back in it', async () => {
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Let this application in?' }).waitFor()
    await looksRight('consent')
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('heading', { name: 'Back in the application' }).waitFor()
    const granted = await oauth.authorizationCodeGrant(config, callbacks.at(-1) as URL, { pkceCodeVerifier: verifier, expectedState: state, idTokenExpected: true })
    tokens = granted
    sub = granted.claims()?.sub ?? ''
    expect(sub).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
    expect(granted.refresh_token).toBeDefined()
  })
  test('sees their account, makes a profile, and rates a film, all through the gateway', async () => {
    const tools = createClient(2, toolToken(endpoints))
    const { title_id } = (await tools.send('POST', `${gateway}/v1/titles`, { kind: 'movie', name: `Front door ${word}` })).body as { title_id: string }
    await vi.waitFor(async () => { expect((await api('GET', `/v1/titles/${title_id}`, undefined, '')).status).toBe(200) }, { timeout: 30_000, interval: 100 })
    tools.close()
    expect((await api('GET', `/v1/accounts/${sub}`)).body).toMatchObject({ account_id: sub, email })
    const { profile_id } = (await api('POST', '/v1/profiles', { account_id: sub, name: 'Ada' })).body as { profile_id: string }
    const rated = await api('PUT', `/v1/profiles/${profile_id}/ratings/${title_id}`, { stars: 4.5 })
    expect(rated.status).toBe(201)
    const after = { 'read-after': rated.headers.get('etag') ?? '' }
    expect((await api('GET', `/v1/titles/${title_id}/stats`, undefined, '', after)).body).toMatchObject({ count: 1, mean_stars: 4.5 })
    expect((await api('GET', `/v1/profiles/${profile_id}/ratings`, undefined, tokens.access_token, after)).body).toMatchObject({ items: [{ title_id, stars: 4.5 }] })
    // what is not theirs, and what their role does not allow
    expect((await api('POST', '/v1/titles', { kind: 'movie', name: 'Mine' })).status).toBe(403)
    expect((await api('GET', `/v1/profiles/${profile_id}/ratings`, undefined, '')).status).toBe(401)
  })
  test('stays signed in by refresh tokens, each good once', async () => {
    const second = await oauth.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(second.refresh_token).not.toBe(tokens.refresh_token)
    tokens = { ...second, id_token: second.id_token ?? tokens.id_token }
    expect((await api('GET', `/v1/accounts/${sub}`)).status).toBe(200)
  })
  test('finds the sign-in among their own, and signs out; neither token is good any more', async () => {
    const sessions = (await api('GET', `/v1/accounts/${sub}/sessions`)).body as { items?: readonly { device: string }[] }
    expect(sessions.items).toEqual(expect.arrayContaining([expect.objectContaining({ device: expect.stringContaining(`Phone ${word}`) as string })]))
    await page.goto(oauth.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: redirect_uri.replace('callback', 'signed-out') }).href)
    await page.getByRole('button', { name: /sign out/i }).first().click()
    await page.getByRole('heading', { name: 'Back in the application' }).waitFor()
    // it was allowed to stay signed in while they are away: so the application gives that up itself
    await oauth.tokenRevocation(config, tokens.refresh_token ?? '')
    await vi.waitFor(async () => { expect((await api('GET', `/v1/accounts/${sub}`)).status).toBe(401) }, { timeout: 20_000, interval: 100 })
    await expect(oauth.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
  })
  test('leaves no word of theirs in any log', async () => {
    const secrets = { email, 'name of the mailbox': `ada.${word}`, password, 'access token': tokens.access_token.split('.').at(-1) ?? '', 'refresh token': tokens.refresh_token ?? '' }
    const logs = join(stack.home, 'logs')
    // MySQL, Kafka and the like are given them sealed or not at all
    for (const file of readdirSync(logs)) {
      const text = readFileSync(join(logs, file), 'latin1')
      for (const [what, secret] of Object.entries(secrets)) expect(text.includes(secret), `${what} in ${file}`).toBe(false)
    }
  })
})
