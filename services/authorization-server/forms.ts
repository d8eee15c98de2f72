/** Forms that only the browser they were sent to can send back, and what is read out of them. */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface Forms {
  /** What a form carries for a binding: something that only this browser can show besides, such as a cookie. */
  csrf(binding: string): string
  /** Whether a request came from one of our own pages, for this binding. */
  genuine(request: FastifyRequest, binding: string): boolean
  /** The binding of a browser that has no session and no interaction: a cookie of its own, set where there is none. */
  browser(request: FastifyRequest, reply: FastifyReply): string
}

const longestField = 4_096

/** A field of a form, `''` where it is missing or no text. */
export function field(request: FastifyRequest, name: string): string {
  const { body } = request
  const value = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>)[name] : undefined
  return typeof value === 'string' && value.length <= longestField ? value : ''
}
/** A parameter of the query, likewise. */
export function parameter(request: FastifyRequest, name: string): string {
  const value = (request.query as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' && value.length <= longestField ? value : ''
}

function cookieOf({ headers }: FastifyRequest, name: string): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name && value !== undefined && /^[\w-]{20,64}$/.test(value)) return value
  }
  return undefined
}

/** Forms of the site at `issuer`. */
export function openForms(masterKey: Uint8Array, issuer: string): Forms {
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'forms', 32))
  const csrf = (binding: string): string => createHmac('sha256', key).update(binding).digest('base64url')
  const [secure, cookie] = issuer.startsWith('https:') ? ['; Secure', '__Secure-cdlc_form'] : ['', 'cdlc_form']
  return {
    csrf,
    genuine(request, binding) {
      const { headers } = request
      // browsers say where a request comes from; what no browser sends is decided by the field alone
      const site = headers['sec-fetch-site']
      if (site !== undefined && site !== 'same-origin') return false
      if (headers.origin !== undefined && headers.origin !== new URL(issuer).origin) return false
      const header = headers['x-csrf']
      const given = Buffer.from(typeof header === 'string' ? header : field(request, 'csrf'))
      const expected = Buffer.from(csrf(binding))
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
    browser(request, reply) {
      const known = cookieOf(request, cookie)
      if (known !== undefined) return `browser:${known}`
      const fresh = randomBytes(24).toString('base64url')
      void reply.header('set-cookie', `${cookie}=${fresh}; Path=/auth; HttpOnly; SameSite=Lax; Max-Age=86400${secure}`)
      return `browser:${fresh}`
    },
  }
}
