/** The gateway as a Fastify app over any ports; opens nothing but connections to upstreams, when they are first needed. */
import compress from '@fastify/compress'
import cors from '@fastify/cors'
import httpProxy from '@fastify/http-proxy'
import Fastify, { LogController, type FastifyInstance, type FastifyRequest } from 'fastify'
import { randomUUID } from 'node:crypto'
import { registerHealth, type Checks } from '../shared/health.ts'
import { apiPolicy, closeIdle, refuseConnection, type Component } from '../shared/http.ts'
import { identityKeysPath } from '../shared/identity.ts'
import { handleError, problemFor, problemOf, sendProblem } from '../shared/problem.ts'
import { forwarded, watchCache } from '../shared/telemetry-gateway.ts'
import { traceRequests } from '../shared/telemetry-trace.ts'
import { measureRequests } from '../shared/telemetry.ts'
import { createValidator } from '../shared/validation.ts'
import { addressOf, isOperator, type Addresses } from './addresses.ts'
import { streamedLimit } from './body.ts'
import { answerFromMemory, forward, headersFor, type ForwardPorts } from './forward.ts'
import { requestIdOf } from './headers.ts'
import type { IdentityKeys } from './identity-keys.ts'
import { openLane, type OpenLane } from './lanes.ts'
import type { Documents } from './openapi.ts'
import { registerGraphiql } from './graphiql.ts'
import { door, type DoorPorts } from './passage.ts'
import { refuseAmbiguity } from './paths.ts'
import { registerReference } from './reference.ts'
import { classOf, lanes, programsOnly, type Lane, type LaneName, type Row, type Upstream } from './routes.ts'
import type { EndedSessions } from './sessions.ts'
import { shedLoad, type ShedLimits } from './shed.ts'
import { cutSlow, endInTime, isHandshake, protocolOf, refuseStrangers, socketOf } from './sockets.ts'

export interface GatewayPorts extends DoorPorts, Omit<ForwardPorts, 'lanes'> {
  readonly rows: readonly Row[]
  readonly lanes: Readonly<Record<LaneName, Lane>>
  readonly urlOf: (upstream: Upstream) => string
  readonly keys: Pick<IdentityKeys, 'published'>
  readonly documents: Documents
  /** Whether there is a page to ask the graph on. */
  readonly graphiql: boolean
  readonly checks: Checks
  /** Origins of pages that may ask. */
  readonly corsOrigins: readonly string[]
  /** Whose word of where a request comes from is taken. */
  readonly proxies: Addresses
  /** Who may ask for readiness and metrics. */
  readonly operators: Addresses
  readonly sessions: Pick<EndedSessions, 'watch'>
  readonly shed: ShedLimits
  /** How late the event loop runs, in ms. */
  readonly late_ms: () => number
}
export type GatewayMaking = Pick<Component, 'logger' | 'metrics' | 'tracer'>

/** Large enough for a token and cookies; Node answers more with 431 by itself. */
const headersLimit = 16_384
const longestSocketMessage = 1_048_576
const operations = new Set(['/healthz', '/readyz', '/metrics'])
const forOperators = new Set(['/readyz', '/metrics'])
const noSuchPath = problemOf('route_not_found', 'no such path; see /openapi.json')

/** Of every answer, whoever gives it. */
const safeHeaders = ({ protocol }: URL): Readonly<Record<string, string>> => ({
  'x-content-type-options': 'nosniff', 'content-security-policy': apiPolicy, 'referrer-policy': 'same-origin',
  ...(protocol === 'https:' ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}),
})

export function createGateway(ports: GatewayPorts, { logger = false, metrics = [], tracer }: GatewayMaking = {}): FastifyInstance {
  const { rows, publicUrl, catalogue, proxies } = ports
  const safe = safeHeaders(publicUrl)
  const app = Fastify({
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: streamedLimit,
    requestTimeout: 60_000,
    keepAliveTimeout: 75_000,
    http: { maxHeaderSize: headersLimit },
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    exposeHeadRoutes: false,
    trustProxy: proxies,
    clientErrorHandler: (error, socket) => { refuseConnection(error, socket, safe) },
    frameworkErrors: (error, _request, reply) => { void sendProblem(reply.headers(safe), problemFor(error)) },
  })
  Object.assign(app.server, { shouldUpgradeCallback: isHandshake })
  const open = Object.fromEntries(Object.entries(ports.lanes).map(([name, lane]) => [name, openLane(name, lane, ports.urlOf(lane.upstream))])) as Record<LaneName, OpenLane>
  const passing: ForwardPorts = { lanes: open, catalogue, publicUrl }
  watchCache(catalogue.state)
  app.setValidatorCompiler(createValidator())
  app.setErrorHandler((error, request, reply) => {
    // the rest of a body that was not wanted must not be taken for the next request
    if (!request.raw.complete) void reply.header('connection', 'close')
    return handleError(error, request, reply)
  })
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, noSuchPath))
  app.decorateRequest('passage')
  app.addHook('preClose', async () => { closeIdle(app) })
  app.addHook('onClose', async () => { await Promise.all(Object.values(open).map((lane) => lane.close())) })
  app.addHook('onRequest', (request, reply, done) => {
    const request_id = requestIdOf(request.headers['x-request-id'], randomUUID)
    request.passage = { request_id, address: addressOf(request), asker: undefined }
    void reply.headers({ 'x-request-id': request_id, ...safe })
    done()
  })
  shedLoad(app, ports.shed, ports.late_ms, (url) => operations.has(url))
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      refuseAmbiguity(request.url, request.raw.rawHeaders)
      done()
    } catch (error) {
      done(error as Error)
    }
  })
  if (tracer !== undefined) traceRequests(app, tracer)
  void app.register(cors, {
    origin: [...ports.corsOrigins], credentials: false, maxAge: 600, methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'if-match', 'if-none-match', 'read-after', 'idempotency-key', 'confirm-erasure', 'acting-profile', 'x-request-id', 'traceparent'],
    exposedHeaders: ['etag', 'served-from', 'x-request-id', 'x-cache', 'x-fallback', 'retry-after', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'idempotency-replayed', 'location'],
  })
  void app.register(compress, { global: false, encodings: ['br', 'gzip'] })
  void app.register(async (own) => {
    measureRequests(app, 'gateway', metrics)
    app.addHook('onRequest', (request, reply, done) => {
      if (!forOperators.has(request.routeOptions.url ?? '') || isOperator(request, ports.operators, proxies)) done()
      else sendProblem(reply, noSuchPath)
    })
    registerHealth(own, ports.checks)
    own.get(identityKeysPath, async (_request, reply) => reply.header('cache-control', 'public, max-age=300').send(ports.keys.published))
    await registerReference(own, ports.documents)
    if (ports.graphiql) registerGraphiql(own)
    for (const { method, path } of programsOnly) own.route({ method, url: path, handler: (_request, reply) => { reply.callNotFound() } })
  })
  void app.register(async (scope) => {
    const origins = new Set([publicUrl.origin, ...ports.corsOrigins])
    scope.addHook('onRequest', (request, _reply, done) => {
      try {
        if (isHandshake(request.raw)) refuseStrangers(request.headers, origins)
        done()
      } catch (error) {
        done(error as Error)
      }
    })
    scope.addHook('onRequest', door(ports))
    scope.addHook('onResponse', ({ method, routeOptions: { config: { row } } }, reply, done) => {
      if (row !== undefined) forwarded.inc({ upstream: lanes[row.lane].upstream, class: classOf(row, method), status: reply.statusCode })
      done()
    })
    scope.addHook('preParsing', (request, reply, _payload, done) => {
      const { row } = request.routeOptions.config
      if (row === undefined || !answerFromMemory(passing, request, reply, row)) done()
    })
    scope.addHook('preHandler', async (request, reply) => {
      const { config: { row } } = request.routeOptions
      const { asker } = request.passage
      if (row === undefined || !isHandshake(request.raw)) return
      const headers = await headersFor(passing, request, row)
      handshakes.set(request, () => {
        const socket = socketOf(reply)
        if (asker !== undefined && socket !== undefined) endInTime(socket, asker, ports.sessions)
        return headers
      })
    })
    for (const row of rows) await scope.register(httpProxy, proxyOf(row, passing, ports.urlOf))
  })
  return app
}

/** http-proxy asks for the headers of a handshake when the client's WebSocket is open, and waits for nobody; they were made before. */
const handshakes = new WeakMap<FastifyRequest, () => Record<string, string>>()
const wsClientOptions = {
  // a ping of the upstream is for the client, who alone answers it
  maxPayload: longestSocketMessage, perMessageDeflate: false, handshakeTimeout: 5_000, autoPong: false,
  rewriteRequestHeaders: (_headers: unknown, request: FastifyRequest) => handshakes.get(request)?.() ?? {},
}

/** A row as @fastify/http-proxy takes it: that keeps routes and WebSockets, and gives requests to the row's lane. */
function proxyOf(row: Row, passing: ForwardPorts, urlOf: GatewayPorts['urlOf']): Parameters<typeof httpProxy>[1] {
  return {
    upstream: urlOf(lanes[row.lane].upstream),
    routes: [row.path],
    httpMethods: [...row.methods],
    config: { row },
    handler: (request, reply) => forward(passing, request, reply, row),
    internalRewriteLocationHeader: false,
    websocket: row.methods.includes('GET'),
    wsServerOptions: { maxPayload: longestSocketMessage, perMessageDeflate: false, handleProtocols: protocolOf },
    wsHooks: { onOutgoingMessage: (_context, client) => { cutSlow(client) } },
    wsClientOptions,
  }
}
