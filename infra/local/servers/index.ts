/** Every server of a stack. */
import { inspect } from '../install.ts'
import type { Server } from '../server.ts'
import type { Stack } from '../stack.ts'
import { chooseJdks, findJdks } from '../toolchain.ts'
import { cassandra } from './cassandra.ts'
import { clickhouse } from './clickhouse.ts'
import { connect } from './connect.ts'
import { edge } from './edge.ts'
import { kafka } from './kafka.ts'
import { mysql } from './mysql.ts'
import { neo4j } from './neo4j.ts'
import type { Parts } from './parts.ts'
import { connectWatch, gatewayProcess, mail, platformProcess, servicesProcess, socialProcess, workers } from './processes.ts'
import { redis } from './redis.ts'
import { schemaRegistry } from './schema-registry.ts'
import { seaweedfs } from './seaweedfs.ts'

export const servers = (parts: Parts): readonly Server[] =>
  [mysql, kafka, schemaRegistry, connect, redis, cassandra, neo4j, clickhouse, seaweedfs, edge, mail, servicesProcess, platformProcess, socialProcess, gatewayProcess, workers, connectWatch].map((server) =>
    server(parts),
  )

/** What a stack's servers are put together from, as the machine is now. Nothing need be installed: to look at a stack takes no servers. */
export function partsOf(stack: Stack): Parts {
  const { java17, java21 } = chooseJdks(findJdks())
  const none = (major: number): Parts['java17'] => ({ home: `/no-java-${major}`, major })
  return { stack, at: inspect(stack.cache).at, java17: java17 ?? none(17), java21: java21 ?? none(21) }
}
