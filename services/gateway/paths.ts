/**
 * One spelling for every path. What the gateway matches has to be what the upstream matches, so whatever two programs might read
 * differently is refused before it is looked up: nothing is rewritten, and a path that is let through goes on byte for byte.
 */
import { Refused } from '../shared/errors.ts'

/** What a request target may be made of (RFC 3986, origin form); a backslash, a control character or a byte over 127 is not in it. */
const wellFormed = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*(?:\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?[\]|^`{}<>"\\]|%[0-9A-Fa-f]{2})*)?$/
/** Characters that need no escape, and those that must not be hidden by one: `/`, `\`, NUL and other controls, `%` itself. */
const hidden = /%(?:[01][0-9A-Fa-f]|2[5DEFdef]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaCFcf]|6[1-9A-Fa-f]|7[0-9AaEFef])/
const dotsOrEmpty = /\/(?:\.{1,2}(?:\/|$)|\/)/

/** Why a request target is refused; undefined if it may pass. */
export function targetProblem(target: string): string | undefined {
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  if (!wellFormed.test(target)) return 'has characters that are not allowed in a path'
  if (dotsOrEmpty.test(path)) return 'has empty parts, `.` or `..`'
  if (hidden.test(path)) return 'has characters percent-encoded that need or bear no encoding'
  return undefined
}

/** Headers of which there may be one: programs differ in which of two they believe. Node refuses two of `Content-Length` itself. */
const single = new Set(['authorization', 'host', 'content-type', 'x-request-id', 'if-match', 'idempotency-key'])

/** Why headers are refused; `raw` is names and values in turn, as they came. */
export function headersProblem(raw: readonly string[]): string | undefined {
  let seen = ''
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase()
    if (!single.has(name)) continue
    if (seen.includes(`\n${name}\n`)) return name
    seen += `\n${name}\n`
  }
  return undefined
}

/** Throws Refused where a request could be read in two ways. */
export function refuseAmbiguity(target: string, raw: readonly string[]): void {
  const path = targetProblem(target)
  if (path !== undefined) throw new Refused({ code: 'bad_request', message: `the path ${path}` })
  const header = headersProblem(raw)
  if (header !== undefined) throw new Refused({ code: 'bad_request', message: 'is given twice', field: `header.${header}` })
}
