/** Open WebSockets, which end with the session and the token that they were opened by. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { Refused } from '../shared/errors.ts'
import type { Asker } from './askers.ts'
import type { EndedSessions } from './sessions.ts'

/** A handshake (RFC 6455 §4.1); an upgrade to anything else, or by another method, is passed over, as HTTP allows. */
export const isHandshake = ({ method, headers }: Pick<FastifyRequest['raw'], 'method' | 'headers'>): boolean => method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'

/** Throws Refused where a page of elsewhere opens a WebSocket: CORS, which keeps it from all else, does not reach these. */
export function refuseStrangers({ origin }: FastifyRequest['headers'], allowed: ReadonlySet<string>): void {
  if (origin === undefined || allowed.has(origin)) return
  throw new Refused({ code: 'forbidden', message: 'pages of this origin may open no WebSocket here', field: 'header.origin' })
}

/** A page can set no header of a handshake but the subprotocols it offers: one of these may be its access token. */
const tokenPrefix = 'bearer.'
const offered = ({ 'sec-websocket-protocol': protocols = '' }: FastifyRequest['headers']): readonly string[] => protocols.split(',').map((one) => one.trim())

/** The access token of a handshake among its subprotocols; undefined where there is none, or the request is no handshake. */
export const tokenOffered = (raw: Pick<FastifyRequest['raw'], 'method' | 'headers'>): string | undefined =>
  (isHandshake(raw) ? offered(raw.headers).find((one) => one.startsWith(tokenPrefix))?.slice(tokenPrefix.length) : undefined)

/** The first subprotocol that is one: a token is neither answered nor passed on. */
export const protocolOf = (protocols: Iterable<string>): string | false => [...protocols].find((one) => !one.startsWith(tokenPrefix)) ?? false

/** Bytes that wait for one client; the upstream is not held up by it, so one that reads no more is cut. */
const mostWaiting = 1_048_576
/** Called before something is passed on to a client. */
export function cutSlow(socket: Pick<WebSocket, 'bufferedAmount' | 'terminate'>): void {
  if (socket.bufferedAmount > mostWaiting) socket.terminate()
}

/** The WebSocket that this reply's handshake was just answered with: http-proxy keeps them by row, in order. */
export function socketOf(reply: FastifyReply): WebSocket | undefined {
  const { wsProxy } = reply as unknown as { readonly wsProxy?: { readonly wss: { readonly clients: ReadonlySet<WebSocket> } } }
  return [...wsProxy?.wss.clients ?? []].at(-1)
}

/** Policy violation (RFC 6455 §7.4.1). */
const violation = 1_008
/** Who does not answer the end of a WebSocket has it cut. */
const farewell_ms = 1_000
/** Timers hold no more. */
const longestTimer_ms = 2_147_483_647

/** Ends a WebSocket with its session or its token, whichever ends first. */
export function endInTime(socket: WebSocket, { until, identity: { session_id } }: Pick<Asker, 'until' | 'identity'>, sessions: Pick<EndedSessions, 'watch'>, now: () => number = Date.now): void {
  const end = (reason: string): void => {
    // nothing that is said from now on goes any further
    socket.removeAllListeners('message')
    socket.close(violation, reason)
    const cut = setTimeout(() => { socket.terminate() }, farewell_ms)
    socket.once('close', () => { clearTimeout(cut) })
  }
  const expiry = setTimeout(end, Math.min(Math.max(0, until - now()), longestTimer_ms), 'the token has expired')
  expiry.unref()
  const unwatch = session_id === undefined ? undefined : sessions.watch(session_id, () => {
    clearTimeout(expiry)
    end('the session has ended')
  })
  socket.once('close', () => {
    clearTimeout(expiry)
    unwatch?.()
  })
}
