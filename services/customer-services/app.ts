/** Customer-services: accounts, their profiles, and what profiles rate. */
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Routes } from '../shared/http.ts'
import { openOutbox } from '../shared/outbox.ts'
import { openVault } from '../shared/personal-data.ts'
import type { Platform } from '../shared/platform.ts'
import type { Service } from '../shared/service.ts'
import { viewsReady } from '../shared/views.ts'
import { openCredentials } from './credentials.ts'
import { erase, eraseAtSocial, profileErasure } from './erasure.ts'
import { exportData } from './export.ts'
import { startJobs } from './jobs.ts'
import { importAttempts, importing, workOnImport } from './import-job.ts'
import { guardOwnership, openAccountOf } from './ownership.ts'
import type { CustomerPorts } from './ports.ts'
import { accountRoutes } from './routes/accounts.ts'
import { diaryRoutes } from './routes/diary.ts'
import { erasureRoutes } from './routes/erasure.ts'
import { exportRoutes } from './routes/exports.ts'
import { importRowRoutes } from './routes/import-rows.ts'
import { importRoutes } from './routes/imports.ts'
import { preferencesRoutes } from './routes/preferences.ts'
import { profileRoutes } from './routes/profiles.ts'
import { ratingRoutes } from './routes/ratings.ts'
import { shelfExportRoutes } from './routes/shelf-exports.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { viewingRoutes } from './routes/viewings.ts'
import { accountRpc } from './rpc.ts'
import { openSocial } from './social.ts'
import { customerViews, viewsAsked } from './views.ts'

/** A person waits for it; an erasure is tried until it is done. */
const exportAttempts = 8

const parts: readonly Routes<CustomerPorts>[] = [
  accountRoutes,
  erasureRoutes,
  exportRoutes,
  sessionRoutes,
  profileRoutes,
  preferencesRoutes,
  ratingRoutes,
  diaryRoutes,
  viewingRoutes,
  importRoutes,
  importRowRoutes,
  shelfExportRoutes,
]

/** All routes, over any ports. */
export const customerServices: Routes<CustomerPorts> =
  (ports): FastifyPluginAsyncTypebox =>
  async (app) => {
    guardOwnership(app, ports.accountOf)
    for (const routes of parts) await app.register(routes(ports))
  }

/** What it needs, out of the real platform. */
export function portsOf(platform: Platform): CustomerPorts {
  const database = platform.database('user')
  return {
    database,
    clock: platform.clock,
    vault: openVault(platform.config.masterKey),
    views: customerViews(platform.sinks),
    accountOf: openAccountOf(database),
    credentials: openCredentials(platform.endpoints.grpc.authorizationServer, platform.tokenOf('customer-services')),
    social: openSocial(platform.endpoints.grpc.social, platform.tokenOf('customer-services')),
    activity: openOutbox(platform.codec, 'user.activity'),
    accountPage: `${platform.endpoints.gateway.url}/auth/account`,
  }
}

/** Customer-services over the real platform. */
export function open(platform: Platform): Service {
  const ports = portsOf(platform)
  const { database } = ports
  return {
    name: 'customer-services',
    port: platform.endpoints.port('customer_services'),
    description: 'Accounts, profiles, ratings, the diary and viewings.',
    routes: customerServices(ports),
    rpc: { port: platform.endpoints.port('customer_services_grpc'), services: [accountRpc(ports)] },
    start: async () => {
      const means = { ...ports, log: logLinesFrom(platform.config.logLevel) }
      // imports take minutes: they have a turn of their own, and hold up nobody's export or erasure
      const imports = startJobs({ ...means, handlers: { [importing]: { run: workOnImport(ports), attempts: importAttempts } } })
      const jobs = startJobs({
        ...means,
        handlers: { export: { run: exportData(ports), attempts: exportAttempts }, erasure: { run: erase(ports) }, [profileErasure]: { run: eraseAtSocial(ports) } },
      })
      return async () => { await Promise.all([jobs.close(), imports.close()]) }
    },
    checks: {
      mysql: () => database.ping(),
      redis: () => platform.sinks.ping(['redis']),
      scylla: () => platform.sinks.ping(['scylla']),
      views: () => viewsReady(platform.sinks.editions, viewsAsked),
    },
  }
}
