/** A browser without a screen: keeps cookies as RFC 6265 says, follows redirects within the server, fills in forms. */
import { createHash, randomBytes, randomInt } from 'node:crypto'
import type { Running } from './testing.ts'

export interface Seen {
  readonly status: number
  readonly url: URL
  readonly body: string
  readonly headers: Headers
}
export interface Browser {
  get(url: string | URL): Promise<Seen>
  /** Sends a form; `headers` in addition. */
  post(url: string | URL, fields: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>): Promise<Seen>
  /** Sends the first form of a page whose action ends so, with these fields besides its hidden ones. */
  submit(seen: Seen, action: string, fields?: Readonly<Record<string, string>>): Promise<Seen>
  /** Sends JSON as our script does; the answer's body is JSON. */
  json(path: string, csrf: string, body: object): Promise<{ readonly status: number; readonly answer: Readonly<Record<string, unknown>> }>
  /** Values of the cookies of this name. */
  cookies(name: string): readonly string[]
  setCookie(name: string, value: string, path?: string): void
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}
const unescaped = (text: string): string => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

/** Hidden fields of the form in a page whose action ends so. */
export function formOf(body: string, action: string): { readonly url: string; readonly fields: Readonly<Record<string, string>> } {
  for (const [, attributes = '', content = ''] of body.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)) {
    const [, url = ''] = /action="([^"]*)"/.exec(attributes) ?? []
    if (!url.endsWith(action)) continue
    const hidden = [...content.matchAll(/<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g)]
    return { url: unescaped(url), fields: Object.fromEntries(hidden.map(([, name, value]) => [name, unescaped(value ?? '')])) }
  }
  throw new Error(`filling in a form: the page has none that goes to '${action}'`)
}

/** An address that no other browser of the tests comes from: guesses are counted by it. */
export const newAddress = (): string => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`

export function openBrowser(origin: string): Browser {
  const address = newAddress()
  const jar = new Map<string, Cookie>()
  const keep = (header: string): void => {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
    const [name = '', value = ''] = pair.split(/=(.*)/s, 2)
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/'
    const gone = attributes.some((attribute) => /^(max-age=0|expires=Thu, 01 Jan 1970)/i.test(attribute))
    if (gone) jar.delete(`${path} ${name}`)
    else jar.set(`${path} ${name}`, { name, value, path })
  }
  const sent = (path: string): string => [...jar.values()]
    .filter((cookie) => path === cookie.path || path.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`))
    .map(({ name, value }) => `${name}=${value}`).join('; ')

  async function ask(target: URL, init: RequestInit): Promise<Seen> {
    const headers = { accept: 'text/html', 'x-forwarded-for': address, ...(init.headers as Readonly<Record<string, string>>), cookie: sent(target.pathname) }
    const answer = await fetch(target, { ...init, headers, redirect: 'manual' })
    for (const header of answer.headers.getSetCookie()) keep(header)
    const location = answer.headers.get('location')
    if (location === null) return { status: answer.status, url: target, body: await answer.text(), headers: answer.headers }
    const next = new URL(location, target)
    // what leads to an application is looked at, not followed
    if (next.origin !== origin || !/^\/(oauth|auth)\//.test(next.pathname)) return { status: answer.status, url: next, body: '', headers: answer.headers }
    return ask(next, { method: 'GET' })
  }
  const browser: Browser = {
    get: (url) => ask(new URL(url, origin), { method: 'GET' }),
    post: (url, fields, headers = {}) => ask(new URL(url, origin), { method: 'POST', body: new URLSearchParams(fields), headers }),
    submit(seen, action, fields = {}) {
      const form = formOf(seen.body, action)
      return browser.post(new URL(form.url, seen.url), { ...form.fields, ...fields })
    },
    async json(path, csrf, body) {
      const headers = { 'content-type': 'application/json', 'x-csrf': csrf }
      const seen = await ask(new URL(path, origin), { method: 'POST', headers, body: JSON.stringify(body) })
      return { status: seen.status, answer: (seen.body.startsWith('{') ? JSON.parse(seen.body) : {}) as Readonly<Record<string, unknown>> }
    },
    cookies: (name) => [...jar.values()].filter((cookie) => cookie.name === name).map(({ value }) => value),
    setCookie: (name, value, path = '/') => { jar.set(`${path} ${name}`, { name, value, path }) },
  }
  return browser
}

export interface Flow {
  readonly verifier: string
  readonly state: string
  readonly url: string
}
export const webRedirect = (server: Pick<Running, 'url'>): string => `${server.url}/app/callback`

/** A request for authorization, as an application makes it. */
export function beginFlow(server: Pick<Running, 'url'>, changes: Readonly<Record<string, string | undefined>> = {}): Flow {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const parameters: Readonly<Record<string, string | undefined>> = {
    client_id: 'cdlc-web', response_type: 'code', scope: 'openid email account:read ratings:write', redirect_uri: webRedirect(server), state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...changes,
  }
  const kept = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { verifier, state, url: `${server.url}/oauth/authorize?${new URLSearchParams(kept)}` }
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  readonly scope: string
  readonly error?: string
}
export interface Answer {
  readonly status: number
  readonly body: Tokens
}

/** Sends a request to an endpoint that answers JSON. */
export async function ask(server: Pick<Running, 'url'>, path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const answer = await fetch(`${server.url}${path}`, { method: 'POST', body: new URLSearchParams(fields), headers })
  const text = await answer.text()
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Tokens }
}

export const redeem = (server: Running, code: string, { verifier }: Pick<Flow, 'verifier'>, changes: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(server, '/oauth/token', { grant_type: 'authorization_code', client_id: 'cdlc-web', redirect_uri: webRedirect(server), code, code_verifier: verifier, ...changes })

/** Signs in with a password; answers what the application's callback is given. */
export async function signIn(browser: Browser, flow: Flow, email: string, password: string): Promise<Seen> {
  const seen = await browser.get(flow.url)
  return seen.body.includes('/password"') ? browser.submit(seen, '/password', { email, password }) : seen
}

/** The code that a callback was given. */
export const codeIn = ({ url }: Pick<Seen, 'url'>): string => {
  const code = url.searchParams.get('code')
  if (code === null) throw new Error(`reading a code: '${url.pathname}' was given ${[...url.searchParams.keys()].join(', ')}, ${url.searchParams.get('error') ?? 'no error'} ${url.searchParams.get('error_description') ?? ''}`)
  return code
}
