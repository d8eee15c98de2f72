/** `/v1/graphql`: reads the request, holds it to the limits, and answers it; a WebSocket at the same address goes to live/. */
import websocket from '@fastify/websocket'
import mercurius from 'mercurius'
import { GraphQLError, NoSchemaIntrospectionCustomRule, OperationTypeNode, type ExecutionResult } from 'graphql/index.js'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { Refused } from '../shared/errors.ts'
import { problems, type Routes } from '../shared/http.ts'
import { Fields } from '../shared/text.ts'
import type { Graph } from './context.ts'
import { documentReader, longestQuery, type Asking } from './document.ts'
import { formatted } from './failures.ts'
import { limits } from './limits.ts'
import { longestMessage, openSockets } from './live/socket.ts'
import { openLoaders } from './loaders.ts'
import type { GraphPorts } from './ports.ts'
import { graphSchema } from './schema.ts'
import { actingHeader, viewerOf } from './viewer.ts'

const description = 'GraphQL over HTTP. `documentId` is `sha256:<hash>` of a query that the service knows; `operationName` may be left out, as a document has one operation.'
const Asked = {
  query: Type.Optional(Type.String({ maxLength: longestQuery })),
  documentId: Type.Optional(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })),
  operationName: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
}
const Extensions = Type.Unsafe<object | null>({ type: ['object', 'null'] })
const Posted = Fields({ ...Asked, variables: Type.Optional(Type.Unsafe<Readonly<Record<string, unknown>> | null>({ type: ['object', 'null'] })), extensions: Type.Optional(Extensions) })
const Got = Fields({ ...Asked, variables: Type.Optional(Type.String({ maxLength: longestQuery, description: 'a JSON object' })) })
const Headers = Type.Object({ [actingHeader]: Type.Optional(Type.String({ maxLength: 100, description: 'a profile of your own: who looks' })) })
const Answer = Type.Object({}, { additionalProperties: true, description: 'data, and errors if there were any: each with `extensions.code`' })
const answers = { 200: Answer, 400: Answer, 404: Answer, 422: Answer, ...problems }

function variablesIn(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {}
  try {
    const read: unknown = JSON.parse(text)
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read as Readonly<Record<string, unknown>>
  } catch {
    /* no JSON is no object either */
  }
  throw new Refused({ code: 'invalid_request', message: 'must be a JSON object', field: 'query.variables' })
}

/** Errors of the language that mercurius found in a document or its variables. */
const foundIn = (error: unknown): readonly GraphQLError[] | undefined => {
  const errors = (error as { readonly errors?: unknown }).errors
  return Array.isArray(errors) && errors.every((one) => one instanceof GraphQLError) ? errors : undefined
}

/** The route, over any ports. */
export const graphRoutes: Routes<GraphPorts> =
  (ports) =>
  async (app) => {
    const schema = graphSchema()
    const unforeseen = (err: unknown): void => { app.log.error({ err }, 'internal') }
    const format = (error: GraphQLError) => formatted(error, unforeseen)
    await app.register(mercurius, {
      schema, routes: false, jit: 1, graphql: { parseOptions: { maxTokens: limits.tokens } },
      validationRules: ports.closed ? [NoSchemaIntrospectionCustomRule] : [],
      errorFormatter: ({ data, errors }) => ({ statusCode: 200, response: { data: data ?? null, errors: errors.map((error) => format(error)) as never } }),
    })
    const sockets = openSockets(ports, schema, unforeseen)
    await app.register(websocket, {
      options: { maxPayload: longestMessage, perMessageDeflate: false },
      preClose: (done) => { sockets.close(); done() },
      errorHandler: (_error, socket) => { socket.terminate() },
    })
    const read = documentReader(ports, schema, OperationTypeNode.QUERY)

    async function answer(request: FastifyRequest, reply: FastifyReply, asking: Asking): Promise<FastifyReply> {
      const { [actingHeader]: header } = request.headers
      const viewer = await viewerOf(ports.ownerOf, request.identity, typeof header === 'string' ? header : undefined)
      const send = (status: number, body: Pick<ExecutionResult, 'data'> | object): FastifyReply => reply.code(status).type('application/graphql-response+json; charset=utf-8').header('cache-control', 'no-store').serializer(JSON.stringify).send(body)
      try {
        const { text, operation, variables } = read(asking)
        const graph: Graph = { ports, viewer, loaders: openLoaders(ports, viewer.profile_id) }
        return send(200, await app.graphql(text, { ...graph }, { ...variables }, operation.name?.value))
      } catch (error) {
        if (error instanceof GraphQLError) return send(400, { errors: [format(error)] })
        const found = foundIn(error)
        if (found !== undefined) return send(400, { errors: found.map(format) })
        throw error
      }
    }

    const config = { access: 'public' } as const
    const schemaOf = (summary: string) => ({ tags: ['graph'], summary, description, headers: Headers, response: answers })
    app.post('/v1/graphql', { config, schema: { ...schemaOf('Ask the graph'), body: Posted } }, (request, reply) => answer(request, reply, request.body))
    app.route({
      method: 'GET', url: '/v1/graphql', config, schema: { ...schemaOf('Ask the graph by an address, or open a WebSocket for subscriptions'), querystring: Got },
      handler: (request, reply) => {
        const { variables, ...asking } = request.query
        return answer(request, reply, { ...asking, variables: variablesIn(variables) })
      },
      wsHandler: (socket, request) => { sockets.take(socket, request as FastifyRequest) },
    })
  }
