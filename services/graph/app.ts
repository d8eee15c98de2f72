/** Graph: the platform as GraphQL, to be read. */
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import { remembering } from '../shared/owners.ts'
import type { Platform } from '../shared/platform.ts'
import { openPresence, type Presence } from '../shared/presence.ts'
import { openRedis, type Redis } from '../shared/redis.ts'
import type { Service } from '../shared/service.ts'
import { viewsReady } from '../shared/views.ts'
import { graphRoutes } from './endpoint.ts'
import { openFeeds } from './feeds.ts'
import { createHub } from './live/hub.ts'
import { openTail } from './live/tail.ts'
import { teller, topicsHeard } from './live/tell.ts'
import type { GraphPorts } from './ports.ts'
import { readQueries } from './queries.ts'
import { openTexts } from './texts.ts'
import { graphViews, viewsAsked } from './views.ts'

/** What it needs, out of the real platform. In production only known queries are answered. */
export function portsOf(platform: Platform, redis: Redis): GraphPorts & { readonly presence: Presence } {
  const { endpoints } = platform
  const token = platform.tokenOf('graph')
  const views = graphViews(platform.sinks)
  return {
    views,
    ownerOf: remembering(async (profile_id) => (await views.members([profile_id]))[0]?.account_id),
    feeds: openFeeds(endpoints.grpc.feed, token),
    texts: openTexts(endpoints.grpc.social, token),
    presence: openPresence(redis),
    hub: createHub(),
    queries: readQueries(),
    closed: process.env['NODE_ENV'] === 'production',
  }
}

/** Graph over the real platform. */
export function open(platform: Platform): Service {
  const { sinks, codec, config, endpoints } = platform
  const redis = openRedis(endpoints, 'presence:')
  const ports = portsOf(platform, redis)
  const log = logLinesFrom(config.logLevel)
  const warn = (cause: unknown): void => { log('warn', 'following what happens', { cause }) }
  return {
    name: 'graph',
    port: endpoints.port('graph'),
    description: 'Members, titles, reviews, lists, feeds and notifications as one graph.',
    routes: graphRoutes(ports),
    checks: {
      redis: () => sinks.ping(['redis']),
      scylla: () => sinks.ping(['scylla']),
      neo4j: () => sinks.ping(['neo4j']),
      views: () => viewsReady(sinks.editions, viewsAsked),
    },
    async start() {
      const tail = openTail(sinks, topicsHeard, teller({ codec, hub: ports.hub, views: ports.views, warn }), warn)
      return async () => {
        await Promise.allSettled([tail.close(), ports.presence.close()])
        redis.disconnect()
      }
    },
  }
}
