/** Parts that several pages have. */
import { html, type Html } from './html.ts'

/** What went wrong, read out by screen readers as soon as it is there. */
export const alert = (message: string | undefined): Html | undefined => (message === undefined ? undefined : html`<p class="alert" role="alert">${message}</p>`)

/** Ties a form to the browser it was sent to. */
export const csrfField = (csrf: string): Html => html`<input type="hidden" name="csrf" value="${csrf}">`

export interface Input {
  readonly name: string
  readonly label: string
  readonly type?: 'email' | 'password' | 'text'
  readonly autocomplete: string
  readonly value?: string
  readonly hint?: string
  readonly maxLength?: number
  readonly minLength?: number
  readonly numeric?: boolean
  readonly autofocus?: boolean
}

/** A labelled, required input. */
export const input = ({ name, label, type = 'text', autocomplete, value, hint, maxLength, minLength, numeric = false, autofocus = false }: Input): Html => html`<p class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" required
${value !== undefined && html` value="${value}"`}${maxLength !== undefined && html` maxlength="${maxLength}"`}${minLength !== undefined && html` minlength="${minLength}"`}
${numeric && html` inputmode="numeric" pattern="[0-9 ]*"`}${hint !== undefined && html` aria-describedby="${name}-hint"`}${autofocus && html` autofocus`}>
${hint !== undefined && html`<small id="${name}-hint">${hint}</small>`}
</p>`

/** The button that sends a form. */
export const submit = (text: string, more: { readonly name?: string; readonly value?: string; readonly quiet?: boolean; readonly form?: string } = {}): Html =>
  html`<button type="submit"${more.quiet === true && html` class="quiet"`}${more.name !== undefined && html` name="${more.name}" value="${more.value}"`}${more.form !== undefined && html` form="${more.form}"`}>${text}</button>`

/** A new password, with what managers of passwords want to know. */
export const newPassword = (label = 'Password'): Html =>
  input({ name: 'password', label, type: 'password', autocomplete: 'new-password', minLength: 8, maxLength: 128, hint: 'At least 8 characters. A few words that only you would put together are best.' })
