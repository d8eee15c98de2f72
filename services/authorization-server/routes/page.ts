/** What all routes of pages share. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isIPv6 } from 'node:net'
import { documentOf, headersOf, type Page } from '../pages/layout.ts'
import { tooManyPage } from '../pages/sign-in.ts'
import type { LimitName } from '../limit.ts'
import type { Throttle } from '../throttle.ts'

/** Sends a page. */
export const sendPage = (reply: FastifyReply, page: Page, status = 200): FastifyReply => reply.code(status).headers(headersOf(page)).send(documentOf(page))

/** Goes on to another page after a form. */
export const seeOther = (reply: FastifyReply, location: string): FastifyReply => reply.header('cache-control', 'no-store').redirect(location, 303)

/** What guesses are counted by: an IPv4 address, or the /64 of an IPv6 one, which is what one customer of a provider has. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '')
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('%', 1)[0]?.toLowerCase().split('::') ?? []
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = tail === undefined ? front : [...front, ...Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0'), ...back]
  return `${groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`
}

/** Where a request comes from: the last hop that the gateway saw, as it adds it. */
export function addressOf({ headers, ip }: FastifyRequest): string {
  const forwarded = headers['x-forwarded-for']
  return networkOf((typeof forwarded === 'string' ? forwarded.split(',').at(-1)?.trim() : undefined) ?? ip)
}

export type SecurityEvent =
  | 'signed_in' | 'sign_in_failed' | 'second_factor_failed' | 'passkey_failed' | 'slowed_down' | 'signed_up' | 'reset_asked' | 'password_changed'
  | 'email_change_asked' | 'email_changed'
  | 'second_factor_on' | 'second_factor_off' | 'passkey_added' | 'passkey_removed' | 'signed_out_elsewhere' | 'form_forged'

/** Writes down what happened to whose account, for who looks into an incident: ids, no address and nothing that was typed. */
export const noted = (request: FastifyRequest, event: SecurityEvent, who: { readonly account_id?: string | undefined; readonly client_id?: string } = {}): void => {
  const { account_id, client_id } = who // whatever else a caller has of the person stays out
  request.log.info({ event, account_id, client_id }, 'security')
}

/** Counts an attempt; where it comes too soon, answers 429 and true: there is nothing more to do. */
export async function tooSoon(throttle: Throttle, reply: FastifyReply, subject: readonly (readonly [LimitName, string])[]): Promise<boolean> {
  const wait_s = await throttle.attempt(subject)
  if (wait_s === 0) return false
  noted(reply.request, 'slowed_down')
  void sendPage(reply.header('retry-after', String(wait_s)), tooManyPage(wait_s), 429)
  return true
}

/** An interaction as links and forms may name it; `''` for what is none. */
export const interactionIn = (text: string): string => (/^[\w-]{16,64}$/.test(text) ? text : '')
