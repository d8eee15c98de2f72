/** Graph: the platform as GraphQL, to be read. */
import type { Platform } from '../shared/platform.ts'
import type { Service } from '../shared/service.ts'
import { viewsReady } from '../shared/views.ts'
import { graphRoutes } from './endpoint.ts'
import { openFeeds } from './feeds.ts'
import type { GraphPorts } from './ports.ts'
import { readQueries } from './queries.ts'
import { openTexts } from './texts.ts'
import { graphViews, viewsAsked } from './views.ts'

/** What it needs, out of the real platform. In production only known queries are answered. */
export function portsOf(platform: Platform): GraphPorts {
  const { endpoints } = platform
  const token = platform.tokenOf('graph')
  return {
    views: graphViews(platform.sinks),
    feeds: openFeeds(endpoints.grpc.feed, token),
    texts: openTexts(endpoints.grpc.social, token),
    queries: readQueries(),
    closed: process.env['NODE_ENV'] === 'production',
  }
}

/** Graph over the real platform. */
export function open(platform: Platform): Service {
  return {
    name: 'graph',
    port: platform.endpoints.port('graph'),
    description: 'Members, titles, reviews, lists, feeds and notifications as one graph.',
    routes: graphRoutes(portsOf(platform)),
    checks: {
      redis: () => platform.sinks.ping(['redis']),
      scylla: () => platform.sinks.ping(['scylla']),
      neo4j: () => platform.sinks.ping(['neo4j']),
      views: () => viewsReady(platform.sinks.editions, viewsAsked),
    },
  }
}
