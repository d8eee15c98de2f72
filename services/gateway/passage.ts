/** The checks at the door: who asks, and whether there is room for the request under its limit. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { tokenOf } from '../shared/access.ts'
import { Refused } from '../shared/errors.ts'
import { problemOf, sendProblem } from '../shared/problem.ts'
import { rateLimited } from '../shared/telemetry-gateway.ts'
import type { Asker, Askers } from './askers.ts'
import type { Limiter, Verdict } from './limiter.ts'
import type { Limit, Limits } from './rate.ts'
import { classOf, isSignIn, type Row } from './routes.ts'
import { tokenOffered } from './sockets.ts'

/** What is known of a request once it has come through the door. */
export interface Passage {
  readonly request_id: string
  /** Where it comes from. */
  readonly address: string
  asker: Asker | undefined
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The row of the table that the route was made of. */
    row?: Row
  }
  interface FastifyRequest {
    passage: Passage
  }
}

export interface DoorPorts {
  readonly askers: Askers
  readonly limiter: Limiter
  readonly limits: Limits
}

/** An address as it is counted: of IPv6 the network, since whoever has one address has them all. */
export function addressKey(ip: string): string {
  if (ip.startsWith('::ffff:') && ip.includes('.')) return ip.slice(7)
  if (!ip.includes(':')) return ip
  const [head = '', tail = ''] = ip.split('%')[0]?.split('::') ?? []
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':')))
  const zeros = ip.includes('::') ? Array.from({ length: 8 - (before?.length ?? 0) - (after?.length ?? 0) }, () => '0') : []
  return [...before ?? [], ...zeros, ...after ?? []].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}

function tell(reply: FastifyReply, { limit, remaining, reset_s }: Verdict): void {
  void reply.headers({ 'ratelimit-limit': limit.requests, 'ratelimit-remaining': remaining, 'ratelimit-reset': reset_s })
}

/** The hook of every route that leads to an upstream. Where all is at hand it ends within the same turn. */
export function door({ askers, limiter, limits }: DoorPorts): (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void {
  function refuse(reply: FastifyReply, verdict: Verdict, name: string): void {
    rateLimited.inc({ class: name })
    tell(reply, verdict)
    sendProblem(reply.header('retry-after', verdict.retry_after_s), problemOf('rate_limited', `too many requests; try again in ${verdict.retry_after_s} s`))
  }

  /** Whom the request counts against, and how much they may. */
  function bucketOf(request: FastifyRequest, row: Row): readonly [key: string, limit: Limit, name: string] {
    const { asker } = request.passage
    if (asker?.identity.kind === 'service') return [`program:${asker.identity.subject}`, limits.programs, 'programs']
    const name = classOf(row, request.method)
    return [asker === undefined ? `${name}:address:${addressKey(request.passage.address)}` : `${name}:account:${asker.identity.subject}`, limits.people[name], name]
  }

  function admit(request: FastifyRequest, reply: FastifyReply, row: Row, done: () => void): void | Promise<void> {
    const [key, limit, name] = bucketOf(request, row)
    const settle = (verdict: Verdict): void => {
      if (!verdict.allowed) {
        refuse(reply, verdict, name)
        return
      }
      tell(reply, verdict)
      done()
    }
    const verdict = limiter.take(key, limit)
    return verdict instanceof Promise ? verdict.then(settle) : settle(verdict)
  }

  /** To verify a token costs more than most answers do, so an address has only so many that were never seen. */
  async function verify(token: string, address: string): Promise<Asker | Verdict> {
    const verdict = await limiter.take(`token:address:${address}`, limits.people.token)
    return verdict.allowed ? askers.verified(token) : verdict
  }
  const verifying = new Map<string, Promise<Asker | Verdict>>()

  /** Many requests with one token that nobody has seen verify it once. */
  async function verifyFirst(request: FastifyRequest, reply: FastifyReply, row: Row, token: string, done: () => void): Promise<void> {
    const under = verifying.get(token) ?? verify(token, addressKey(request.passage.address)).finally(() => { verifying.delete(token) })
    verifying.set(token, under)
    const found = await under
    if ('allowed' in found) {
      refuse(reply, found, 'token')
      return
    }
    request.passage.asker = found
    await admit(request, reply, row, done)
  }

  return (request, reply, done) => {
    const { row } = request.routeOptions.config
    if (row === undefined) {
      done()
      return
    }
    const failed = (error: unknown): void => done(error as Error)
    try {
      const token = isSignIn(row) ? undefined : tokenOf(request) ?? tokenOffered(request.raw)
      const asker = token === undefined ? undefined : askers.known(token)
      if (token !== undefined && asker === undefined) {
        verifyFirst(request, reply, row, token, done).catch(failed)
        return
      }
      request.passage.asker = asker
      const admitted = admit(request, reply, row, done)
      if (admitted !== undefined) admitted.catch(failed)
    } catch (error) {
      done(error instanceof Refused ? error : error as Error)
    }
  }
}
