/** A person's own page: passkeys, second factor, password, address, where they are signed in. */
import type { Passkey } from '../passkeys.ts'
import type { SignIn } from '../sign-ins.ts'
import { html, type Html } from './html.ts'
import type { Page } from './layout.ts'
import { alert, csrfField, input, newPassword, submit } from './parts.ts'

export interface AccountView {
  readonly csrf: string
  readonly email: string
  readonly passkeys: readonly Passkey[]
  readonly second_factor: boolean
  readonly recovery_codes_left: number
  readonly sign_ins: readonly (SignIn & { readonly client_name: string })[]
  readonly error?: string | undefined
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
const button = (csrf: string, action: string, label: string, fields: Readonly<Record<string, string>> = {}): Html => html`<form method="post" action="${action}">${csrfField(csrf)}
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}${submit(label, { quiet: true })}</form>`

export const accountPage = ({ csrf, email, passkeys, second_factor, recovery_codes_left, sign_ins, error }: AccountView): Page => ({
  title: 'Your account',
  passkeys: true,
  body: html`${alert(error)}
<p>Signed in as <strong>${email}</strong>.</p>
<h2>Passkeys</h2>
${passkeys.length === 0 ? html`<p class="fine">None yet. A passkey signs you in with your fingerprint, your face or your device's PIN.</p>` : html`<ul>${passkeys.map(({ credential_id, name, created_at }) =>
  html`<li>${name}, added ${day(created_at)}${button(csrf, '/auth/account/passkeys/remove', `Remove ${name}`, { credential_id })}</li>`)}</ul>`}
<div data-passkey="create" data-path="/auth/account/passkeys" data-csrf="${csrf}" hidden>
<button type="button">Add a passkey</button>
<p class="alert" role="alert" hidden>No passkey was added.</p>
</div>
<h2>Second factor</h2>
${second_factor
    ? html`<p class="fine">On. ${recovery_codes_left} recovery codes are left.</p>${button(csrf, '/auth/account/totp/remove', 'Turn it off')}`
    : html`<p class="fine">Off. With it on, your password alone signs nobody in.</p>${button(csrf, '/auth/account/totp', 'Turn it on')}`}
<h2>Password</h2>
<form method="post" action="/auth/account/password">
${csrfField(csrf)}<input type="hidden" autocomplete="username" name="username" value="${email}">
${input({ name: 'current', label: 'Present password', type: 'password', autocomplete: 'current-password', maxLength: 256 })}
${newPassword('New password')}
${submit('Change password', { quiet: true })}
</form>
<h2>E-mail address</h2>
<form method="post" action="/auth/account/email">
${csrfField(csrf)}<input type="hidden" autocomplete="username" name="username" value="${email}">
${input({ name: 'email', label: 'New e-mail address', type: 'email', autocomplete: 'email', maxLength: 320, hint: 'We send a link there. Your address stays as it is until you have followed it.' })}
${input({ name: 'proof', label: 'Your password', type: 'password', autocomplete: 'current-password', maxLength: 256 })}
${submit('Change e-mail address', { quiet: true })}
</form>
<h2>Signed in</h2>
<ul>${sign_ins.map(({ session_id, client_name, device, signed_in_at }) =>
  html`<li>${client_name}, since ${day(signed_in_at)}<br><span class="fine">${device}</span>${button(csrf, '/auth/account/sign-ins/end', 'Sign out there', { session_id })}</li>`)}</ul>
<a class="button quiet" href="/oauth/logout">Sign out here</a>`,
})

export const totpPage = ({ csrf, error, image, secret }: { readonly csrf: string; readonly error?: string | undefined; readonly image: string; readonly secret: string }): Page => ({
  title: 'Turn on the second factor',
  body: html`${alert(error)}
<p>Scan this with an authenticator app, then enter the code that it shows.</p>
<img class="qr" src="${image}" alt="QR code of the secret below">
<p class="fine">Cannot scan? Enter this secret: <code>${secret}</code></p>
<form method="post" action="/auth/account/totp/confirm">
${csrfField(csrf)}
${input({ name: 'code', label: 'Code', autocomplete: 'one-time-code', maxLength: 10, numeric: true, autofocus: true })}
${submit('Turn on')}
</form>`,
})

export const recoveryCodesPage = (codes: readonly string[]): Page => ({
  title: 'Keep these codes',
  body: html`<p>Should you lose your authenticator app, each of these signs you in once. They are shown now and never again.</p>
<ul class="codes">${codes.map((code) => html`<li>${code}</li>`)}</ul>
<a class="button" href="/auth/account">I have kept them</a>`,
})
