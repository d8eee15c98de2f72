/** The ways in besides a password: sign-up, links in mails, second factor, passkeys, a TV. */
import { generate } from 'otplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh } from '../real.ts'
import { startServer, type Running } from './testing.ts'
import { openAuthenticator } from './testing-authenticator.ts'
import { ask, beginFlow, codeIn, formOf, openBrowser, redeem, signIn, type Browser, type Seen } from './testing-browser.ts'

const password = 'a quiet lantern 42'
let server: Running
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
})
const newEmail = (): string => `${fresh()}@example.invalid`
const hasCode = ({ url }: Seen): boolean => url.searchParams.has('code')
const csrfIn = (body: string): string => /data-csrf="([^"]*)"/.exec(body)?.[1] ?? ''
async function someone(): Promise<{ readonly email: string; readonly account_id: string; readonly browser: Browser }> {
  const email = newEmail()
  const account_id = await server.enrol(email, password)
  const browser = openBrowser(server.url)
  await signIn(browser, beginFlow(server), email, password)
  return { email, account_id, browser }
}

describe('signing up', () => {
  async function signUp(email: string, chosen = password): Promise<{ readonly browser: Browser; readonly link: URL }> {
    const browser = openBrowser(server.url)
    const page = await browser.get(beginFlow(server).url)
    const form = await browser.get(/href="(\/auth\/sign-up[^"]*)"/.exec(page.body)?.[1] ?? '')
    expect((await browser.submit(form, '/auth/sign-up', { email, password: chosen })).body).toContain('Look at your mail')
    return { browser, link: await server.linkTo(email) }
  }
  test('leads by the link in the mail back to the application', async () => {
    const email = newEmail()
    const { browser, link } = await signUp(email)
    expect((await signIn(openBrowser(server.url), beginFlow(server), email, password)).status).toBe(422) // not before
    const done = await browser.submit(await browser.get(link), '/auth/confirm', { password })
    const back = await browser.get(/href="(\/auth\/interaction\/[^"]*)"/.exec(done.body)?.[1] ?? '')
    expect(hasCode(await browser.submit(back, '/password', { email, password }))).toBe(true)
    expect((await browser.get(link)).body).toContain('not good any more')
  })
  test('by somebody else is not confirmed by who has the address but not the password', async () => {
    const email = newEmail()
    const { link } = await signUp(email)
    const holder = openBrowser(server.url)
    expect((await holder.submit(await holder.get(link), '/auth/confirm', { password: 'what could it be' })).status).toBe(422)
    expect((await signIn(openBrowser(server.url), beginFlow(server), email, password)).status).toBe(422)
  })
  test('twice: the first to be confirmed keeps its password', async () => {
    const email = newEmail()
    const [one, two] = [await signUp(email), await signUp(email, 'another quiet lantern')]
    await one.browser.submit(await one.browser.get(one.link), '/auth/confirm', { password })
    await two.browser.submit(await two.browser.get(two.link), '/auth/confirm', { password: 'another quiet lantern' })
    expect((await signIn(openBrowser(server.url), beginFlow(server), email, 'another quiet lantern')).status).toBe(422)
    expect(hasCode(await signIn(openBrowser(server.url), beginFlow(server), email, password))).toBe(true)
  })
  test.for([['password1234', 'lists that attackers try'], ['short', 'at least 8'], ['x'.repeat(129), 'at most 128']])("with the password '%s' is not possible", async ([bad = '', words]) => {
    const browser = openBrowser(server.url)
    const seen = await browser.submit(await browser.get('/auth/sign-up'), '/auth/sign-up', { email: newEmail(), password: bad })
    expect([seen.status, seen.body.includes(words ?? '')]).toEqual([422, true])
  })
})

describe('a forgotten password', () => {
  test('is replaced by the link in the mail, once, and whoever was signed in is not any more', async () => {
    const { email, browser: thief } = await someone()
    const browser = openBrowser(server.url)
    await browser.submit(await browser.get('/auth/forgot'), '/auth/forgot', { email })
    const link = await server.linkTo(email)
    const page = await browser.get(link)
    expect((await browser.submit(page, '/auth/reset', { password: 'password1234' })).status).toBe(422)
    expect((await browser.submit(page, '/auth/reset', { password: 'an even quieter lantern' })).body).toContain('Your password is changed')
    expect((await browser.submit(page, '/auth/reset', { password: 'one more lantern' })).status).toBe(404)
    expect((await thief.get(beginFlow(server).url)).body).toContain('name="password"')
    expect((await signIn(openBrowser(server.url), beginFlow(server), email, password)).status).toBe(422)
    expect(hasCode(await signIn(openBrowser(server.url), beginFlow(server), email, 'an even quieter lantern'))).toBe(true)
    expect(server.letters.findLast(({ to }) => to === email)?.subject).toContain('was changed')
  })
})

describe('a password', () => {
  test('is changed by who knows the present one, which signs everybody out', async () => {
    const { email, browser } = await someone()
    const page = await browser.get('/auth/account')
    const change = (current: string, chosen: string): Promise<Seen> => browser.submit(page, '/account/password', { current, password: chosen })
    expect((await change('not this one 77', 'an even quieter lantern')).body).toContain('not your present password')
    expect((await change(password, 'password1234')).body).toContain('lists that attackers try')
    expect((await change(password, 'an even quieter lantern')).body).toContain('Your password is changed')
    expect((await browser.get(beginFlow(server).url)).body).toContain('name="password"')
    expect(hasCode(await signIn(openBrowser(server.url), beginFlow(server), email, 'an even quieter lantern'))).toBe(true)
  })
})

describe('a second factor', () => {
  async function withTotp() {
    const who = await someone()
    const setup = await who.browser.submit(await who.browser.get('/auth/account'), '/auth/account/totp')
    const secret = /<code>([A-Z2-7]+)<\/code>/.exec(setup.body)?.[1] ?? ''
    expect((await who.browser.submit(setup, '/totp/confirm', { code: '000000' })).status).toBe(422)
    const now = Math.floor(Date.now() / 1_000)
    const used = await generate({ secret, epoch: now })
    const done = await who.browser.submit(setup, '/totp/confirm', { code: used })
    const codes = [...done.body.matchAll(/<li>([A-Z0-9]{5}-[A-Z0-9]{5})<\/li>/g)].map(([, code = '']) => code)
    return { ...who, secret, used, codes, next: await generate({ secret, epoch: now + 30 }) }
  }
  test('is asked for after the password; each code is good once', async () => {
    const { email, used, next } = await withTotp()
    const browser = openBrowser(server.url)
    const asked = await signIn(browser, beginFlow(server), email, password)
    expect([hasCode(asked), asked.body.includes('Enter your code')]).toEqual([false, true])
    expect((await browser.submit(asked, '/code', { code: used })).status).toBe(422) // it turned the factor on
    const [one, two] = await Promise.all([browser.submit(asked, '/code', { code: next }), browser.submit(asked, '/code', { code: next })])
    expect([one, two].filter(hasCode)).toHaveLength(1)
  })
  test('that is lost is made up for by a recovery code, once', async () => {
    const { email, codes } = await withTotp()
    expect(codes).toHaveLength(10)
    const enter = async (code: string): Promise<Seen> => {
      const browser = openBrowser(server.url)
      return browser.submit(await signIn(browser, beginFlow(server), email, password), '/code', { code })
    }
    expect(hasCode(await enter((codes[0] ?? '').toLowerCase()))).toBe(true)
    expect(hasCode(await enter(codes[0] ?? ''))).toBe(false)
  })
  test('is nowhere in the clear', async () => {
    const { account_id, secret, codes } = await withTotp()
    const rows = await server.platform.database('user').read((sql) => sql.rows<Readonly<Record<string, unknown>>>('SELECT * FROM credentials JOIN recovery_codes USING (account_id) WHERE account_id = ?', [account_id]))
    const text = rows.flatMap((row) => Object.values(row)).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value))).join(' ')
    expect([rows.length, text.includes(secret), text.includes(codes[0] ?? ''), text.includes(password)]).toEqual([10, false, false, false])
  })
})

describe('a passkey', () => {
  async function withPasskey() {
    const who = await someone()
    const authenticator = openAuthenticator(server.url)
    const csrf = csrfIn((await who.browser.get('/auth/account')).body)
    const { answer } = await who.browser.json('/auth/account/passkeys/options', csrf, {})
    expect((await who.browser.json('/auth/account/passkeys', csrf, { response: authenticator.create(answer as never) })).answer).toEqual({ location: '/auth/account' })
    return { ...who, authenticator }
  }
  async function begin(browser: Browser) {
    const page = await browser.get(beginFlow(server).url)
    const path = `${page.url.pathname}/passkey`
    const csrf = csrfIn(page.body)
    return { path, csrf, options: (await browser.json(`${path}/options`, csrf, {})).answer as never }
  }
  test('signs its holder in without a password', async () => {
    const { authenticator } = await withPasskey()
    const browser = openBrowser(server.url)
    const { path, csrf, options } = await begin(browser)
    const { status, answer } = await browser.json(path, csrf, { response: authenticator.get(options) })
    expect(status).toBe(200)
    expect(hasCode(await browser.get(String(answer['location'])))).toBe(true)
  })
  test('does not where the signature is for another site, another challenge, another ceremony, or used before', async () => {
    const { authenticator } = await withPasskey()
    const browser = openBrowser(server.url)
    for (const changes of [{ origin: 'https://evil.example' }, { type: 'webauthn.create' }]) {
      const { path, csrf, options } = await begin(browser)
      expect((await browser.json(path, csrf, { response: authenticator.get(options, changes) })).status).toBe(422)
    }
    const [old, now] = [await begin(browser), await begin(browser)]
    const response = authenticator.get(old.options)
    expect((await browser.json(now.path, now.csrf, { response })).status).toBe(422)
    expect((await browser.json(now.path, now.csrf, { response: {} })).status).toBe(422)
  })
})

describe('a TV', () => {
  test('is let in from a phone, and stays signed in when the phone signs out', async () => {
    const { email, account_id } = await someone()
    const began = await ask(server, '/oauth/device/code', { client_id: 'cdlc-tv', scope: 'openid offline_access account:read' }, { 'user-agent': 'SmartTV/1' })
    const { device_code, user_code, verification_uri } = began.body as unknown as Readonly<Record<string, string>>
    const poll = () => ask(server, '/oauth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'cdlc-tv', device_code: device_code ?? '' })
    expect((await poll()).body.error).toBe('authorization_pending')
    const phone = openBrowser(server.url)
    const page = await phone.get(verification_uri ?? '')
    expect((await phone.submit(page, '/oauth/device', { user_code: 'BBBB-BBBB' })).body).toContain('This code is not right')
    const confirm = await phone.submit(await phone.get(verification_uri ?? ''), '/oauth/device', { user_code: user_code ?? '' })
    expect(confirm.body).toContain(user_code)
    const consent = await phone.submit(await phone.submit(confirm, '/oauth/device', { user_code: user_code ?? '' }), '/password', { email, password })
    expect((await phone.submit(consent, '/consent')).body).toContain('Look at your TV')
    const { status, body } = await poll()
    expect(status).toBe(200)
    expect((await server.ports.signIns.of(account_id)).map(({ client_id, device }) => `${client_id} ${device}`).sort()).toEqual(['cdlc-tv SmartTV/1', 'cdlc-web node'])
    await phone.submit(await phone.get('/oauth/logout'), '/oauth/logout/confirm', { logout: 'yes' })
    expect((await ask(server, '/oauth/token', { grant_type: 'refresh_token', client_id: 'cdlc-tv', refresh_token: body.refresh_token })).status).toBe(200)
  })
  test('may show a link or a QR code with its code in it: the person still looks at both', async () => {
    const { verification_uri_complete, user_code } = (await ask(server, '/oauth/device/code', { client_id: 'cdlc-tv', scope: 'openid' })).body as unknown as Readonly<Record<string, string>>
    const phone = openBrowser(server.url)
    const sent = await phone.get(verification_uri_complete ?? '')
    expect(sent.headers.get('content-security-policy')).toMatch(/script-src 'self' 'sha256-/)
    const confirm = await phone.submit(sent, '/oauth/device')
    expect([confirm.body.includes('Is this your TV?'), confirm.body.includes(user_code ?? ' ')]).toEqual([true, true])
  })
  test('is turned away where the person says no', async () => {
    const { browser } = await someone()
    const { device_code, user_code } = (await ask(server, '/oauth/device/code', { client_id: 'cdlc-tv', scope: 'openid' })).body as unknown as Readonly<Record<string, string>>
    const confirm = await browser.submit(await browser.get('/oauth/device'), '/oauth/device', { user_code: user_code ?? '' })
    const { confirm: _, ...fields } = formOf(confirm.body, '/oauth/device').fields
    await browser.post('/oauth/device', { ...fields, abort: 'yes' })
    expect((await ask(server, '/oauth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'cdlc-tv', device_code: device_code ?? '' })).body.error).toBe('access_denied')
  })
})

test('a code of a browser that was signed in by all this is one the application can redeem', async () => {
  const { browser } = await someone()
  const flow = beginFlow(server)
  expect((await redeem(server, codeIn(await browser.get(flow.url)), flow)).status).toBe(200)
})
