/** Every page of the authorization server in a real browser, by day and by night: right on a phone, right by axe, and a passkey from a real authenticator. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { randomUUID } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, startServer, type Running } from '@cdlc/services/authorization-server/testing.ts'
import { ask, beginFlow } from '@cdlc/services/authorization-server/testing-browser.ts'
import { stackFrom } from '../local/stack.ts'
import { openBrowser } from './browser.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const password = 'a quiet lantern 42'

let server: Running
let browser: Browser
beforeAll(async () => {
  server = await startServer()
  browser = await openBrowser(stackFrom(process.env))
}, 600_000)
afterAll(async () => {
  await browser.close()
  await server.stop()
})

describe.each(['light', 'dark'] as const)('in the %s', (colorScheme) => {
  const email = `${randomUUID()}-with-an-address-that-is-long@example.invalid`
  let page: Page
  const violations: string[] = []
  beforeAll(async () => {
    await server.enrol(email, password)
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme })
    context.setDefaultTimeout(20_000)
    page = await context.newPage()
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text())
    })
    const authenticator = await context.newCDPSession(page)
    await authenticator.send('WebAuthn.enable')
    await authenticator.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    })
  })
  afterAll(async () => {
    await page.context().close()
  })

  async function looksRight(heading: string): Promise<void> {
    expect(await page.textContent('h1')).toBe(heading)
    await page.evaluate(axe)
    const found = await page.evaluate<{ violations: readonly { id: string; nodes: readonly { html: string }[] }[] }>(`axe.run(document, { runOnly: ${JSON.stringify(standards)} })`)
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), heading).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), heading).toBe(true)
  }
  const open = (path: string): Promise<unknown> => page.goto(path.startsWith('http') ? path : `${server.url}${path}`)
  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click()

  test('what anybody may open', async () => {
    for (const [path, heading] of [
      ['/auth/sign-up', 'Create your account'], ['/auth/forgot', 'Choose a new password'], ['/auth/reset?token=x', 'This link is not good any more'],
      ['/auth/interaction/xxxxxxxxxxxxxxxxxxxx', 'This page has expired'], ['/oauth/authorize?client_id=nobody', 'That did not work'], ['/oauth/device', 'Sign in on your TV'],
    ] as const) {
      await open(path)
      await looksRight(heading)
    }
    await open('/auth/sign-up')
    await page.getByLabel('E-mail address').fill('ada@example.invalid')
    await page.getByLabel('Password').fill('password1234')
    await press('Create account')
    await looksRight('Create your account')
    expect(await page.getByRole('alert').textContent()).toContain('lists that attackers try')
  })
  test('signing in, and letting an application in', async () => {
    await open(beginFlow(server, { prompt: 'consent' }).url)
    await looksRight('Sign in')
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password').fill(password)
    await press('Sign in')
    await looksRight('Let this application in?')
    await press('Allow')
    await page.waitForURL(/\/app\/callback\?code=/)
  })
  test('the account, a passkey, a second factor', async () => {
    await open('/auth/account')
    await looksRight('Your account')
    await press('Add a passkey')
    await page.getByText(/^Passkey of/).first().waitFor()
    await looksRight('Your account')
    await press('Turn it on')
    await looksRight('Turn on the second factor')
    await page.getByLabel('Code').fill(await codeOf(String(await page.textContent('code'))))
    await press('Turn on')
    await looksRight('Keep these codes')
  })
  test('a new e-mail address', async () => {
    const wanted = `${randomUUID()}-with-a-new-one-that-is-long@example.invalid`
    await open('/auth/account')
    await page.getByLabel('New e-mail address').fill(wanted)
    await page.getByLabel('Your password').fill('not this one 77')
    await press('Change e-mail address')
    await page.getByText('This is not your present password.').waitFor()
    await looksRight('Your account')
    await page.getByLabel('New e-mail address').fill(wanted)
    await page.getByLabel('Your password').fill(password)
    await press('Change e-mail address')
    await page.getByText('We sent a mail').waitFor()
    await looksRight('Look at your mail')
    const link = await server.linkTo(wanted)
    await open(link.href)
    await looksRight('Confirm your new address')
    await page.getByLabel('Password').fill(password)
    await press('Confirm')
    await page.getByText('Sign in with the new one').waitFor()
    await looksRight('Your address is changed')
    await open(link.href)
    await looksRight('This link is not good any more')
  })
  test('a TV', async () => {
    const { user_code } = (await ask(server, '/oauth/device/code', { client_id: 'cdlc-tv', scope: 'openid ratings:read' })).body as unknown as { readonly user_code: string }
    await open(`/oauth/device?user_code=${user_code}`)
    await page.getByText(user_code).waitFor()
    await looksRight('Is this your TV?')
    await press('Yes, continue')
    await looksRight('Let this application in?')
    await press('Allow')
    await looksRight('Signed in')
  })
  test('signing out, and in again by the passkey alone', async () => {
    await open('/oauth/logout')
    await looksRight('Sign out?')
    await press('Sign out')
    await looksRight('Signed out')
    await open(beginFlow(server).url)
    await press('Use a passkey')
    await page.waitForURL(/\/app\/callback\?code=/)
  })
  test('no page wanted anything that its policy forbids', () => {
    expect(violations).toEqual([])
  })
})
