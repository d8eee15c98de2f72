/** Signing in: password, second factor, consent. */
import { html, type Html } from './html.ts'
import type { Page } from './layout.ts'
import { alert, csrfField, input, submit } from './parts.ts'

interface Place {
  /** Path of the interaction. */
  readonly path: string
  readonly csrf: string
  readonly error?: string | undefined
  readonly leadsTo?: string | undefined
}

const cancel = ({ path, csrf }: Place): Html => html`<form method="post" action="${path}/cancel">${csrfField(csrf)}${submit('Cancel', { quiet: true })}</form>`

export const signInPage = (place: Place & { readonly client: string; readonly email: string; readonly uid: string }): Page => ({
  title: 'Sign in',
  passkeys: true,
  leadsTo: place.leadsTo,
  body: html`${alert(place.error)}
<p>to go on to <strong>${place.client}</strong></p>
<form method="post" action="${place.path}/password">
${csrfField(place.csrf)}
${input({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username webauthn', value: place.email, maxLength: 320, autofocus: place.email === '' })}
${input({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', maxLength: 256, autofocus: place.email !== '' })}
${submit('Sign in')}
</form>
<div data-passkey="sign-in" data-path="${place.path}/passkey" data-csrf="${place.csrf}" hidden>
<p class="or">or</p>
<button type="button" class="quiet">Use a passkey</button>
<p class="alert" role="alert" hidden>The passkey was not taken. Try again, or use your password.</p>
</div>
<p class="links"><a href="/auth/sign-up?continue=${place.uid}">Create an account</a> <a href="/auth/forgot?continue=${place.uid}">Forgot your password?</a></p>`,
})

export const codePage = (place: Place): Page => ({
  title: 'Enter your code',
  leadsTo: place.leadsTo,
  body: html`${alert(place.error)}
<form method="post" action="${place.path}/code">
${csrfField(place.csrf)}
${input({ name: 'code', label: 'Code', autocomplete: 'one-time-code', maxLength: 20, hint: 'The six digits in your authenticator app, or one of your recovery codes.', autofocus: true })}
${submit('Continue')}
</form>
${cancel(place)}`,
})

export const consentPage = (place: Place & { readonly client: string; readonly email: string; readonly wishes: readonly string[] }): Page => ({
  title: 'Let this application in?',
  leadsTo: place.leadsTo,
  body: html`<p><strong>${place.client}</strong> asks to use your account <strong>${place.email}</strong>. It could:</p>
<ul>${place.wishes.map((wish) => html`<li>${wish}</li>`)}</ul>
<form method="post" action="${place.path}/consent">${csrfField(place.csrf)}${submit('Allow')}</form>
${cancel(place)}`,
})

export const tooManyPage = (wait_s: number): Page => ({
  title: 'Slow down',
  body: html`<p>There were too many attempts. Try again in ${wait_s < 90 ? `${wait_s} seconds` : `${Math.ceil(wait_s / 60)} minutes`}.</p>`,
})

export const expiredPage: Page = {
  title: 'This page has expired',
  body: html`<p>Go back to the application and start again. Nothing was changed.</p>`,
}

export const troublePage: Page = { title: 'Something went wrong', body: html`<p>It is on our side. Try again in a moment.</p>` }
