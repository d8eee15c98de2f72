/** A server to be loaded: graph as `services/main.ts` runs it, whose questions are counted; its questions put by hand; or a bare Fastify route that answers the same bytes. */
import type { AddressInfo } from 'node:net'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { portsOf } from '@cdlc/services/graph/app.ts'
import { graphRoutes } from '@cdlc/services/graph/endpoint.ts'
import { configFrom } from '@cdlc/services/shared/config.ts'
import { createService, loggerAt } from '@cdlc/services/shared/http.ts'
import { openVerifier, trustOf } from '@cdlc/services/shared/identity.ts'
import { openPlatform } from '@cdlc/services/shared/platform.ts'
import { openRedis } from '@cdlc/services/shared/redis.ts'
import { processRegistry } from '@cdlc/services/shared/telemetry.ts'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Recorded } from '../api/server-child.ts'
import { serve } from '../child.ts'
import { startProfile } from '../profile/record.ts'
import { feedByHand } from './by-hand.ts'

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

const asked = new Map<string, number>()

/** The same port, counting what is asked of it by name. */
function counted<T extends object>(port: T, prefix: string): T {
  return Object.fromEntries(Object.entries(port).map(([name, question]) => [name, (...given: readonly unknown[]): unknown => {
    asked.set(`${prefix}.${name}`, (asked.get(`${prefix}.${name}`) ?? 0) + 1)
    return (question as (...args: readonly unknown[]) => unknown)(...given)
  }])) as T
}

let stopProfile: (() => Promise<void>) | undefined

serve({
  graph() {
    const config = configFrom(process.env)
    const endpoints = endpointsFrom(process.env)
    const ports = portsOf(openPlatform(endpoints, config), openRedis(endpoints, 'presence:'))
    const { texts } = counted({ texts: ports.texts }, 'social')
    const routes = graphRoutes({ ...ports, views: counted(ports.views, 'views'), feeds: counted(ports.feeds, 'feed'), texts })
    const logger = { ...loggerAt(config.logLevel), base: { component: 'bench' } }
    return listen(createService({ name: 'graph', description: '', checks: {}, routes, verifier: openVerifier(trustOf('graph', endpoints)), logger, metrics: [processRegistry] }))
  },
  /** The same questions put by hand, over the same ports. */
  byHand() {
    const config = configFrom(process.env)
    const endpoints = endpointsFrom(process.env)
    const ports = portsOf(openPlatform(endpoints, config), openRedis(endpoints, 'presence:'))
    const app = Fastify()
    app.get<{ Querystring: { readonly first: string }; Headers: { readonly 'acting-profile': string } }>('/v1/graphql', async (request, reply) =>
      reply.type('application/graphql-response+json; charset=utf-8').send(JSON.stringify(await feedByHand(ports, request.headers['acting-profile'], Number(request.query.first)))))
    return listen(app)
  },
  bare({ headers, body }: Recorded) {
    const app = Fastify()
    app.get('/v1/graphql', (_request, reply) => reply.headers(headers).send(body))
    return listen(app)
  },
  /** Questions since they were last asked for. */
  async asked() {
    const counts = Object.fromEntries(asked)
    asked.clear()
    return counts
  },
  async startProfile(file: string) {
    stopProfile = await startProfile(file)
  },
  async stopProfile() {
    await stopProfile?.()
  },
})
