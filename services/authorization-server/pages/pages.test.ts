import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressChanged, addressTaken, confirmAddress, confirmNewAddress } from '../mail/letters.ts'
import { accountPage, recoveryCodesPage, totpPage } from './account.ts'
import { confirmEmailPage, deadEmailLinkPage, emailChangedPage, emailTakenPage } from './email.ts'
import { html, textOf } from './html.ts'
import { documentOf, headersOf, originOf, policyOf, type Page } from './layout.ts'
import { codePage, consentPage, expiredPage, signInPage, tooManyPage, troublePage } from './sign-in.ts'
import { confirmedPage, confirmPage, deadLinkPage, forgotPage, mailSentPage, resetDonePage, resetPage, signUpPage } from './sign-up.ts'

const nasty = `"><script>alert('x')</script>&<img src=x onerror=alert(1)>`
const place = { path: `/auth/interaction/${nasty}`, csrf: nasty, error: nasty }
/** Every page, with what is given to it in the worst form. */
const pages: Readonly<Record<string, Page>> = {
  signIn: signInPage({ ...place, client: nasty, email: nasty, uid: nasty }), code: codePage(place), consent: consentPage({ ...place, client: nasty, email: nasty, wishes: [nasty] }),
  tooMany: tooManyPage(120), expired: expiredPage, trouble: troublePage,
  signUp: signUpPage({ csrf: nasty, error: nasty, email: nasty, interaction: nasty }), mailSent: mailSentPage(nasty, nasty), confirm: confirmPage({ csrf: nasty, error: nasty, token: nasty }),
  confirmed: confirmedPage(nasty), forgot: forgotPage({ csrf: nasty, error: nasty, interaction: nasty }), reset: resetPage({ csrf: nasty, error: nasty, token: nasty }), resetDone: resetDonePage(nasty), deadLink: deadLinkPage,
  account: accountPage({
    csrf: nasty, email: nasty, error: nasty, second_factor: true, recovery_codes_left: 3, passkeys: [{ credential_id: nasty, name: nasty, created_at: 0 }],
    sign_ins: [{ session_id: nasty, client_id: nasty, client_name: nasty, device: nasty, signed_in_at: 0, last_used_at: 0, browser_uid: undefined }],
  }),
  confirmEmail: confirmEmailPage({ csrf: nasty, error: nasty, token: nasty, email: nasty }), emailChanged: emailChangedPage, emailTaken: emailTakenPage, deadEmailLink: deadEmailLinkPage,
  totp: totpPage({ csrf: nasty, error: nasty, image: nasty, secret: nasty }), recoveryCodes: recoveryCodesPage([nasty]),
}

describe('html', () => {
  test('escapes whatever is put into it, so that no tag and no attribute can be opened', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      const [, inside = ''] = /^<p title="(.*)">$/s.exec(textOf(html`<p title="${text}">`)) ?? []
      expect(inside).not.toMatch(/[<>"']/)
      expect(inside.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')).toBe(text)
    }))
  })
  test('leaves what it made itself as it is, alone or in lists', () => {
    expect(textOf(html`<ul>${['a', '<'].map((item) => html`<li>${item}</li>`)}</ul>${undefined}${false}`)).toBe('<ul><li>a</li><li>&lt;</li></ul>')
  })
})

describe.each(Object.entries(pages))('page %s', (_name, page) => {
  const text = documentOf(page)
  test('lets nothing through that was put into it', () => {
    expect(text).not.toMatch(/<script>|<img src=x|alert\('x'\)/)
  })
  test('has no script and no style of its own, one heading, a language and a viewport', () => {
    expect(text).not.toMatch(/ on\w+="|style="|javascript:/i)
    expect([text.match(/<h1>/g)?.length, text.includes('<html lang="en">'), text.includes('width=device-width')]).toEqual([1, true, true])
  })
  test('labels every input that people see, and protects every form by a token', () => {
    for (const [input = ''] of text.matchAll(/<input(?![^>]*type="hidden")[^>]*>/g)) {
      const [, id = ''] = / id="([^"]*)"/.exec(input) ?? []
      expect([text.includes(`<label for="${id}">`), /autocomplete="[^"]+"/.test(input)]).toEqual([true, true])
    }
    for (const [, content = ''] of text.matchAll(/<form[^>]*method="post"[^>]*>([\s\S]*?)<\/form>/g)) expect(content).toContain('name="csrf"')
  })
})

test.each(Object.entries(pages))('page %s names no two things alike', (_name, page) => {
  const ids = [...documentOf(page).matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => id)
  expect(ids).toEqual([...new Set(ids)])
})

describe('headers', () => {
  test('allow no script where none is needed, and no form that leads elsewhere', () => {
    expect(policyOf({})).toContain("script-src 'none'")
    expect(policyOf({ passkeys: true })).toContain("script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
    expect(policyOf({ leadsTo: originOf('http://127.0.0.1:4000/callback?x') })).toContain("form-action 'self' http://127.0.0.1:4000;")
    expect(headersOf(expiredPage)).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' })
  })
})

test('a letter escapes the address of its link in HTML, and writes it as it is in text', () => {
  const letter = confirmAddress('ada@example.invalid', 'http://localhost/auth/confirm?token=a&x="')
  expect(letter.html).toContain('href="http://localhost/auth/confirm?token=a&amp;x=&quot;"')
  expect(letter.text).toContain('http://localhost/auth/confirm?token=a&x="')
})

test('a new address is sent the link; who has it already, and who had the old one, are sent none', () => {
  expect(confirmNewAddress('ada@example.invalid', 'http://localhost/auth/email?token=a').text).toContain('http://localhost/auth/email?token=a')
  for (const { to, text, html: page } of [addressTaken('ada@example.invalid'), addressChanged('ada@example.invalid')]) expect([to, /https?:|href=/.test(text + page)]).toEqual(['ada@example.invalid', false])
})
