/** Signing up, and the ways back in: links in mails. */
import { html, type Html } from './html.ts'
import type { Page } from './layout.ts'
import { alert, csrfField, input, newPassword, submit } from './parts.ts'

interface Form {
  readonly csrf: string
  readonly error?: string | undefined
}

/** Back to the sign-in that led here; an interaction that is not this browser's says so itself. */
const back = (interaction: string): Html | undefined => (interaction === '' ? undefined : html`<p class="links"><a href="/auth/interaction/${interaction}">Back to sign-in</a></p>`)
const kept = (interaction: string): Html => html`<input type="hidden" name="continue" value="${interaction}">`

export const signUpPage = ({ csrf, error, email, interaction }: Form & { readonly email: string; readonly interaction: string }): Page => ({
  title: 'Create your account',
  body: html`${alert(error)}
<form method="post" action="/auth/sign-up">
${csrfField(csrf)}${kept(interaction)}
${input({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'email', value: email, maxLength: 320, autofocus: email === '' })}
${newPassword()}
${submit('Create account')}
</form>
${back(interaction)}`,
})

export const mailSentPage = (email: string, interaction: string): Page => ({
  title: 'Look at your mail',
  body: html`<p>We sent a mail to <strong>${email}</strong>. Follow the link in it to go on.</p>
<p class="fine">Nothing there? It may take a minute, or be among the spam.</p>${back(interaction)}`,
})

export const confirmPage = ({ csrf, error, token }: Form & { readonly token: string }): Page => ({
  title: 'Confirm your address',
  body: html`${alert(error)}
<p>Enter the password that you chose, so that we know that it was you.</p>
<form method="post" action="/auth/confirm">
${csrfField(csrf)}<input type="hidden" name="token" value="${token}">
${input({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', maxLength: 256, autofocus: true })}
${submit('Confirm')}
</form>`,
})

export const confirmedPage = (interaction: string): Page => ({
  title: 'Your account is ready',
  body: interaction === ''
    ? html`<p>Go back to the application and sign in.</p>`
    : html`<p>Sign in to go on.</p><a class="button" href="/auth/interaction/${interaction}">Sign in</a>`,
})

export const forgotPage = ({ csrf, error, interaction }: Form & { readonly interaction: string }): Page => ({
  title: 'Choose a new password',
  body: html`${alert(error)}
<p>We send you a link to choose one.</p>
<form method="post" action="/auth/forgot">
${csrfField(csrf)}${kept(interaction)}
${input({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', maxLength: 320, autofocus: true })}
${submit('Send the link')}
</form>
${back(interaction)}`,
})

export const resetPage = ({ csrf, error, token }: Form & { readonly token: string }): Page => ({
  title: 'Choose a new password',
  body: html`${alert(error)}
<form method="post" action="/auth/reset">
${csrfField(csrf)}<input type="hidden" name="token" value="${token}">
${newPassword('New password')}
${submit('Change password')}
</form>
<p class="fine">You will be signed out everywhere.</p>`,
})

export const resetDonePage = (interaction: string): Page => ({
  title: 'Your password is changed',
  body: interaction === ''
    ? html`<p>Go back to the application and sign in with it.</p>`
    : html`<p>Sign in with it to go on.</p><a class="button" href="/auth/interaction/${interaction}">Sign in</a>`,
})

export const deadLinkPage: Page = {
  title: 'This link is not good any more',
  body: html`<p>Links are good once, and for a while only. Ask for a new one.</p><a class="button quiet" href="/auth/forgot">Ask for a new link</a>`,
}
