/** The gateway over the real platform: the one address that apps know. */
import title from '@cdlc/streams/views/content/title.ts'
import { createRemoteJWKSet } from 'jose'
import { apiAudience, openVerifier, personOf, programOf, servicesAudience, type Trust } from '../shared/identity.ts'
import type { Platform } from '../shared/platform.ts'
import { openRedis } from '../shared/redis.ts'
import type { OwnService } from '../shared/service.ts'
import { addressesFrom } from './addresses.ts'
import { createAskers } from './askers.ts'
import { createCatalogue } from './catalogue.ts'
import { follow, partitionsOf, positionsOf } from './follow.ts'
import { createGateway } from './gateway.ts'
import { openKeys } from './identity-keys.ts'
import { createLimiter } from './limiter.ts'
import { aggregate, createDocuments, fetchDocument } from './openapi.ts'
import { originsFrom } from './origins.ts'
import { limitsFrom } from './rate.ts'
import { followEnded, leaseFrom } from './redis.ts'
import { lanes, table, upstreams, type Upstream } from './routes.ts'
import { usualShedLimits, watchLoop } from './shed.ts'

const cacheBytes = 64 * 1_048_576
const loopback = '127.0.0.0/8,::1'

/** Where an upstream is: `CDLC_INVENTORY_URL` and the like, or this machine. */
export function urlsOf({ endpoints }: Pick<Platform, 'endpoints'>, env: Readonly<Record<string, string | undefined>>): (upstream: Upstream) => string {
  const local = (port: Parameters<typeof endpoints.port>[0]): string => `http://127.0.0.1:${endpoints.port(port)}`
  const urls: Readonly<Record<Upstream, string>> = {
    'inventory': env['CDLC_INVENTORY_URL'] ?? local('inventory'),
    'actor': env['CDLC_ACTOR_URL'] ?? local('actor'),
    'customer-services': env['CDLC_CUSTOMER_SERVICES_URL'] ?? local('customer_services'),
    'configurations-server': env['CDLC_CONFIGURATIONS_SERVER_URL'] ?? local('configurations_server'),
    'authorization-server': endpoints.authorization.url,
    'social': env['CDLC_SOCIAL_URL'] ?? local('social'),
    'feed': env['CDLC_FEED_URL'] ?? local('feed'),
    'graph': env['CDLC_GRAPH_URL'] ?? local('graph'),
    'collector': env['CDLC_COLLECTOR_URL'] ?? local('collector'),
  }
  return (upstream) => urls[upstream]
}

/** Unknown keys are asked for at once, but no more often than this: keys are published before they sign. */
const cooldown_ms = 1_000

function trustsOf({ endpoints: { gateway, authorization } }: Pick<Platform, 'endpoints'>): Readonly<Record<'person' | 'program', Trust>> {
  const keys = createRemoteJWKSet(new URL(`${authorization.url}/oauth/jwks`), { timeoutDuration: 3_000, cooldownDuration: cooldown_ms, cacheMaxAge: 600_000 })
  const base = { issuer: gateway.url, type: 'at+jwt', algorithms: ['ES256'], keys } as const
  return { person: { ...base, audience: apiAudience, read: personOf }, program: { ...base, audience: servicesAudience, read: programOf } }
}

export async function open(platform: Platform): Promise<OwnService> {
  const { endpoints, sinks } = platform
  const proxies = addressesFrom('CDLC_TRUSTED_PROXIES', process.env['CDLC_TRUSTED_PROXIES'] ?? '')
  const operators = addressesFrom('CDLC_OPERATOR_ADDRESSES', process.env['CDLC_OPERATOR_ADDRESSES'] ?? loopback)
  const keys = await openKeys(process.env)
  const urlOf = urlsOf(platform, process.env)
  const redis = openRedis(endpoints, '')
  const ended = followEnded(redis)
  const { person, program } = trustsOf(platform)
  const { of: partitionOf } = partitionsOf(title)
  const catalogue = createCatalogue(cacheBytes, { partitionOf, positions: positionsOf(sinks, title) })
  const loop = watchLoop()
  const documents = createDocuments(upstreams, (upstream, signal) => fetchDocument(urlOf(upstream), signal), (found) => aggregate(found, table, (row) => lanes[row.lane].upstream, { title: 'Creme Dela Creme', description: 'The whole API, as it is reached through the gateway.', version: '1' }))
  return {
    name: 'gateway',
    port: endpoints.port('gateway'),
    app: (making) => createGateway({
      rows: table, lanes, urlOf, keys, catalogue, documents, graphiql: process.env['NODE_ENV'] !== 'production', publicUrl: new URL(endpoints.gateway.url),
      askers: createAskers({ persons: openVerifier([person]), programs: openVerifier([program]), keys, sessions: ended.book }),
      limiter: createLimiter(leaseFrom(redis)),
      limits: limitsFrom(process.env['CDLC_RATE_LIMITS']),
      corsOrigins: originsFrom(process.env), sessions: ended.book, proxies, operators,
      shed: usualShedLimits, late_ms: loop.late_ms,
      // what is away upstream is no reason to send nobody here: much is answered all the same
      checks: { redis: async () => { await redis.ping() } },
    }, making),
    async start() {
      const stop = follow(sinks, title, catalogue.freshness, () => undefined)
      return async () => {
        loop.stop()
        await Promise.allSettled([stop(), ended.close()])
        redis.disconnect()
      }
    },
  }
}
