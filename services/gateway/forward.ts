/** Passes requests on and answers back. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { isKnown } from '../shared/etag.ts'
import { traceHeaders } from '../shared/telemetry-trace.ts'
import { bodyOf } from './body.ts'
import { bodyFor, compressedFrom } from './cache.ts'
import { countAnswer, type Catalogue, type Found } from './catalogue.ts'
import { answerHeaders, requestHeaders } from './headers.ts'
import type { Answer, OpenLane } from './lanes.ts'
import { isSignIn, lanes, type LaneName, type Method, type Row } from './routes.ts'

export interface ForwardPorts {
  readonly lanes: Readonly<Record<LaneName, OpenLane>>
  readonly catalogue: Catalogue
  readonly publicUrl: URL
}

/** A signal that the client has left before it was answered. */
function leftSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  raw.once('close', () => { if (!raw.writableFinished) controller.abort() })
  return controller.signal
}
const nobodyLeaves = new AbortController().signal

/** Headers for the upstream of a row; what is asked for everybody says of nobody who asks. */
export async function headersFor({ publicUrl }: Pick<ForwardPorts, 'publicUrl'>, request: FastifyRequest, row: Row): Promise<Record<string, string>> {
  const { upstream } = lanes[row.lane]
  const { asker, address, request_id } = request.passage
  const own = isSignIn(row)
  return requestHeaders(request.headers, {
    address, request_id, publicUrl, trace: traceHeaders(),
    authorization: own ? request.headers.authorization : await asker?.authorizationFor(upstream),
    cookie: own ? request.headers.cookie : undefined,
  })
}

const compressible = /^(?:application\/(?:[a-z0-9.+-]*\+)?json|text\/(?!event-stream))/i

/** Pages of the authorization server hold secrets beside what a stranger may have had a hand in, and are not compressed. */
const mayCompress = (request: FastifyRequest, row: Row, { headers, body }: Answer): boolean =>
  !isSignIn(row) && headers['content-encoding'] === undefined && request.method !== 'HEAD'
  && Buffer.isBuffer(body) && body.length >= compressedFrom && compressible.test(String(headers['content-type'] ?? ''))

function sendAnswer(request: FastifyRequest, reply: FastifyReply, row: Row, answer: Answer): FastifyReply {
  const headers = answerHeaders(answer.headers, isSignIn(row))
  const whole = Buffer.isBuffer(answer.body)
  if (whole && request.method !== 'HEAD') delete headers['content-length']
  // what nobody said may be kept, nobody keeps
  if (headers['cache-control'] === undefined) headers['cache-control'] = 'no-store'
  // what is allowed to a page depends on where it is from
  const varies = String(headers['vary'] ?? '')
  headers['vary'] = varies === '' ? 'Origin' : /\borigin\b/i.test(varies) ? varies : `Origin, ${varies}`
  void reply.code(answer.status).headers(headers)
  // the rest of a body that was not wanted must not be taken for the next request
  if (!request.raw.complete) void reply.header('connection', 'close')
  if (!mayCompress(request, row, answer)) return reply.send(answer.body)
  reply.compress(answer.body as Buffer)
  return reply
}

/** An answer out of memory, or one that is shaped like it. */
export function sendKept(request: FastifyRequest, reply: FastifyReply, { kept, outcome }: Found): FastifyReply {
  countAnswer(outcome)
  const { body, encoding } = bodyFor(kept, request.headers['accept-encoding'])
  void reply.headers(kept.headers)
  void reply.header('x-cache', outcome === 'miss' ? 'miss' : 'hit')
  // the same bytes but compressed are the same only weakly
  void reply.header('etag', encoding === undefined ? kept.etag : `W/${kept.etag}`)
  if (outcome === 'stale') void reply.headers({ warning: '110 - "response is stale"', 'x-fallback': 'stale' })
  if (isKnown(request.headers['if-none-match'], kept.etag)) return reply.code(304).send()
  if (encoding !== undefined) void reply.header('content-encoding', encoding)
  return reply.send(body)
}

/** What a request may be answered with out of memory under; undefined: it is passed on. */
function keyFor({ catalogue }: ForwardPorts, request: FastifyRequest, row: Row): string | undefined {
  if (row.cached === undefined || request.method !== 'GET') return undefined
  if (request.headers['read-after'] !== undefined) return undefined
  return catalogue.keyOf(row.cached, request.url, request.params as Readonly<Record<string, string>>)
}

/** Answers what is at hand in the turn it was asked in; false: it is to be passed on. */
export function answerFromMemory(ports: ForwardPorts, request: FastifyRequest, reply: FastifyReply, row: Row): boolean {
  const key = keyFor(ports, request, row)
  if (key === undefined || row.cached === undefined) return false
  const kept = ports.catalogue.find(row.cached, key)
  if (kept === undefined) return false
  sendKept(request, reply, { kept, outcome: 'hit' })
  return true
}

/** Passes a request on, by memory where its row is cached. */
export async function forward(ports: ForwardPorts, request: FastifyRequest, reply: FastifyReply, row: Row): Promise<FastifyReply> {
  const lane = ports.lanes[row.lane]
  const target = request.url
  const key = keyFor(ports, request, row)
  if (key !== undefined && row.cached !== undefined) {
    const headers = requestHeaders({ accept: 'application/json' }, { ...request.passage, publicUrl: ports.publicUrl, trace: traceHeaders() })
    const found = await ports.catalogue.ask(row.cached, key, () => lane.call({ method: 'GET', target, headers, body: undefined, left: nobodyLeaves }))
    if ('kept' in found) return sendKept(request, reply, found)
    countAnswer('miss')
    void reply.header('x-cache', 'miss')
    return sendAnswer(request, reply, row, found.answer)
  }
  if (row.cached !== undefined) {
    countAnswer('bypass')
    void reply.header('x-cache', 'bypass')
  }
  const left = leftSignal(reply)
  const headers = await headersFor(ports, request, row)
  const body = request.method === 'GET' || request.method === 'HEAD' ? undefined : await bodyOf(request.headers, request.body)
  if (Buffer.isBuffer(body)) headers['content-length'] = String(body.length)
  else if (body instanceof Readable && request.headers['content-length'] !== undefined) headers['content-length'] = request.headers['content-length']
  const answer = await lane.call({ method: request.method as Method, target, headers, body, left })
  return sendAnswer(request, reply, row, answer)
}
