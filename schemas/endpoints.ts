/** Where everything listens: standard ports moved by `CDLC_PORT_OFFSET`, each address overridable by its own variable. */

/** Standard port of every server and service, before the offset. */
export const ports = {
  kafka: 9092, kafka_controller: 9093, schema_registry: 8081, schema_registry_management: 8082, connect: 8083,
  mysql: 3306, redis: 6379, cql: 9042, cql_storage: 7000, cql_jmx: 7199, neo4j: 7687, neo4j_http: 7474,
  clickhouse: 8123, clickhouse_native: 9010, s3: 9000, s3_grpc: 9001, seaweed_master: 9333, seaweed_master_grpc: 9334,
  seaweed_volume: 9380, seaweed_volume_grpc: 9381, seaweed_filer: 9388, seaweed_filer_grpc: 9389, cdn: 8088,
  gateway: 8080, inventory: 8101, actor: 8102, customer_services: 8103, configurations_server: 8104, authorization_server: 8105, social: 8106, feed: 8107, graph: 8108, collector: 8109, workers: 8120,
  customer_services_grpc: 8203, configurations_server_grpc: 8204, authorization_server_grpc: 8205, social_grpc: 8206, feed_grpc: 8207, smtp: 1025, mail: 1080,
} as const
export type PortName = keyof typeof ports

export interface Endpoints {
  readonly port: (name: PortName) => number
  readonly kafka: { readonly brokers: readonly string[] }
  /** Confluent API of the schema registry. */
  readonly registry: { readonly url: string }
  readonly connect: { readonly url: string }
  /** The one address that apps know; also the issuer of tokens, which is compared letter by letter. */
  readonly gateway: { readonly url: string }
  /** Where the authorization server answers programs of the platform; people come through the gateway. */
  readonly authorization: { readonly url: string }
  /** `host:port` of the components that programs ask by gRPC. */
  readonly grpc: { readonly customerServices: string; readonly configurationsServer: string; readonly authorizationServer: string; readonly social: string; readonly feed: string }
  readonly smtp: { readonly url: string }
  readonly mysql: { readonly host: string; readonly port: number; readonly user: string; readonly password: string }
  /** A copy of it that answers reads which need not see the last second; undefined where there is none. */
  readonly mysqlReplica?: Endpoints['mysql'] | undefined
  readonly redis: { readonly url: string }
  readonly scylla: { readonly contactPoints: readonly string[]; readonly localDataCenter: string; readonly keyspace: string }
  readonly neo4j: { readonly url: string; readonly user: string; readonly password: string }
  readonly clickhouse: { readonly url: string; readonly user: string; readonly password: string; readonly database: string }
}

/** Reads the addresses out of environment variables; what is not set is the local stack's. */
export function endpointsFrom(env: Readonly<Record<string, string | undefined>>): Endpoints {
  const offset = Number(env['CDLC_PORT_OFFSET'] ?? 0)
  if (!Number.isSafeInteger(offset) || offset < 0 || offset > 50_000) {
    throw new Error(`reading CDLC_PORT_OFFSET: '${env['CDLC_PORT_OFFSET']}' is not a whole number from 0 to 50000`)
  }
  const port = (name: PortName): number => ports[name] + offset
  const text = (name: string, local: string): string => env[name] ?? local
  const secret = (name: string, local: string): string => {
    const given = env[name]
    if (given === undefined && env['NODE_ENV'] === 'production') throw new Error(`reading ${name}: it is not set; production needs one of its own`)
    return given ?? local
  }
  const mysql = {
    host: text('CDLC_MYSQL_HOST', '127.0.0.1'), port: Number(text('CDLC_MYSQL_PORT', String(port('mysql')))),
    user: text('CDLC_MYSQL_USER', 'cdlc'), password: secret('CDLC_MYSQL_PASSWORD', 'cdlc'),
  }
  const replica = env['CDLC_MYSQL_REPLICA_HOST']
  const list = (name: string, local: string): readonly string[] =>
    text(name, local).split(',').map((part) => part.trim()).filter((part) => part !== '')
  return {
    port,
    kafka: { brokers: list('CDLC_KAFKA_BROKERS', `127.0.0.1:${port('kafka')}`) },
    registry: { url: text('CDLC_REGISTRY_URL', `http://127.0.0.1:${port('schema_registry')}/apis/ccompat/v7`) },
    gateway: { url: text('CDLC_GATEWAY_URL', `http://localhost:${port('gateway')}`) },
    authorization: { url: text('CDLC_AUTHORIZATION_URL', `http://127.0.0.1:${port('authorization_server')}`) },
    grpc: {
      customerServices: text('CDLC_CUSTOMER_SERVICES_GRPC', `127.0.0.1:${port('customer_services_grpc')}`),
      configurationsServer: text('CDLC_CONFIGURATIONS_SERVER_GRPC', `127.0.0.1:${port('configurations_server_grpc')}`),
      authorizationServer: text('CDLC_AUTHORIZATION_SERVER_GRPC', `127.0.0.1:${port('authorization_server_grpc')}`),
      social: text('CDLC_SOCIAL_GRPC', `127.0.0.1:${port('social_grpc')}`),
      feed: text('CDLC_FEED_GRPC', `127.0.0.1:${port('feed_grpc')}`),
    },
    smtp: { url: text('CDLC_SMTP_URL', `smtp://127.0.0.1:${port('smtp')}`) },
    connect: { url: text('CDLC_CONNECT_URL', `http://127.0.0.1:${port('connect')}`) },
    mysql,
    mysqlReplica: replica === undefined ? undefined : { ...mysql, host: replica, port: Number(text('CDLC_MYSQL_REPLICA_PORT', '3306')) },
    redis: { url: text('CDLC_REDIS_URL', `redis://127.0.0.1:${port('redis')}`) },
    scylla: {
      contactPoints: list('CDLC_SCYLLA_CONTACT_POINTS', `127.0.0.1:${port('cql')}`),
      localDataCenter: text('CDLC_SCYLLA_DATA_CENTER', 'datacenter1'), keyspace: text('CDLC_SCYLLA_KEYSPACE', 'cdlc'),
    },
    neo4j: {
      url: text('CDLC_NEO4J_URL', `bolt://127.0.0.1:${port('neo4j')}`),
      user: text('CDLC_NEO4J_USER', 'neo4j'), password: secret('CDLC_NEO4J_PASSWORD', 'cdlc-local'),
    },
    clickhouse: {
      url: text('CDLC_CLICKHOUSE_URL', `http://127.0.0.1:${port('clickhouse')}`), user: text('CDLC_CLICKHOUSE_USER', 'cdlc'),
      password: secret('CDLC_CLICKHOUSE_PASSWORD', 'cdlc'), database: text('CDLC_CLICKHOUSE_DATABASE', 'cdlc'),
    },
  }
}
