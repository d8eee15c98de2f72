/** Signs a person in as an application on a phone does (authorization code with PKCE), filling in the pages' forms without a browser. */
import { createHash, randomBytes } from 'node:crypto'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'

export interface Tokens { readonly access_token: string; readonly refresh_token: string | undefined; readonly id_token: string; readonly expires_in: number }

const redirect = 'http://127.0.0.1:49152/callback'
const client_id = 'cdlc-app'
const everything = 'openid email offline_access account:read account:write ratings:read ratings:write social:read social:write catalogue:write configuration:read configuration:write'
const LONGEST_MS = 15_000
const MOST_PAGES = 12

interface Page { readonly url: URL; readonly body: string }

/** Goes where answers lead, with the cookies that they set. */
function visitor() {
  const cookies = new Map<string, string>()
  return async function visit(url: URL, form?: Readonly<Record<string, string>>): Promise<Page> {
    let [at, body] = [url, form]
    for (let hops = 0; hops < MOST_PAGES; hops++) {
      const answer = await fetch(at, {
        method: body === undefined ? 'GET' : 'POST', redirect: 'manual', signal: AbortSignal.timeout(LONGEST_MS),
        headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; '), origin: at.origin, accept: 'text/html' },
        ...body === undefined ? {} : { body: new URLSearchParams(body) },
      })
      for (const set of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
        if (value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
      const location = answer.headers.get('location')
      if (location === null) {
        const text = await answer.text()
        if (answer.status >= 400) throw new Error(`visiting '${at.pathname}': ${answer.status} ${/<h1>([^<]*)/.exec(text)?.[1] ?? text.slice(0, 200)}`)
        return { url: at, body: text }
      }
      at = new URL(location, at)
      body = undefined
      if (at.href.startsWith(redirect)) return { url: at, body: '' }
    }
    throw new Error(`visiting '${url.pathname}': it leads on and on`)
  }
}

/** The form of a page that posts to a path with this end, with its hidden fields. */
function formOf({ url, body }: Page, end: string): { readonly action: URL; readonly hidden: Readonly<Record<string, string>> } | undefined {
  for (const [, action = '', inside = ''] of body.matchAll(/<form method="post" action="([^"]+)">([^]*?)<\/form>/g)) {
    if (!action.endsWith(end)) continue
    return { action: new URL(action, url), hidden: Object.fromEntries([...inside.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [name, value])) }
  }
  return undefined
}

/** Signs in and allows what is asked for; throws with what the page said where it does not come to that. */
export async function signIn({ gateway }: Pick<Endpoints, 'gateway'>, { email, password }: { readonly email: string; readonly password: string }, scope = everything): Promise<Tokens> {
  const visit = visitor()
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const authorize = new URL('/oauth/authorize', gateway.url)
  authorize.search = new URLSearchParams({
    client_id, redirect_uri: redirect, response_type: 'code', scope, state, prompt: 'consent',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  }).toString()
  let page = await visit(authorize)
  for (let steps = 0; !page.url.href.startsWith(redirect); steps++) {
    const password_form = formOf(page, '/password')
    const form = password_form ?? formOf(page, '/consent')
    if (form === undefined || steps > 4) throw new Error(`signing '${email}' in: '${page.url.pathname}' says ${page.body.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ').slice(0, 300)}`)
    page = await visit(form.action, { ...form.hidden, ...password_form === undefined ? {} : { email, password } })
  }
  const { searchParams } = page.url
  const code = searchParams.get('code')
  if (code === null || searchParams.get('state') !== state || searchParams.get('iss') !== gateway.url) throw new Error(`signing '${email}' in: it ended with ${searchParams.get('error') ?? 'the state or issuer of somebody else'}`)
  return await tokensFor({ gateway }, { grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: verifier })
}

/** Asks the token endpoint as the application; throws an OAuth error's code. */
export async function tokensFor({ gateway }: Pick<Endpoints, 'gateway'>, grant: Readonly<Record<string, string>>): Promise<Tokens> {
  const answer = await fetch(new URL('/oauth/token', gateway.url), { method: 'POST', signal: AbortSignal.timeout(LONGEST_MS), body: new URLSearchParams({ client_id, ...grant }) })
  const body = await answer.json() as Tokens & { readonly error?: string }
  if (!answer.ok) throw new Error(body.error ?? String(answer.status))
  return body
}
