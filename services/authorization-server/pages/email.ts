/** A new e-mail address: where the link in the mail leads. */
import { html } from './html.ts'
import type { Page } from './layout.ts'
import { alert, csrfField, input, submit } from './parts.ts'

/** Where links to new addresses lead. */
export const emailPath = '/auth/email'

export const confirmEmailPage = ({ csrf, error, token, email }: { readonly csrf: string; readonly error?: string | undefined; readonly token: string; readonly email: string }): Page => ({
  title: 'Confirm your new address',
  body: html`${alert(error)}
<p>You will sign in with <strong>${email}</strong> from now on. Enter your password, so that we know that it is you.</p>
<form method="post" action="${emailPath}">
${csrfField(csrf)}<input type="hidden" name="token" value="${token}">
${input({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', maxLength: 256, autofocus: true })}
${submit('Confirm')}
</form>
<p class="fine">You will be signed out everywhere else.</p>`,
})

export const emailChangedPage: Page = {
  title: 'Your address is changed',
  body: html`<p>Sign in with the new one from now on.</p><a class="button" href="/auth/account">Go to your account</a>`,
}

export const emailTakenPage: Page = {
  title: 'This address has an account',
  body: html`<p>Another account has this address by now, so yours stays as it is.</p><a class="button quiet" href="/auth/account">Go to your account</a>`,
}

export const deadEmailLinkPage: Page = {
  title: 'This link is not good any more',
  body: html`<p>Links are good once, and for a while only. Ask for a new one where you change your address.</p><a class="button quiet" href="/auth/account">Go to your account</a>`,
}
