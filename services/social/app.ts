/** Social: cards, relations, reviews, comments, likes, lists, notifications; and moderation. */
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { openOutbox } from '../shared/outbox.ts'
import { openVault } from '../shared/personal-data.ts'
import type { Routes } from '../shared/http.ts'
import type { Platform } from '../shared/platform.ts'
import type { Service } from '../shared/service.ts'
import { findTitlesIn } from '../shared/titles.ts'
import { viewsReady } from '../shared/views.ts'
import { guardMembers, openOwnerOf } from './ownership.ts'
import type { SocialPorts } from './ports.ts'
import { openAccounts } from './profiles.ts'
import { cardRoutes } from './routes/cards.ts'
import { commentRoutes } from './routes/comments.ts'
import { discoveryRoutes } from './routes/discovery.ts'
import { likeRoutes } from './routes/likes.ts'
import { listEntryRoutes } from './routes/list-entries.ts'
import { listRoutes } from './routes/lists.ts'
import { memberListRoutes } from './routes/member-lists.ts'
import { moderationRoutes } from './routes/moderation.ts'
import { notificationRoutes } from './routes/notifications.ts'
import { relationRoutes } from './routes/relations.ts'
import { reviewRoutes } from './routes/reviews.ts'
import { searchRoutes } from './routes/search.ts'
import { socialRpc } from './rpc.ts'
import { startSweeping } from './sweep.ts'
import { openKeys } from './text-keys.ts'
import { socialViews, viewsAsked } from './views.ts'

/** Each part of the component is a list of routes; the parts know nothing of one another but texts, members, limits and what is told. */
const parts: readonly Routes<SocialPorts>[] = [
  cardRoutes,
  discoveryRoutes,
  relationRoutes,
  memberListRoutes,
  notificationRoutes,
  listRoutes,
  listEntryRoutes,
  reviewRoutes,
  commentRoutes,
  likeRoutes,
  moderationRoutes,
  searchRoutes,
]

/** All routes, over any ports. */
export const social: Routes<SocialPorts> =
  (ports): FastifyPluginAsyncTypebox =>
  async (app) => {
    guardMembers(app, openOwnerOf(ports.database))
    for (const routes of parts) await app.register(routes(ports))
  }

/** What it needs, out of the real platform. */
export const portsOf = (platform: Platform): SocialPorts => ({
  database: platform.database('user'),
  clock: platform.clock,
  vault: openVault(platform.config.masterKey),
  keys: openKeys(platform.database('user')),
  activity: openOutbox(platform.codec, 'user.activity'),
  notifications: openOutbox(platform.codec, 'user.notifications'),
  titles: findTitlesIn(platform.sinks),
  ...openAccounts(platform.endpoints.grpc.customerServices, platform.tokenOf('social')),
  views: socialViews(platform.sinks),
})

/** Social over the real platform. */
export function open(platform: Platform): Service {
  const ports = portsOf(platform)
  return {
    name: 'social',
    port: platform.endpoints.port('social'),
    description: 'Who follows whom, reviews, comments, likes, lists and notifications.',
    routes: social(ports),
    rpc: { port: platform.endpoints.port('social_grpc'), services: [socialRpc(ports)] },
    start: async () => startSweeping(ports, logLinesFrom(platform.config.logLevel)),
    checks: {
      mysql: () => ports.database.ping(),
      scylla: () => platform.sinks.ping(['scylla']),
      neo4j: () => platform.sinks.ping(['neo4j']),
      redis: () => platform.sinks.ping(['redis']),
      views: () => viewsReady(platform.sinks.editions, viewsAsked),
    },
  }
}
