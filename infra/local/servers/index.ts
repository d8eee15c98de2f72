/** Every server of a stack. */
import type { Server } from '../server.ts'
import { cassandra } from './cassandra.ts'
import { clickhouse } from './clickhouse.ts'
import { connect } from './connect.ts'
import { edge } from './edge.ts'
import { kafka } from './kafka.ts'
import { mysql } from './mysql.ts'
import { neo4j } from './neo4j.ts'
import type { Parts } from './parts.ts'
import { servicesProcess, workers } from './processes.ts'
import { redis } from './redis.ts'
import { schemaRegistry } from './schema-registry.ts'
import { seaweedfs } from './seaweedfs.ts'

export const servers = (parts: Parts): readonly Server[] =>
  [mysql, kafka, schemaRegistry, connect, redis, cassandra, neo4j, clickhouse, seaweedfs, edge, servicesProcess, workers].map((server) => server(parts))
