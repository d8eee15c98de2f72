/** What every service's HTTP side has in common: limits, validation, problems, OpenAPI, health. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Fastify, { LogController, type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { Tracer } from '@opentelemetry/api'
import type { Socket } from 'node:net'
import type { Registry } from 'prom-client'
import { guard } from './access.ts'
import { registerHealth, type Checks } from './health.ts'
import { scopes, type Verifier } from './identity.ts'
import { handleError, Problem, problemFor, problemOf, registerNotFound, sendProblem } from './problem.ts'
import { measureRequests } from './telemetry.ts'
import { traceRequests } from './telemetry-trace.ts'
import { createValidator } from './validation.ts'

/** Routes of a component. */
export type Routes<Ports> = (ports: Ports) => FastifyPluginAsyncTypebox

export interface Component {
  readonly name: string
  readonly description: string
  readonly routes: FastifyPluginAsyncTypebox
  readonly checks: Checks
  /** Says who asks. */
  readonly verifier: Verifier
  readonly logger?: FastifyServerOptions['logger']
  /** What `/metrics` tells besides the component's own requests; left out: nothing. */
  readonly metrics?: readonly Registry[]
  /** Left out: requests are not traced. */
  readonly tracer?: Tracer | undefined
}

const problemAnswer = { description: 'Problem', content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } }
/** Part of every route's `response`. */
export const problems = { '4xx': problemAnswer, '5xx': problemAnswer } as const

/** Logs tell routes, codes and times; no address of a person, no query, no body, no value out of MySQL. */
const plainError = (error: unknown): object => {
  const { name, code, message, stack, cause } = error as Error & { readonly code?: unknown }
  return {
    type: name,
    code,
    message,
    stack,
    ...(cause === undefined
      ? {}
      : { cause: { type: (cause as Error).name, code: (cause as { code?: unknown }).code, message: (cause as Error).message } }),
  }
}
/** Settings of the services' logger. */
export const loggerAt = (level: string): Exclude<FastifyServerOptions['logger'], boolean | undefined> => ({
  level,
  serializers: {
    req: ({ method, routeOptions }) => ({ method, route: routeOptions?.url }) as never,
    res: ({ statusCode }) => ({ statusCode }),
    err: plainError as never,
  },
})

/** No answer of an API is a page; /docs, which is one, has a policy of its own. */
export const apiPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const apiHeaders = { 'x-content-type-options': 'nosniff', 'content-security-policy': apiPolicy }

/** Answers bytes that are no HTTP request. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket, headers: Readonly<Record<string, string>> = apiHeaders): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW'
  const problem = tooLarge
    ? problemOf('headers_too_large', 'the request line and headers are too large')
    : problemOf('bad_request', 'not a well-formed HTTP request')
  const body = JSON.stringify(problem)
  const status = `${problem.status} ${tooLarge ? 'Request Header Fields Too Large' : 'Bad Request'}`
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}connection: close\r\n\r\n${body}`,
  )
}

/** A connection whose request outlived the call to close is kept alive by Node, and would keep the server open. */
export function closeIdle(app: FastifyInstance): void {
  if (!app.server.listening) return
  const sweep = setInterval(() => {
    app.server.closeIdleConnections()
  }, 50)
  app.server.once('close', () => {
    clearInterval(sweep)
  })
}

/** A service that is ready to be injected into or listened with; opens nothing. */
export function createService({ name, description, routes, checks, verifier, logger = false, metrics = [], tracer }: Component): FastifyInstance {
  const app = Fastify({
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1_048_576,
    requestTimeout: 30_000,
    keepAliveTimeout: 75_000,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    exposeHeadRoutes: false,
    clientErrorHandler: (error, socket) => { refuseConnection(error, socket) },
    frameworkErrors: (error, _request, reply) => {
      void sendProblem(reply.headers(apiHeaders), problemFor(error))
    },
  })
  app.removeContentTypeParser('text/plain') // JSON is all we read
  app.setValidatorCompiler(createValidator())
  app.setErrorHandler(handleError)
  app.addSchema(Problem)
  registerNotFound(app)
  app.addHook('preClose', async () => {
    closeIdle(app)
  })
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(apiHeaders)
    done()
  })
  if (tracer !== undefined) traceRequests(app, tracer)
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `Creme Dela Creme: ${name}`, description, version: '1' },
      components: { securitySchemes: { oauth: { type: 'oauth2', flows: { authorizationCode: { authorizationUrl: '/oauth/authorize', tokenUrl: '/oauth/token', scopes } } } } },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => (typeof json['$id'] === 'string' ? json['$id'] : `def-${index}`),
    },
  })
  void app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  void app.register(async (instance) => {
    measureRequests(app, name, metrics)
    guard(instance, verifier)
    registerHealth(instance, checks)
    instance.get('/openapi.json', { schema: { hide: true } }, async () => instance.swagger())
    await instance.register(routes)
  })
  return app
}
