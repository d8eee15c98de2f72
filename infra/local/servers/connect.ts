/** Kafka Connect in distributed mode, which carries Debezium. */
import { join } from 'node:path'
import * as probes from '../probes.ts'
import type { Server } from '../server.ts'
import { conf, folder, log4j, type Parts, properties, smallJvm } from './parts.ts'

export function connect(parts: Parts): Server {
  const {
    port,
    kafka,
    connect: { url },
  } = parts.stack.endpoints
  const config = conf(parts, 'connect.properties')
  const logging = conf(parts, 'connect-log4j.properties')
  const topic = (name: string): Readonly<Record<string, string | number>> => ({
    [`${name}.storage.topic`]: `_connect_${name === 'config' ? 'configs' : name === 'offset' ? 'offsets' : 'status'}`,
    [`${name}.storage.replication.factor`]: 1,
  })
  return {
    name: 'connect',
    ports: ['connect'],
    after: ['kafka', 'topics'],
    memory_mb: 1000,
    command: [
      ...smallJvm(parts, 'connect', '512m'),
      `-Dlog4j.configuration=file:${logging}`,
      '-cp',
      join(folder(parts, 'kafka'), '*'),
      'org.apache.kafka.connect.cli.ConnectDistributed',
      config,
    ],
    files: {
      [logging]: log4j,
      [config]: properties({
        'bootstrap.servers': kafka.brokers.join(','),
        'group.id': 'connect-cluster',
        listeners: `HTTP://127.0.0.1:${port('connect')}`,
        'rest.advertised.host.name': '127.0.0.1',
        'rest.advertised.port': port('connect'),
        'plugin.path': folder(parts, 'connect-plugins'),
        'plugin.discovery': 'service_load',
        ...topic('config'),
        ...topic('offset'),
        ...topic('status'),
        'offset.storage.partitions': 1,
        'status.storage.partitions': 1,
        'offset.flush.interval.ms': 1000,
        'scheduled.rebalance.max.delay.ms': 0,
        'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
        'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
        'connector.client.config.override.policy': 'All',
        'producer.compression.type': 'none',
      }),
    },
    probe: () => probes.http(`${url}/connectors`),
    stop_seconds: 60,
  }
}
