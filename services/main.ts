/** Runs components, each on its own port: `main.ts inventory actor customer-services`; or the migrations: `main.ts migrate`. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { collectProcess } from '@cdlc/streams/runtime/metrics.ts'
import { openTracing, type Tracing } from '@cdlc/streams/runtime/tracing.ts'
import type { FastifyInstance } from 'fastify'
import { configFrom } from './shared/config.ts'
import { startRpc } from './shared/grpc-server.ts'
import { createService, loggerAt } from './shared/http.ts'
import { openVerifier, trustOf } from './shared/identity.ts'
import { migrate } from './shared/migrate.ts'
import { openPlatform, type Platform } from './shared/platform.ts'
import type { OwnService, Service } from './shared/service.ts'
import { processRegistry } from './shared/telemetry.ts'

const components: Readonly<Record<string, () => Promise<{ readonly open: (platform: Platform) => Service | OwnService | Promise<OwnService> }>>> = {
  'inventory': () => import('./inventory/app.ts'),
  'actor': () => import('./actor/app.ts'),
  'customer-services': () => import('./customer-services/app.ts'),
  'configurations-server': () => import('./configurations-server/app.ts'),
  'authorization-server': () => import('./authorization-server/app.ts'),
  'social': () => import('./social/app.ts'),
  'feed': () => import('./feed/app.ts'),
  'graph': () => import('./graph/app.ts'),
  'collector': () => import('./collector/app.ts'),
  'gateway': () => import('./gateway/app.ts'),
}
const longestDrain_ms = 10_000
/** Connections that wait to be taken in: thousands may come at once. */
const backlog = 4_096

async function serve(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in components))
  if (names.length === 0 || unknown.length > 0) {
    throw new Error(`starting '${unknown.join(' ')}': name components of ${Object.keys(components).join(', ')}; or 'migrate'`)
  }
  const config = configFrom(process.env)
  const endpoints = endpointsFrom(process.env)
  const platform = openPlatform(endpoints, config)
  const apps: FastifyInstance[] = []
  const traces: Tracing[] = []
  const closing: (() => Promise<void>)[] = []
  collectProcess(processRegistry)
  const stop = (signal: string): void => {
    apps[0]?.log.info({ signal }, 'draining')
    setTimeout(() => process.exit(1), longestDrain_ms).unref()
    void Promise.allSettled([...apps.map((app) => app.close()), ...closing.map((close) => close())])
      .then(() => Promise.allSettled([platform.close(), ...traces.map((tracing) => tracing.close())]))
      .then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  for (const name of names) {
    const opened = await (await components[name]?.())?.open(platform)
    if (opened === undefined) continue
    const { start, ...service } = opened
    const tracing = await openTracing(process.env, name)
    if (tracing !== undefined) traces.push(tracing)
    const making = { logger: { ...loggerAt(config.logLevel), base: { component: name } }, metrics: apps.length === 0 ? [processRegistry] : [], tracer: tracing?.tracer }
    const verifier = openVerifier(trustOf(name, endpoints))
    const app = 'app' in service ? service.app(making) : createService({ ...service, ...making, verifier })
    apps.push(app)
    await app.listen({ host: config.host, port: service.port, backlog })
    if ('rpc' in service && service.rpc !== undefined) {
      const log = (error: unknown, method: string): void => app.log.error({ err: error, method }, 'rpc')
      closing.push((await startRpc({ ...service.rpc, host: config.host, verifier, checks: service.checks, log, tracer: tracing?.tracer })).close)
    }
    if (start !== undefined) closing.push(await start())
  }
}

try {
  const names = process.argv.slice(2)
  if (names[0] === 'migrate') {
    const applied = await migrate(endpointsFrom(process.env))
    for (const { database, name } of applied) console.log(`${database}: ${name}`)
    console.log(`${applied.length} migrations applied`)
  } else await serve(names)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
