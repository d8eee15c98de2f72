/** Actor: people of the screen and what they are credited for. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Routes } from '../shared/http.ts'
import type { Platform } from '../shared/platform.ts'
import type { Service } from '../shared/service.ts'
import { viewsReady } from '../shared/views.ts'
import type { ActorPorts } from './ports.ts'
import { creditRoutes } from './routes/credits.ts'
import { pathRoutes } from './routes/paths.ts'
import { peopleRoutes } from './routes/people.ts'
import { actorViews, viewsAsked } from './views.ts'

/** All routes, over any ports. */
export const actor: Routes<ActorPorts> =
  (ports): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const routes of [peopleRoutes, creditRoutes, pathRoutes]) await app.register(routes(ports))
  }

/** Actor over the real platform. */
export function open(platform: Platform): Service {
  const database = platform.database('content')
  return {
    name: 'actor',
    port: platform.endpoints.port('actor'),
    description: 'People of the screen and their credits.',
    routes: actor({ database, clock: platform.clock, views: actorViews(platform.sinks) }),
    checks: {
      mysql: () => database.ping(),
      redis: () => platform.sinks.ping(['redis']),
      neo4j: () => platform.sinks.ping(['neo4j']),
      views: () => viewsReady(platform.sinks.editions, viewsAsked),
    },
  }
}
