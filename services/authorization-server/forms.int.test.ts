/** Attacks on the pages: forged forms, open redirects, fixed sessions, telling who has an account. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh } from '../real.ts'
import { openRedis } from '../shared/redis.ts'
import type { LimitName } from './limit.ts'
import { throttleKeys } from './throttle.ts'
import { startServer, type Running } from './testing.ts'
import { ask, beginFlow, codeIn, formOf, newAddress, openBrowser, redeem, signIn, type Seen } from './testing-browser.ts'

const password = 'a quiet lantern 42'
let server: Running
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
})
const newEmail = (): string => `${fresh()}@example.invalid`
const address = (): Readonly<Record<string, string>> => ({ 'x-forwarded-for': newAddress() })
/** What a page says once what is each time another is taken out of it. */
const textOf = ({ body }: Seen, email: string): string => body.replaceAll(email, '<email>').replace(/value="[\w-]{43}"|data-csrf="[^"]*"|[\w-]{43}|\/auth\/interaction\/[\w-]+|continue=[\w-]+/g, '')

describe('CSRF on forms', () => {
  test('without the token, with one of another visit, or from another site is refused, and nothing happens', async () => {
    const email = newEmail()
    await server.enrol(email, password)
    const browser = openBrowser(server.url)
    const page = await browser.get(beginFlow(server).url)
    const { url, fields } = formOf(page.body, '/password')
    const others = formOf((await openBrowser(server.url).get(beginFlow(server).url)).body, '/password').fields
    const attempts: readonly (readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>])[] = [
      [{}, {}], [others, {}], [{ csrf: 'x'.repeat(43) }, {}], [fields, { origin: 'https://evil.example' }], [fields, { 'sec-fetch-site': 'cross-site' }], [fields, { 'sec-fetch-site': 'same-site' }],
    ]
    for (const [form, headers] of attempts) {
      const seen = await browser.post(url, { ...form, email, password }, headers)
      expect([seen.status, seen.url.searchParams.has('code')]).toEqual([403, false])
    }
    expect((await browser.post(url, { ...fields, email, password }, { origin: server.url, 'sec-fetch-site': 'same-origin' })).url.searchParams.has('code')).toBe(true)
  })
  test('of sign-up, reset and confirmation need the cookie that the page set', async () => {
    for (const path of ['/auth/sign-up', '/auth/forgot']) {
      const browser = openBrowser(server.url)
      const { fields } = formOf((await browser.get(path)).body, path)
      const before = server.letters.length
      expect((await openBrowser(server.url).post(path, { ...fields, email: newEmail(), password })).status).toBe(403)
      expect(server.letters.length).toBe(before)
    }
  })
  test('of an interaction need the browser that it began in: whoever is sent the address of one has nothing', async () => {
    const page = await openBrowser(server.url).get(beginFlow(server).url)
    const victim = openBrowser(server.url)
    expect((await victim.get(page.url)).status).toBe(404)
    const { url, fields } = formOf(page.body, '/password')
    expect((await victim.post(url, { ...fields, email: newEmail(), password })).status).toBe(403)
    // nor is the cookie of another interaction good for it, should a browser send it
    await victim.get(beginFlow(server).url)
    for (const name of ['cdlc_interaction', 'cdlc_interaction.sig']) victim.setCookie(name, victim.cookies(name)[0] ?? '')
    expect((await victim.get(page.url)).status).toBe(404)
  })
  test('of sign-out need the token of the session', async () => {
    const email = newEmail()
    await server.enrol(email, password)
    const browser = openBrowser(server.url)
    await signIn(browser, beginFlow(server), email, password)
    await browser.get('/oauth/logout')
    expect((await browser.post('/oauth/logout/confirm', { logout: 'yes', xsrf: 'x' })).status).toBe(400)
    expect((await browser.get(beginFlow(server).url)).url.searchParams.has('code')).toBe(true)
  })
})

describe('open redirect', () => {
  test('after sign-out to an address that is not registered is refused, and no hint means no redirect at all', async () => {
    const email = newEmail()
    await server.enrol(email, password)
    const browser = openBrowser(server.url)
    const flow = beginFlow(server)
    const { body } = await redeem(server, codeIn(await signIn(browser, flow, email, password)), flow)
    for (const target of ['https://evil.example/', `${server.url}/app/../evil`, `${server.url}/app/?x`, `${server.url}.evil.example/app/`]) {
      const seen = await browser.get(`/oauth/logout?${new URLSearchParams({ id_token_hint: body.id_token, post_logout_redirect_uri: target })}`)
      expect([seen.status, seen.body.includes('evil.example')]).toEqual([400, false])
    }
    const asked = await browser.get(`/oauth/logout?${new URLSearchParams({ post_logout_redirect_uri: 'https://evil.example/' })}`)
    const seen = await browser.submit(asked, '/oauth/logout/confirm', { logout: 'yes' })
    expect(seen.url.origin).toBe(server.url)
  })
  test('by what sign-up and reset are told to continue with is not possible: it is an id, and a link of ours', async () => {
    for (const evil of ['https://evil.example', '//evil.example', '../../evil', '"><script>alert(1)</script>']) {
      for (const path of ['sign-up', 'forgot']) {
        const { body } = await openBrowser(server.url).get(`/auth/${path}?continue=${encodeURIComponent(evil)}`)
        expect(body).not.toMatch(/evil|<script>alert/)
      }
    }
  })
})

describe('session fixation', () => {
  test('is not possible: the session has a new id after signing in, and one that the attacker chose is not taken', async () => {
    const email = newEmail()
    await server.enrol(email, password)
    const attacker = openBrowser(server.url)
    await attacker.get('/oauth/device') // anybody gets a session
    const [fixed = ''] = attacker.cookies('cdlc_session')
    const [signature = ''] = attacker.cookies('cdlc_session.sig')
    expect(fixed).not.toBe('')
    const victim = openBrowser(server.url)
    victim.setCookie('cdlc_session', fixed)
    victim.setCookie('cdlc_session.sig', signature)
    await signIn(victim, beginFlow(server), email, password)
    expect(victim.cookies('cdlc_session')).not.toContain(fixed)
    expect((await attacker.get(beginFlow(server).url)).body).toContain('name="password"')
  })
  test('cookies are out of reach of scripts and other sites, and one without our signature is none', async () => {
    const answer = await fetch(beginFlow(server).url, { redirect: 'manual' })
    for (const cookie of answer.headers.getSetCookie()) expect(cookie).toMatch(/; httponly/i)
    for (const cookie of answer.headers.getSetCookie()) expect(cookie).toMatch(/; samesite=lax/i)
    const browser = openBrowser(server.url)
    browser.setCookie('cdlc_session', 'x'.repeat(43))
    browser.setCookie('cdlc_session.sig', 'y'.repeat(27))
    expect((await browser.get(beginFlow(server).url)).body).toContain('name="password"')
  })
})

describe('enumeration', () => {
  test('by text: sign-in says the same of an address that is unknown and of a password that is wrong', async () => {
    const [known, unknown] = [newEmail(), newEmail()]
    await server.enrol(known, password)
    const tried = async (email: string): Promise<Seen> => signIn(openBrowser(server.url), beginFlow(server), email, 'not the password 9')
    const [wrong, nobody] = [await tried(known), await tried(unknown)]
    expect([wrong.status, textOf(wrong, known)]).toEqual([nobody.status, textOf(nobody, unknown)])
    expect(wrong.body).toContain('The address or the password is not right.')
  })
  test('by text: sign-up and reset say the same, and what is the matter is told by mail alone', async () => {
    const [known, unknown] = [newEmail(), newEmail()]
    await server.enrol(known, password)
    for (const path of ['/auth/sign-up', '/auth/forgot']) {
      const sent = async (email: string): Promise<Seen> => {
        const browser = openBrowser(server.url)
        const { fields } = formOf((await browser.get(path)).body, path)
        return browser.post(path, { ...fields, email, password }, address())
      }
      const [one, other] = [await sent(known), await sent(unknown)]
      expect([one.status, textOf(one, known)]).toEqual([other.status, textOf(other, unknown)])
    }
    await server.linkTo(known)
    await server.linkTo(unknown)
    expect(server.letters.find(({ to, subject }) => to === known && subject.includes('already'))).toBeDefined()
  })
  test('by timing: the same is computed whether or not there is an account', async () => {
    const known = newEmail()
    await server.enrol(known, password)
    const { computed } = server.passwords
    const workOf = async (work: () => Promise<unknown>): Promise<readonly number[]> => {
      const before = { ...computed }
      await work()
      return [computed.hash - before.hash, computed.verify - before.verify]
    }
    const tried = (email: string) => workOf(() => signIn(openBrowser(server.url), beginFlow(server), email, 'not the password 9'))
    expect([await tried(known), await tried(newEmail()), await tried('')]).toEqual([[0, 1], [0, 1], [0, 1]])
    const signedUp = (email: string) => workOf(async () => {
      const browser = openBrowser(server.url)
      await browser.post('/auth/sign-up', { ...formOf((await browser.get('/auth/sign-up')).body, '/auth/sign-up').fields, email, password }, address())
    })
    expect([await signedUp(known), await signedUp(newEmail())]).toEqual([[1, 0], [1, 0]])
  })
})

describe('guessing', () => {
  /** As if there had been so many attempts already. */
  async function guessedBefore(limit: LimitName, subject: string, attempts: number): Promise<void> {
    const { endpoints, config } = server.platform
    const redis = openRedis(endpoints, 'auth:')
    await redis.hset(throttleKeys(config.masterKey)(limit, subject), 'attempts', attempts)
    redis.disconnect()
  }
  async function form(): Promise<(email: string, text: string, from: Readonly<Record<string, string>>) => Promise<Seen>> {
    const browser = openBrowser(server.url)
    const { url, fields } = formOf((await browser.get(beginFlow(server).url)).body, '/password')
    return (email, text, from) => browser.post(url, { ...fields, email, password: text }, from)
  }
  test('many at once are all counted, though none has been answered', async () => {
    const { throttle } = server.ports
    const subject = fresh()
    const waits = await Promise.all(Array.from({ length: 20 }, () => throttle.attempt([['account', subject]])))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(6)
  })
  test('at one account waits, wherever it comes from, and the right password waits too', async () => {
    const email = newEmail()
    await server.enrol(email, password)
    const guess = await form()
    await guessedBefore('account', email, 15)
    expect((await guess(email, 'wrong guess 16', address())).status).toBe(422)
    const slow = await guess(email, password, address())
    expect([slow.status, Number(slow.headers.get('retry-after')) > 600, slow.body.includes('Slow down')]).toEqual([429, true, true])
  })
  test('at many accounts from one address waits as well; other addresses do not', async () => {
    const [from, guess] = [newAddress(), await form()]
    await guessedBefore('address', from, 40)
    expect((await guess(newEmail(), password, { 'x-forwarded-for': from })).status).toBe(422)
    expect((await guess(newEmail(), password, { 'x-forwarded-for': `1.2.3.4, ${from}` })).status).toBe(429)
    expect((await guess(newEmail(), password, address())).status).toBe(422)
  })
  test('is forgotten for the account, and one fewer for the address, when it was no guess', async () => {
    const [email, from, guess] = [newEmail(), newAddress(), await form()]
    await server.enrol(email, password)
    await guessedBefore('account', email, 4)
    await guessedBefore('address', from, 30)
    expect((await guess(email, password, { 'x-forwarded-for': from })).url.searchParams.has('code')).toBe(true)
    for (let again = 0; again < 5; again++) expect((await (await form())(email, 'wrong guess', address())).status).toBe(422)
    expect((await (await form())(newEmail(), password, { 'x-forwarded-for': from })).status).toBe(422)
  })
  test('a client secret or a token gets one answer', async () => {
    const answer = await ask(server, '/oauth/token', { grant_type: 'client_credentials' }, { authorization: `Basic ${Buffer.from('nobody:x').toString('base64')}` })
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
  })
})
