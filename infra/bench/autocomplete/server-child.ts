/** A server to be loaded: social as `services/main.ts` runs it, or a bare Fastify route that answers the same bytes. */
import type { AddressInfo } from 'node:net'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { configFrom } from '@cdlc/services/shared/config.ts'
import { createService, loggerAt } from '@cdlc/services/shared/http.ts'
import { openVerifier, trustOf } from '@cdlc/services/shared/identity.ts'
import { openPlatform } from '@cdlc/services/shared/platform.ts'
import { processRegistry } from '@cdlc/services/shared/telemetry.ts'
import { portsOf, social } from '@cdlc/services/social/app.ts'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Recorded } from '../api/server-child.ts'
import { serve } from '../child.ts'

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

serve({
  social() {
    const config = configFrom(process.env)
    const endpoints = endpointsFrom(process.env)
    const logger = { ...loggerAt(config.logLevel), base: { component: 'bench' } }
    return listen(createService({
      name: 'social', description: '', checks: {}, routes: social(portsOf(openPlatform(endpoints, config))), verifier: openVerifier(trustOf('social', endpoints)), logger, metrics: [processRegistry],
    }))
  },
  /** `answers` by what was typed. */
  bare(answers: Readonly<Record<string, Recorded>>) {
    const recorded = new Map(Object.entries(answers))
    const app = Fastify()
    app.get<{ Querystring: { readonly q: string } }>('/v1/search/completions', (request, reply) => {
      const answer = recorded.get(request.query.q)
      if (answer === undefined) return reply.code(404).send()
      return reply.headers(answer.headers).send(answer.body)
    })
    return listen(app)
  },
})
