/** The frame of every page, and the headers it is sent with. */
import { html, textOf, type Html } from './html.ts'

export interface Page {
  readonly title: string
  readonly body: Html
  /** Whether the page talks to the authenticator of passkeys. */
  readonly passkeys?: boolean
  /** Origins besides our own to which a form may lead in the end: an application's callback. */
  readonly leadsTo?: string | undefined
}

/** Name of the product, as pages and mails say it. */
export const product = 'Creme Dela Creme'
export const assetsPath = '/auth/assets'

/** A whole document. */
export const documentOf = ({ title, body, passkeys = false }: Page): string => textOf(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${product}</title>
<link rel="stylesheet" href="${assetsPath}/style.css">
${passkeys && html`<script src="${assetsPath}/passkeys.js" defer></script>`}
</head>
<body>
<header><p class="brand"><span aria-hidden="true">◆</span> ${product}</p></header>
<main class="card">
<h1>${title}</h1>
${body}
</main>
<footer><p>Films and series, all in one place.</p></footer>
</body>
</html>
`)

/** No script but our own file, no frame, no form that leads elsewhere: browsers hold redirects after a form to `form-action` too. */
export const policyOf = ({ leadsTo, passkeys = false }: Pick<Page, 'leadsTo' | 'passkeys'>): string => [
  "default-src 'none'", "style-src 'self'", "img-src 'self' data:", `script-src ${passkeys ? "'self'" : "'none'"}`, passkeys ? "connect-src 'self'" : "connect-src 'none'",
  `form-action 'self'${leadsTo === undefined ? '' : ` ${leadsTo}`}`, "frame-ancestors 'none'", "base-uri 'none'",
].join('; ')

/** Headers of a page; it holds what is one person's, so nobody keeps it. */
export const headersOf = (page: Page): Readonly<Record<string, string>> => ({
  'content-type': 'text/html; charset=utf-8', 'content-security-policy': policyOf(page), 'cache-control': 'no-store',
  // not `no-referrer`: browsers would hide the origin of forms too
  'referrer-policy': 'same-origin', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY',
  'permissions-policy': 'publickey-credentials-get=(self), publickey-credentials-create=(self)', 'cross-origin-opener-policy': 'same-origin',
})

/** Where an application's callback is, for `leadsTo`; undefined for what is no address. */
export const originOf = (redirect_uri: unknown): string | undefined => (typeof redirect_uri === 'string' ? (URL.parse(redirect_uri)?.origin ?? undefined) : undefined)
