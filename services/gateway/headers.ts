/** Which headers go through, in either direction. */
import type { IncomingHttpHeaders } from 'node:http'

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** Of one connection alone (RFC 9110 §7.6.1), besides those that `Connection` names. */
const ofConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings', 'expect'])
/** What the gateway says itself, whatever a client claims. `Cookie` is for the authorization server alone. */
const own = new Set(['host', 'authorization', 'cookie', 'content-length', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'x-forwarded-prefix', 'x-forwarded-server', 'x-real-ip', 'x-original-url', 'x-rewrite-url', 'x-request-id', 'x-http-method-override', 'baggage'])
/** Of a handshake, which is made anew for the upstream. */
const handshake = /^sec-websocket-/

const namedBy = (connection: string | readonly string[] | undefined): readonly string[] =>
  (connection === undefined ? [] : String(connection).toLowerCase().split(',').map((name) => name.trim()))

/** Who asks, as the gateway found out. */
export interface Origin {
  readonly address: string
  readonly request_id: string
  /** The gateway's own address, as apps know it: never what the client calls it. */
  readonly publicUrl: URL
  /** Left out: nobody has signed in. */
  readonly authorization?: string | undefined
  /** Passed on to the authorization server alone. */
  readonly cookie?: string | undefined
  readonly trace: Readonly<Record<string, string>>
}

/** Headers of the request to the upstream. */
export function requestHeaders(from: IncomingHttpHeaders, { address, request_id, publicUrl, authorization, cookie, trace }: Origin): Record<string, string> {
  const named = namedBy(from.connection)
  const to: Record<string, string> = {}
  for (const name in from) {
    const value = from[name]
    if (value === undefined || own.has(name) || ofConnection.has(name) || named.includes(name) || handshake.test(name)) continue
    to[name] = typeof value === 'string' ? value : value.join(', ')
  }
  to['x-forwarded-for'] = address
  to['x-forwarded-host'] = publicUrl.host
  to['x-forwarded-proto'] = publicUrl.protocol.slice(0, -1)
  to['x-request-id'] = request_id
  if (authorization !== undefined) to['authorization'] = authorization
  if (cookie !== undefined) to['cookie'] = cookie
  return Object.assign(to, trace)
}

/** What an upstream says of itself, or of a client that it has not seen. */
const kept = new Set(['server', 'x-powered-by', 'x-request-id', 'access-control-allow-origin', 'access-control-allow-credentials', 'access-control-expose-headers', 'strict-transport-security'])

/** Headers of the answer to the client; `cookies`: whether it may set any. */
export function answerHeaders(from: Headers, cookies: boolean): Record<string, string | string[]> {
  const named = namedBy(from['connection'])
  const to: Record<string, string | string[]> = {}
  for (const name in from) {
    const value = from[name]
    if (value === undefined || ofConnection.has(name) || kept.has(name) || named.includes(name) || (name === 'set-cookie' && !cookies)) continue
    to[name] = typeof value === 'string' ? value : [...value]
  }
  return to
}

const requestId = /^[A-Za-z0-9._-]{8,64}$/
/** A request's id: the client's where it is well-formed, else a new one. */
export const requestIdOf = (given: string | readonly string[] | undefined, make: () => string): string =>
  (typeof given === 'string' && requestId.test(given) ? given : make())
