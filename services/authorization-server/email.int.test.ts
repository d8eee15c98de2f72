/** Changing the address of an account: password, a link to the new one, a word to the old one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh } from '../real.ts'
import { openRedis } from '../shared/redis.ts'
import { startServer, type Running } from './testing.ts'
import { beginFlow, formOf, openBrowser, signIn, type Browser, type Seen } from './testing-browser.ts'
import { throttleKeys } from './throttle.ts'

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
async function someone(): Promise<{ readonly email: string; readonly account_id: string; readonly browser: Browser }> {
  const email = newEmail()
  const account_id = await server.enrol(email, password)
  const browser = openBrowser(server.url)
  await signIn(browser, beginFlow(server), email, password)
  return { email, account_id, browser }
}

describe('a new e-mail address', () => {
  const ask = async (browser: Browser, email: string, proof = password): Promise<Seen> => browser.submit(await browser.get('/auth/account'), '/account/email', { email, proof })
  const follow = async (browser: Browser, link: URL, chosen = password): Promise<Seen> => browser.submit(await browser.get(link), '/auth/email', { password: chosen })
  const signsIn = async (email: string): Promise<boolean> => hasCode(await signIn(openBrowser(server.url), beginFlow(server), email, password))
  const subjectsTo = (email: string): readonly string[] => server.letters.filter(({ to }) => to === email).map(({ subject }) => subject)

  test('is the account’s once its link is followed and the password given; the old one is told, other sign-ins end, this one stays', async () => {
    const { email, account_id, browser } = await someone()
    const elsewhere = openBrowser(server.url)
    await signIn(elsewhere, beginFlow(server), email, password)
    const wanted = newEmail()
    expect((await ask(browser, wanted)).body).toContain('Look at your mail')
    const link = await server.linkTo(wanted)
    expect([await signsIn(email), await signsIn(wanted)]).toEqual([true, false]) // not before
    const done = await follow(browser, link)
    expect([done.status, done.body.includes('Your address is changed')]).toEqual([200, true])
    expect([(await server.ports.accounts.get(account_id))?.email, await signsIn(email), await signsIn(wanted)]).toEqual([wanted, false, true])
    expect(subjectsTo(email)).toEqual([expect.stringContaining('Your e-mail address was changed')])
    expect(server.letters.findLast(({ to }) => to === email)?.text).not.toContain(wanted)
    expect([hasCode(await browser.get(beginFlow(server).url)), (await elsewhere.get(beginFlow(server).url)).body.includes('name="password"')]).toEqual([true, true])
  })
  test('may be confirmed in a browser that nobody has signed in with, which ends every sign-in', async () => {
    const { account_id, browser } = await someone()
    const wanted = newEmail()
    await ask(browser, wanted)
    expect((await follow(openBrowser(server.url), await server.linkTo(wanted))).status).toBe(200)
    expect([(await server.ports.accounts.get(account_id))?.email, (await browser.get(beginFlow(server).url)).body.includes('name="password"')]).toEqual([wanted, true])
    expect(await server.ports.signIns.of(account_id)).toEqual([])
  })
  test('wants the password, an address, and another one than the present', async () => {
    const { email, browser } = await someone()
    const wanted = newEmail()
    for (const [seen, words] of [
      [await ask(browser, wanted, 'not this one 77'), 'not your present password'], [await ask(browser, 'nobody'), 'not an e-mail address'], [await ask(browser, email.toUpperCase()), 'your address already'],
    ] as const) expect([seen.status, seen.body.includes(words)]).toEqual([422, true])
    expect(subjectsTo(wanted)).toEqual([])
  })
  test('is not guessed at: after many wrong passwords the right one waits too', async () => {
    const { email, browser } = await someone()
    const { endpoints, config } = server.platform
    const redis = openRedis(endpoints, 'auth:')
    await redis.hset(throttleKeys(config.masterKey)('account', email), 'attempts', 15)
    redis.disconnect()
    const wanted = newEmail()
    expect((await ask(browser, wanted, 'not this one 77')).status).toBe(422)
    expect([(await ask(browser, wanted)).status, subjectsTo(wanted)]).toEqual([429, []])
  })
  test('that somebody has already gets the same page, and a mail that says so with no link', async () => {
    const [{ browser }, other] = [await someone(), await someone()]
    const free = newEmail()
    const [one, two] = [await ask(browser, other.email), await ask(browser, free)]
    expect([one.status, one.body.replaceAll(other.email, '')]).toEqual([two.status, two.body.replaceAll(free, '')])
    await server.linkTo(free) // letters go out in turn
    expect(subjectsTo(other.email)).toEqual([expect.stringContaining('You have an account already')])
    expect(server.letters.findLast(({ to }) => to === other.email)?.text).not.toMatch(/https?:/)
  })
  test('by a link that was used is not possible: once, and of two at once one', async () => {
    const { email, browser } = await someone()
    const wanted = newEmail()
    await ask(browser, wanted)
    const link = await server.linkTo(wanted)
    const page = await browser.get(link)
    const both = await Promise.all([browser.submit(page, '/auth/email', { password }), browser.submit(page, '/auth/email', { password })])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 404])
    expect([(await browser.get(link)).status, (await browser.submit(page, '/auth/email', { password })).status]).toEqual([404, 404])
    expect(subjectsTo(email)).toHaveLength(1)
  })
  test('that somebody took in between stays theirs', async () => {
    const { email, account_id, browser } = await someone()
    const wanted = newEmail()
    await ask(browser, wanted)
    const link = await server.linkTo(wanted)
    await server.enrol(wanted, 'another quiet lantern')
    const seen = await follow(browser, link)
    expect([seen.status, seen.body.includes('Another account has this address')]).toEqual([409, true])
    expect([(await server.ports.accounts.get(account_id))?.email, subjectsTo(email)]).toEqual([email, []])
    expect((await browser.get(link)).status).toBe(404) // it was used all the same
  })
  test('is not confirmed by who has the link but not the password, nor by a form of another browser', async () => {
    const { email, account_id, browser } = await someone()
    const wanted = newEmail()
    await ask(browser, wanted)
    const link = await server.linkTo(wanted)
    const holder = openBrowser(server.url)
    expect((await follow(holder, link, 'what could it be')).status).toBe(422)
    const { fields } = formOf((await holder.get(link)).body, '/auth/email')
    expect((await openBrowser(server.url).post('/auth/email', { ...fields, password })).status).toBe(403)
    expect((await browser.post('/auth/account/email', { csrf: 'x', email: newEmail(), proof: password })).status).toBe(403)
    expect((await server.ports.accounts.get(account_id))?.email).toBe(email)
  })
  test('that was asked for before the password changed comes to nothing, as do links that went to the old address', async () => {
    const { email, browser } = await someone()
    const wanted = newEmail()
    await ask(browser, wanted)
    const link = await server.linkTo(wanted)
    await browser.submit(await browser.get('/auth/account'), '/account/password', { current: password, password: 'an even quieter lantern' })
    expect((await browser.get(link)).status).toBe(404)
    const other = await someone()
    await other.browser.submit(await other.browser.get('/auth/forgot'), '/auth/forgot', { email: other.email })
    const reset = await server.linkTo(other.email)
    const next = newEmail()
    await ask(other.browser, next)
    expect((await follow(other.browser, await server.linkTo(next))).status).toBe(200)
    expect([(await other.browser.get(reset)).status, subjectsTo(email).length]).toEqual([404, 1])
  })
})
