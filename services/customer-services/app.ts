/** Customer-services: accounts, their profiles, and what profiles rate. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Routes } from '../shared/http.ts'
import { openVault } from '../shared/personal-data.ts'
import type { Platform } from '../shared/platform.ts'
import type { Service } from '../shared/service.ts'
import { viewsReady } from '../shared/views.ts'
import type { CustomerPorts } from './ports.ts'
import { accountRoutes } from './routes/accounts.ts'
import { diaryRoutes } from './routes/diary.ts'
import { profileRoutes } from './routes/profiles.ts'
import { ratingRoutes } from './routes/ratings.ts'
import { customerViews, viewsAsked } from './views.ts'

/** All routes, over any ports. */
export const customerServices: Routes<CustomerPorts> =
  (ports): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const routes of [accountRoutes, profileRoutes, ratingRoutes, diaryRoutes]) await app.register(routes(ports))
  }

/** Customer-services over the real platform. */
export function open(platform: Platform): Service {
  const database = platform.database('user')
  return {
    name: 'customer-services',
    port: platform.endpoints.port('customer_services'),
    description: 'Accounts, profiles, ratings and the diary.',
    routes: customerServices({
      database,
      clock: platform.clock,
      vault: openVault(platform.config.masterKey),
      views: customerViews(platform.sinks),
    }),
    checks: {
      mysql: () => database.ping(),
      redis: () => platform.sinks.ping(['redis']),
      scylla: () => platform.sinks.ping(['scylla']),
      views: () => viewsReady(platform.sinks.editions, viewsAsked),
    },
  }
}
