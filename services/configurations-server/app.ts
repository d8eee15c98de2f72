/** Configurations-server: configuration and feature flags, their versions, and the streams that tell programs of them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ConfigurationServiceClient } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/ConfigurationService.ts'
import { openGroups } from '@cdlc/streams/runtime/groups.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import { NotReady } from '../shared/errors.ts'
import { contract } from '../shared/grpc-contract.ts'
import type { Routes } from '../shared/http.ts'
import type { Platform } from '../shared/platform.ts'
import type { Service } from '../shared/service.ts'
import { topic } from './entry.ts'
import { openConfigurationLog } from './log.ts'
import type { ConfigurationPorts } from './ports.ts'
import { entryRoutes } from './routes/entries.ts'
import { versionRoutes } from './routes/versions.ts'
import { watchHandler } from './watch.ts'

/** All routes, over any ports. */
export const configurationsServer: Routes<ConfigurationPorts> =
  (ports): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const routes of [entryRoutes, versionRoutes]) await app.register(routes(ports))
  }

const heartbeat_ms = 5_000
const mostWatchers = 1_000

/** Configurations-server over the real platform; it follows the topic from now on. */
export function open({ endpoints, config, codec }: Pick<Platform, 'endpoints' | 'config' | 'codec'>): Service {
  const { brokers } = endpoints.kafka
  const kafka = createKafka(brokers, 'cdlc-configurations-server')
  const groups = openGroups(brokers, 'cdlc-configurations-server')
  const log = openConfigurationLog({ kafka, groups, codec, log: logLinesFrom(config.logLevel), clock: { now: () => Date.now() } })
  return {
    name: 'configurations-server',
    port: endpoints.port('configurations_server'),
    description: 'Configuration and feature flags: versions, reasons, differences, roll-back.',
    routes: configurationsServer({ log }),
    checks: {
      kafka: async () => {
        await kafka.offsets(topic)
        if (!log.isRead()) throw new NotReady(`'${topic}' has not been read yet`)
      },
    },
    rpc: {
      port: endpoints.port('configurations_server_grpc'),
      services: [
        {
          contract: contract<ConfigurationServiceClient>('cdlc/platform/v1/configuration.proto', 'cdlc.platform.v1.ConfigurationService'),
          access: { roles: ['service'] },
          streams: { Watch: watchHandler({ log, heartbeat_ms, mostWatchers }) },
        },
      ],
    },
    start: async () => async () => {
      await log.close()
      await Promise.allSettled([groups.close(), kafka.close()])
    },
  }
}
