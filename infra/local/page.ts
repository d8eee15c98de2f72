/** The page of addresses: what runs where, and how to get in. */
import type { Stack } from './stack.ts'

/** Lines to print once a stack is up. */
export function page({ name, home, offset, endpoints }: Stack): string {
  const { port, mysql, neo4j, clickhouse, connect, registry, redis, scylla, kafka } = endpoints
  const { gateway } = endpoints
  const at = (service: 'inventory' | 'actor' | 'customer_services'): string => `http://127.0.0.1:${port(service)}`
  const rows: readonly (readonly [string, string, string])[] = [
    ['gateway', `${gateway.url}/docs`, 'the one address apps know: all APIs, sign-in'],
    ['mail that was caught', `http://127.0.0.1:${port('mail')}`, 'confirmations, password resets'],
    ['inventory', `${at('inventory')}/v1/titles`, 'titles, genres; API at /docs'],
    ['actor', `${at('actor')}/docs`, 'people and their credits'],
    ['customer-services', `${at('customer_services')}/docs`, 'accounts, profiles, ratings'],
    ['stream workers', `http://127.0.0.1:${port('workers')}/views`, 'views with their lag'],
    ['edge', `http://127.0.0.1:${port('cdn')}/healthz`, ''],
    ['Kafka', kafka.brokers.join(','), ''],
    ['Schema Registry', registry.url, "Confluent's API"],
    ['Kafka Connect', connect.url, 'Debezium'],
    ['MySQL', `${mysql.host}:${mysql.port}`, `user ${mysql.user}, password ${mysql.password}, databases content and user`],
    ['Redis', redis.url, ''],
    ['CQL', scylla.contactPoints.join(','), `keyspace ${scylla.keyspace}`],
    ['Neo4j', `http://127.0.0.1:${port('neo4j_http')}`, `${neo4j.url}, user ${neo4j.user}, password ${neo4j.password}`],
    ['ClickHouse', `${clickhouse.url}/play`, `user ${clickhouse.user}, password ${clickhouse.password}, database ${clickhouse.database}`],
    ['S3', `http://127.0.0.1:${port('s3')}`, 'access key cdlc, secret key cdlc-local'],
  ]
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length))
  const lines = rows.map(([what, where, how]) => `  ${what.padEnd(width(0))}  ${where.padEnd(width(1))}  ${how}`.trimEnd())
  return [
    `stack '${name}'${offset === 0 ? '' : ` at port offset ${offset}`} runs; its data and logs are in '${home}'`,
    ...lines,
    '  npx cdlc status | npx cdlc logs NAME | npm stop',
  ].join('\n')
}
