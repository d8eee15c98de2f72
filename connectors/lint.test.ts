/** What every connector configuration must say, and that it agrees with the catalogue. */
import { topics } from '@cdlc/schemas/topics.ts'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { describe, expect, it } from 'vitest'
import { captureOf, connectors, type Connector } from './configs.ts'
import { grantStatements } from './grants.ts'
import { render, rendered } from './render.ts'

const all = connectors()
const field = ({ name, config }: Connector, key: string): string => config[key] ?? `(${name}.json has no '${key}')`

/** The topic a captured table's rows end in, through the connector's own routing rule. */
function routed(connector: Connector, table: string): string {
  const raw = `${field(connector, 'topic.prefix')}.${captureOf(connector).database}.${table}`
  const rule = new RegExp(`^${field(connector, 'transforms.routeTables.regex')}$`)
  return raw.replace(rule, field(connector, 'transforms.routeTables.replacement'))
}

/** The field that becomes the key of a topic's records: that of the one predicate which matches the topic. */
function keyOf({ config }: Connector, topic: string): readonly string[] {
  return (config['transforms'] ?? '').split(',').flatMap((transform) => {
    if (config[`transforms.${transform}.type`] !== 'org.apache.kafka.connect.transforms.ExtractField$Key') return []
    const pattern = config[`predicates.${config[`transforms.${transform}.predicate`]}.pattern`] ?? ''
    return new RegExp(`^(?:${pattern})$`).test(topic) ? [config[`transforms.${transform}.field`] ?? ''] : []
  })
}

it('has a connector per database', () => {
  expect(all.map(({ name }) => name)).toEqual(['content', 'user'])
})

describe.each(all)('connector $name', (connector) => {
  const { name, config } = connector
  const { database, tables, outbox, signal, heartbeat } = captureOf(connector)

  it.each(Object.entries({
    'connector.class': 'io.debezium.connector.mysql.MySqlConnector',
    'tasks.max': '1',
    'include.schema.changes': 'false',
    'provide.transaction.metadata': 'false',
    'extended.headers.enabled': 'false',
    'tombstones.on.delete': 'false',
    'snapshot.mode': 'initial',
    'signal.enabled.channels': 'source',
    'time.precision.mode': 'adaptive_time_microseconds',
    'decimal.handling.mode': 'string',
    'bigint.unsigned.handling.mode': 'long',
    'binary.handling.mode': 'bytes',
    'errors.tolerance': 'none',
    'errors.log.include.messages': 'false',
    'event.processing.failure.handling.mode': 'fail',
    'poll.interval.ms': '10',
    'producer.override.linger.ms': '0',
    'producer.override.enable.idempotence': 'true',
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'io.debezium.converters.BinaryDataConverter',
    'value.converter.delegate.converter.type': 'io.apicurio.registry.utils.converter.AvroConverter',
  }))('sets %s', (key, value) => {
    expect(field(connector, key)).toBe(value)
  })

  it('is named for its database, and keeps its own prefix, history and server id', () => {
    expect({ name, declared: config['name'] }).toEqual({ name: database, declared: database })
    expect(field(connector, 'topic.prefix')).toBe(`cdc.${database}`)
    expect(field(connector, 'schema.history.internal.kafka.topic')).toBe(`_schema_history.${database}`)
    expect(all.filter((other) => field(other, 'database.server.id') === field(connector, 'database.server.id'))).toHaveLength(1)
  })

  it('captures the tables of the catalogue\'s topics, and only those', () => {
    const promised = topics.filter((topic) => topic.kind === 'cdc' && topic.database === database).map(({ name: topic }) => topic)
    expect(tables.map(({ table }) => routed(connector, table)).sort()).toEqual([...promised].sort())
  })

  it.each(tables)('keys $topic as the catalogue says', ({ table, key, topic }) => {
    const promised = topics.find((spec) => spec.name === topic)
    expect({ table: promised?.table, key: promised?.key }).toEqual({ table, key })
    expect(keyOf(connector, topic)).toEqual([promised?.key])
  })

  it('writes its book-keeping to topics of the catalogue', () => {
    const names = topics.map((topic) => topic.name)
    expect(names).toContain(`__debezium-heartbeat.${field(connector, 'topic.prefix')}`)
    expect(names).toContain(field(connector, 'schema.history.internal.kafka.topic'))
  })

  it('publishes neither its signals nor its heartbeats\' table', () => {
    const included = field(connector, 'table.include.list').split(',')
    expect(included).not.toContain(`${database}.${heartbeat}`)
    expect(included).not.toContain(`${database}.${signal}`)
    expect(field(connector, 'transforms.dropSignals.type')).toBe('org.apache.kafka.connect.transforms.Filter')
    const pattern = field(connector, `predicates.${field(connector, 'transforms.dropSignals.predicate')}.pattern`)
    expect(`${field(connector, 'topic.prefix')}.${database}.${signal}`).toMatch(new RegExp(`^${pattern}$`))
  })

  it('routes the outbox by its own columns, before the tables are routed', () => {
    const pattern = field(connector, `predicates.${field(connector, 'transforms.routeOutbox.predicate')}.pattern`)
    expect(`${field(connector, 'topic.prefix')}.${database}.${outbox}`).toMatch(new RegExp(`^${pattern}$`))
    const order = field(connector, 'transforms').split(',')
    expect(order.indexOf('routeOutbox')).toBeLessThan(order.indexOf('routeTables'))
    expect(field(connector, 'transforms.routeOutbox.route.by.field')).toBe('topic')
    expect(field(connector, 'transforms.routeOutbox.table.field.event.key')).toBe('event_key')
    expect(field(connector, 'transforms.routeOutbox.table.field.event.payload')).toBe('payload')
  })

  it('defines every transform and predicate that it names', () => {
    for (const transform of field(connector, 'transforms').split(',')) {
      expect(config).toHaveProperty([`transforms.${transform}.type`])
      const predicate = config[`transforms.${transform}.predicate`]
      if (predicate !== undefined) expect(field(connector, 'predicates').split(',')).toContain(predicate)
    }
  })

  it('holds no secret and no address in clear', () => {
    for (const [key, value] of Object.entries(config)) {
      if (/password|secret|token|credential/i.test(key)) expect(value, key).toMatch(/^\$\{[a-z.]+\}$/)
      expect(value, key).not.toMatch(/localhost|\d+\.\d+\.\d+\.\d+|:\d{4,5}\b|https?:/)
    }
  })

  it('differs from its siblings in names, tables and keys only', () => {
    const general = (of: Connector): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(of.config)
      .filter(([key]) => !/^(transforms$|transforms\.key_|predicates|database\.server\.id$|table\.include\.list$|message\.key\.columns$)/.test(key))
      .map(([key, value]) => [key, value.replace(new RegExp(`\\b${of.name}\\b(?!\\})`, 'g'), '<database>')]))
    for (const sibling of all) expect(general(connector)).toEqual(general(sibling))
  })
})

it('captures each topic of the catalogue by exactly one connector', () => {
  const captured = all.flatMap((connector) => captureOf(connector).tables.map(({ topic }) => topic))
  expect([...captured].sort()).toEqual(topics.filter(({ kind }) => kind === 'cdc').map(({ name }) => name).sort())
})

it('never captures the keys of accounts, answers kept for idempotency, or the list of migrations', () => {
  for (const { config } of all) expect(config['table.include.list']).not.toMatch(/account_keys|idempotency_keys|schema_migrations/)
})

describe('rendering', () => {
  const endpoints = endpointsFrom({ CDLC_PORT_OFFSET: '20000', CDLC_REGISTRY_URL: 'http://registry.example:8081/apis/ccompat/v7' })

  it('fills every placeholder, and leaves what Debezium fills itself', () => {
    for (const connector of rendered(endpoints, { CDLC_DEBEZIUM_PASSWORD: 'pa$$word' })) {
      expect(connector.config['database.port']).toBe('23306')
      expect(connector.config['database.user']).toBe('debezium')
      expect(connector.config['database.password']).toBe('pa$$word')
      expect(connector.config['value.converter.delegate.converter.type.apicurio.registry.url']).toBe('http://registry.example:8081/apis/registry/v2')
      expect(Object.values(connector.config).filter((value) => value.includes('${'))).toEqual(['${routedByValue}'])
    }
  })

  it('refuses a placeholder that nothing fills', () => {
    expect(() => render({ name: 'x', config: { a: '${no.such}' } }, { 'mysql.host': 'h' }))
      .toThrow('rendering connector config \'x.json\': no value for \'${no.such}\'; there are mysql.host')
  })
})

describe('grants', () => {
  const statements = grantStatements({ CDLC_DEBEZIUM_PASSWORD: 'it\'s' })

  it('let Debezium read the captured tables one by one', () => {
    const readable = statements.flatMap((statement) => /^GRANT SELECT ON `(\w+)`\.`(\w+)`/.exec(statement)?.slice(1, 3).join('.') ?? [])
    expect(readable.sort()).toEqual(all.flatMap(({ config }) => (config['table.include.list'] ?? '').split(',')).sort())
  })

  it('let it write nothing but signals and heartbeats, and read nothing wholesale', () => {
    for (const statement of statements.filter((each) => /INSERT|UPDATE|DELETE/.test(each))) expect(statement).toMatch(/debezium_(signal|heartbeat)/)
    const wholesale = statements.flatMap((statement) => /^GRANT (.*) ON \*\.\*/.exec(statement)?.[1] ?? [])
    expect(wholesale).toEqual(['REPLICATION SLAVE, REPLICATION CLIENT', 'FLUSH_TABLES'])
    expect(statements.join('\n')).not.toMatch(/account_keys|\.\*` TO|ALL PRIVILEGES/)
  })

  it('quote the password', () => {
    expect(statements[0]).toBe('CREATE USER IF NOT EXISTS \'debezium\'@\'%\' IDENTIFIED BY \'it\\\'s\'')
  })
})
