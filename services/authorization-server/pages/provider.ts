/** Pages of the flows themselves: errors, device codes, sign-out. The form ids are those that oidc-provider gives its forms. */
import type { Context } from 'oidc-provider'
import { html, type Html } from './html.ts'
import { documentOf, headersOf, originOf, type Page } from './layout.ts'
import { alert, input, submit } from './parts.ts'

function show(ctx: Context, page: Page): void {
  for (const [name, value] of Object.entries(headersOf(page))) ctx.set(name, value)
  ctx.body = documentOf(page)
}

const secretOf = ({ oidc }: Context): string => oidc.session.state?.secret ?? ''

/** Words for a person; what a developer needs stands below. */
const explained: Readonly<Record<string, string>> = {
  invalid_client: 'The application that sent you here is not known.',
  invalid_redirect_uri: 'The application that sent you here wants you back at an address that is not its own.',
  server_error: 'Something went wrong on our side. Try again in a moment.',
  access_denied: 'You did not let the application in.',
}

export async function renderError(ctx: Context, out: Readonly<Record<string, unknown>>): Promise<void> {
  const code = String(out['error'])
  show(ctx, {
    title: 'That did not work',
    body: html`<p>${explained[code] ?? 'This request is not right, or it has expired. Go back to the application and start again.'}</p>
<p class="fine">${code}${typeof out['error_description'] === 'string' && html`: ${out['error_description']}`}</p>`,
  })
}

/** `ctx.oidc.session.state.secret` is checked by oidc-provider when the form comes back. */
const codeForm = (ctx: Context, content: Html): Html => html`<form method="post" action="${new URL(ctx.oidc.urlFor('code_verification')).pathname}" id="device">
<input type="hidden" name="xsrf" value="${secretOf(ctx)}">${content}</form>`

export async function userCodeInput(ctx: Context, _form: string, _out: unknown, error: { readonly name: string; readonly userCode?: string } | undefined): Promise<void> {
  const problem = error === undefined ? undefined
    : error.name === 'AbortedError' ? 'Nothing was let in.'
    : error.userCode !== undefined || error.name === 'NoCodeError' ? 'This code is not right, or it has expired. Look at your TV again.'
    : 'Something went wrong. Try again.'
  show(ctx, {
    title: 'Sign in on your TV',
    body: codeForm(ctx, html`${alert(problem)}
<p>Enter the code that your TV shows.</p>
${input({ name: 'user_code', label: 'Code', autocomplete: 'off', maxLength: 20, autofocus: true })}
${submit('Continue')}`),
  })
}

export async function userCodeConfirm(ctx: Context, _form: string, client: { readonly clientName?: string; readonly clientId: string }, _device: unknown, userCode: string): Promise<void> {
  show(ctx, {
    title: 'Is this your TV?',
    body: codeForm(ctx, html`<p><strong>${client.clientName ?? client.clientId}</strong> asks to sign in. Your TV should show this code:</p>
<p class="code">${userCode}</p>
<p class="fine">If somebody sent you this code or a link to it, stop here: they would be signed in as you.</p>
<input type="hidden" name="user_code" value="${userCode}"><input type="hidden" name="confirm" value="yes">
${submit('Yes, continue')}${submit('No', { name: 'abort', value: 'yes', quiet: true })}`),
  })
}

export async function deviceSignedIn(ctx: Context): Promise<void> {
  show(ctx, { title: 'Signed in', body: html`<p>Look at your TV: it goes on by itself in a moment. You can close this page.</p>` })
}

export async function signOut(ctx: Context, _form: string): Promise<void> {
  const { postLogoutRedirectUri } = (ctx.oidc.session.state ?? {}) as { readonly postLogoutRedirectUri?: string }
  show(ctx, {
    title: 'Sign out?',
    leadsTo: originOf(postLogoutRedirectUri),
    body: html`<form method="post" action="${new URL(ctx.oidc.urlFor('end_session_confirm')).pathname}">
<p>You will be signed out here, in every application of this browser.</p>
<input type="hidden" name="xsrf" value="${secretOf(ctx)}">
${submit('Sign out', { name: 'logout', value: 'yes' })}
</form>`,
  })
}

export async function signedOut(ctx: Context): Promise<void> {
  show(ctx, { title: 'Signed out', body: html`<p>You are signed out. See you soon.</p>` })
}
