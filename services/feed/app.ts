/** Feed: what those whom a profile follows have done. */
import type { Platform } from '../shared/platform.ts'
import type { Service } from '../shared/service.ts'
import { viewsReady } from '../shared/views.ts'
import type { FeedPorts } from './ports.ts'
import { feed } from './routes.ts'
import { feedRpc } from './rpc.ts'
import { feedViews, viewsAsked } from './views.ts'

/** What it needs, out of the real platform. */
export const portsOf = (platform: Platform): FeedPorts => ({ views: feedViews(platform.sinks), clock: platform.clock })

/** Feed over the real platform. */
export function open(platform: Platform): Service {
  const ports = portsOf(platform)
  return {
    name: 'feed',
    port: platform.endpoints.port('feed'),
    description: 'What those whom a profile follows have done, and what a member has.',
    routes: feed(ports),
    rpc: { port: platform.endpoints.port('feed_grpc'), services: [feedRpc(ports)] },
    checks: {
      scylla: () => platform.sinks.ping(['scylla']),
      redis: () => platform.sinks.ping(['redis']),
      views: () => viewsReady(platform.sinks.editions, viewsAsked),
    },
  }
}
