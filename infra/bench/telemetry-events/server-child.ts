/** A server to be loaded: collector over a topic of the bench, or a bare Fastify route that parses the same body. */
import type { AddressInfo } from 'node:net'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { openPorts } from '@cdlc/services/collector/app.ts'
import { collector } from '@cdlc/services/collector/routes.ts'
import { createClock } from '@cdlc/services/shared/clock.ts'
import { createService, loggerAt } from '@cdlc/services/shared/http.ts'
import { openVerifier, trustOf } from '@cdlc/services/shared/identity.ts'
import { processRegistry } from '@cdlc/services/shared/telemetry.ts'
import Fastify, { type FastifyInstance } from 'fastify'
import { serve } from '../child.ts'

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

serve({
  /** As `services/main.ts` runs it, but for the topic. */
  collector(topic: string) {
    const endpoints = endpointsFrom(process.env)
    const { ports } = openPorts({ endpoints, codec: createCodec(endpoints.registry), clock: createClock() }, topic)
    const verifier = openVerifier(trustOf('collector', endpoints))
    const logger = { ...loggerAt('warn'), base: { component: 'bench' } }
    return listen(createService({ name: 'collector', description: '', checks: {}, routes: collector(ports), verifier, logger, metrics: [processRegistry] }))
  },
  bare() {
    const app = Fastify()
    app.post('/v1/telemetry', (request, reply) => reply.code(202).send({ accepted: (request.body as { readonly events: readonly unknown[] }).events.length, rejected: [] }))
    return listen(app)
  },
})
