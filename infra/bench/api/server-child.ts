/** A server to be loaded: inventory as `services/main.ts` runs it, or a bare Fastify route that answers the same bytes. */
import type { AddressInfo } from 'node:net'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { open as openGateway } from '@cdlc/services/gateway/app.ts'
import { open } from '@cdlc/services/inventory/app.ts'
import { configFrom } from '@cdlc/services/shared/config.ts'
import { createService, loggerAt } from '@cdlc/services/shared/http.ts'
import { openVerifier, trustOf } from '@cdlc/services/shared/identity.ts'
import { openPlatform } from '@cdlc/services/shared/platform.ts'
import { processRegistry } from '@cdlc/services/shared/telemetry.ts'
import Fastify, { type FastifyInstance } from 'fastify'
import { serve } from '../child.ts'
import { startProfile } from '../profile/record.ts'

/** An answer to repeat. */
export interface Recorded { readonly headers: Readonly<Record<string, string>>; readonly body: string }

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

let stopProfile: (() => Promise<void>) | undefined

serve({
  inventory() {
    const config = configFrom(process.env)
    const endpoints = endpointsFrom(process.env)
    const service = open(openPlatform(endpoints, config))
    return listen(createService({ ...service, verifier: openVerifier(trustOf('inventory', endpoints)), logger: { ...loggerAt(config.logLevel), base: { component: 'bench' } }, metrics: [processRegistry] }))
  },
  /** As `services/main.ts` runs it, before the stack's own services. */
  async gateway() {
    const config = configFrom(process.env)
    const { app, start } = await openGateway(openPlatform(endpointsFrom(process.env), config))
    const port = await listen(app({ logger: { ...loggerAt(config.logLevel), base: { component: 'bench' } }, metrics: [processRegistry], tracer: undefined }))
    await start?.()
    return port
  },
  bare(answers: Readonly<Record<string, Recorded>>) {
    const recorded = new Map(Object.entries(answers))
    const app = Fastify()
    app.get('/v1/titles/:title_id', (request, reply) => {
      const answer = recorded.get((request.params as { title_id: string }).title_id)
      if (answer === undefined) return reply.code(404).send()
      return reply.headers(answer.headers).send(answer.body)
    })
    return listen(app)
  },
  async startProfile(file: string) {
    stopProfile = await startProfile(file)
  },
  async stopProfile() {
    await stopProfile?.()
  },
})
