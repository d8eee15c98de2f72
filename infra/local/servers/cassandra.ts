/** Cassandra, for ScyllaDB: the part of CQL that both have. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { Client } from 'cassandra-driver'
import * as probes from '../probes.ts'
import type { Server } from '../server.ts'
import { conf, data, folder, type Parts } from './parts.ts'

const exported = [
  'java.base/jdk.internal.misc',
  'java.base/jdk.internal.ref',
  'java.base/sun.nio.ch',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.rmi/sun.rmi.transport',
  'java.rmi/sun.rmi.transport.tcp',
  'java.sql/java.sql',
  'jdk.unsupported/sun.misc',
  'jdk.attach/sun.tools.attach',
]
const opened = [
  'java.base/java.lang.module',
  'java.base/java.lang',
  'java.base/java.lang.reflect',
  'java.base/java.io',
  'java.base/java.net',
  'java.base/java.nio',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.util.jar',
  'java.base/sun.nio.ch',
  'jdk.management/com.sun.management.internal',
]
const logback = `<configuration>
<appender name="out" class="ch.qos.logback.core.ConsoleAppender">
<encoder><pattern>%-5level %date{ISO8601} %logger{20} - %msg%n</pattern></encoder>
</appender>
<root level="INFO"><appender-ref ref="out"/></root></configuration>
`

export function cassandra(parts: Parts): Server {
  const { stack, java17 } = parts
  const { port } = stack.endpoints
  const home = data(parts, 'cassandra')
  const config = conf(parts, 'cassandra')
  const lib = folder(parts, 'cassandra')
  return {
    name: 'cassandra',
    ports: ['cql', 'cql_storage', 'cql_jmx'],
    after: [],
    memory_mb: 1800,
    command: [
      join(java17.home, 'bin', 'java'),
      '-Xms384m',
      '-Xmx640m',
      '-XX:MaxDirectMemorySize=384m',
      '-XX:+UseSerialGC',
      '-XX:+ExitOnOutOfMemoryError',
      '-Djdk.attach.allowAttachSelf=true',
      `-javaagent:${join(lib, 'jamm-0.4.0.jar')}`,
      ...exported.flatMap((name) => ['--add-exports', `${name}=ALL-UNNAMED`]),
      ...opened.flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]),
      '-Djava.net.preferIPv4Stack=true',
      '-Dio.netty.tryReflectionSetAccessible=true',
      `-Dcassandra.config=file://${join(config, 'cassandra.yaml')}`,
      `-Dlogback.configurationFile=file://${join(config, 'logback.xml')}`,
      `-Dcassandra.storagedir=${home}`,
      `-Dcassandra.logdir=${join(stack.home, 'logs')}`,
      `-Dcassandra.jmx.local.port=${port('cql_jmx')}`,
      '-Dcassandra-foreground=yes',
      '-Dcassandra.superuser_setup_delay_ms=0',
      '-Dcassandra.ring_delay_ms=100',
      '-Dcassandra.skip_wait_for_gossip_to_settle=0',
      '-cp',
      `${config}:${join(lib, '*')}`,
      'org.apache.cassandra.service.CassandraDaemon',
    ],
    files: { [join(config, 'cassandra.yaml')]: yaml(home, port('cql'), port('cql_storage')), [join(config, 'logback.xml')]: logback },
    prepare: async () => {
      mkdirSync(home, { recursive: true })
    },
    probe: () => probes.cql(port('cql')),
    complete: () => createKeyspace(stack.endpoints),
  }
}

/** Makes the views' keyspace if it is not there, in words that ScyllaDB understands too. */
export async function createKeyspace({ scylla }: Endpoints): Promise<void> {
  const client = new Client({ contactPoints: [...scylla.contactPoints], localDataCenter: scylla.localDataCenter })
  try {
    await client.execute(
      `CREATE KEYSPACE IF NOT EXISTS ${scylla.keyspace}
       WITH replication = {'class': 'NetworkTopologyStrategy', '${scylla.localDataCenter}': 1}`,
    )
  } finally {
    await client.shutdown()
  }
}

/**
 * The commit log is synced before writes are acknowledged, for all of 10 ms together: `periodic` lost acknowledged writes on kill -9.
 * Each write holds a thread until then, so as many threads as there are to be writes under way: 16 of them made 1,200 batches a second.
 */
const yaml = (home: string, cql: number, storage: number): string => `cluster_name: cdlc
num_tokens: 16
allocate_tokens_for_local_replication_factor: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "127.0.0.1:${storage}"
listen_address: 127.0.0.1
storage_port: ${storage}
ssl_storage_port: ${storage}
rpc_address: 127.0.0.1
native_transport_port: ${cql}
start_native_transport: true
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
data_file_directories: [ "${home}/data" ]
commitlog_directory: "${home}/commitlog"
saved_caches_directory: "${home}/saved_caches"
hints_directory: "${home}/hints"
cdc_raw_directory: "${home}/cdc_raw"
commitlog_segment_size: 16MiB
commitlog_total_space: 256MiB
memtable_heap_space: 128MiB
memtable_offheap_space: 128MiB
memtable_allocation_type: offheap_objects
concurrent_reads: 16
concurrent_writes: 256
concurrent_counter_writes: 8
file_cache_size: 64MiB
key_cache_size: 16MiB
networking_cache_size: 32MiB
auto_snapshot: false
materialized_views_enabled: false
sasi_indexes_enabled: false
user_defined_functions_enabled: false
disk_optimization_strategy: ssd
read_request_timeout: 5s
range_request_timeout: 10s
write_request_timeout: 5s
cas_contention_timeout: 2s
commitlog_sync: group
commitlog_sync_group_window: 10ms
`
