/** Inventory: titles, their seasons and episodes, and what views tell about them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import type { Routes } from '../shared/http.ts'
import { openOutbox } from '../shared/outbox.ts'
import type { Platform } from '../shared/platform.ts'
import type { Service } from '../shared/service.ts'
import { viewsReady } from '../shared/views.ts'
import type { InventoryPorts } from './ports.ts'
import { ratingsOwner } from './ratings-owner.ts'
import { catalogueRoutes } from './routes/catalogue.ts'
import { titleRoutes } from './routes/title.ts'
import { titleWrites } from './routes/title-writes.ts'
import { inventorySettings } from './settings.ts'
import { inventoryViews, viewsAsked } from './views.ts'

/** All routes, over any ports. */
export const inventory: Routes<InventoryPorts> =
  (ports): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const routes of [titleRoutes, titleWrites, catalogueRoutes]) await app.register(routes(ports))
  }

/** Inventory over the real platform. */
export function open(platform: Platform): Service {
  const database = platform.database('content')
  const outbox = openOutbox(platform.codec, 'content.title-events')
  const owner = platform.config.customerServicesUrl ?? `http://127.0.0.1:${platform.endpoints.port('customer_services')}`
  return {
    name: 'inventory',
    port: platform.endpoints.port('inventory'),
    description: 'Titles (movies and series), listing and search, stats, trending.',
    routes: inventory({
      database,
      outbox,
      clock: platform.clock,
      views: inventoryViews(platform.sinks),
      settings: inventorySettings(platform.configuration('inventory'), logLinesFrom(platform.config.logLevel)),
      ratingHistogram: ratingsOwner(owner),
    }),
    checks: {
      mysql: () => database.ping(),
      redis: () => platform.sinks.ping(['redis']),
      neo4j: () => platform.sinks.ping(['neo4j']),
      registry: () => outbox.prepare(),
      views: () => viewsReady(platform.sinks.editions, viewsAsked),
    },
  }
}
