/** What is written to MySQL arrives in Kafka as the catalogue promises. */
import { schemaOf } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { openRegistry } from '@cdlc/schemas/registry.ts'
import { subjectOf, topicSpec } from '@cdlc/schemas/topics.ts'
import kafkajs from 'kafkajs'
import mysql from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyConnectors, connectorStatus, restartConnector, validateConnectors } from './apply.ts'
import { debeziumUser } from './render.ts'

interface Arrived {
  readonly topic: string
  readonly partition: number
  readonly key: string | undefined
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
}
interface Envelope { readonly op: string; readonly before: Row | null; readonly after: Row | null }
type Row = Readonly<Record<string, unknown>>

const endpoints = endpointsFrom(process.env)
const codec = createCodec(endpoints.registry)
const kafka = new kafkajs.Kafka({ clientId: 'capture-test', brokers: [...endpoints.kafka.brokers], logLevel: kafkajs.logLevel.NOTHING })
const admin = kafka.admin()
const run = Date.now().toString(36).toUpperCase().padStart(10, '0')
const consumer = kafka.consumer({ groupId: `capture-test-${run}`, maxWaitTimeInMs: 50 })
const arrived: Arrived[] = []
const topics = ['cdc.content.genres', 'cdc.content.titles', 'cdc.content.title_genres', 'cdc.content.title_countries', 'cdc.content.seasons', 'cdc.content.episodes', 'cdc.content.people',
  'cdc.content.credits', 'cdc.user.accounts', 'cdc.user.profiles', 'cdc.user.ratings', 'content.title-events']

/** Ids of this run, told apart from all other rows by their beginning. */
let ids = 0
const id = (): string => `${run}${String(++ids).padStart(16, '0')}`
const now = new Date('2026-03-04T05:06:07.890Z')

let db: mysql.Connection
const write = async (sql: string, values: readonly unknown[]): Promise<void> => { await db.query(sql, [...values]) }
const insert = (table: string, row: Row): Promise<void> => write('INSERT INTO ?? SET ?', [table, row])

/** The first `count` records of a topic under a key, once they have come. */
async function arrivals(topic: string, key: string, count: number): Promise<readonly Arrived[]> {
  return await expect.poll(() => arrived.filter((each) => each.topic === topic && each.key === key), { timeout: 30_000, interval: 50 })
    .toHaveLength(count).then(() => arrived.filter((each) => each.topic === topic && each.key === key))
}

async function decoded<T>({ topic, value }: Arrived): Promise<T> {
  if (value === null) throw new Error(`decoding a record of '${topic}': it is a tombstone`)
  const reader = codec.reader<T>(schemaOf(topic))
  await reader.prepare([value])
  return reader.decode(value)
}

beforeAll(async () => {
  db = await mysql.createConnection({ ...endpoints.mysql, timezone: 'Z' })
  await admin.connect()
  const ends = await Promise.all(topics.map(async (topic) => ({ topic, partitions: await admin.fetchTopicOffsets(topic) })))
  await consumer.connect()
  await consumer.subscribe({ topics, fromBeginning: true })
  await consumer.run({
    eachMessage: ({ topic, partition, message }) => {
      const headers = Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]))
      arrived.push({ topic, partition, key: message.key?.toString(), value: message.value, headers })
      return Promise.resolve()
    },
  })
  for (const { topic, partitions } of ends) for (const { partition, offset } of partitions) consumer.seek({ topic, partition, offset })
})

afterAll(async () => {
  for (const table of ['content.outbox', 'content.title_genres', 'content.title_countries', 'content.episodes', 'content.seasons', 'content.credits', 'content.titles']) {
    await write(`DELETE FROM ?? WHERE ${table === 'content.outbox' ? 'event_key' : 'title_id'} LIKE ?`, [table, `${run}%`])
  }
  await write('DELETE FROM content.debezium_signal WHERE id LIKE ?', [`${run}%`])
  await write('DELETE FROM content.people WHERE person_id LIKE ?', [`${run}%`])
  await write('DELETE FROM content.genres WHERE genre LIKE ?', [`${run}%`])
  await write('DELETE FROM user.ratings WHERE profile_id LIKE ?', [`${run}%`])
  await write('DELETE FROM user.profiles WHERE account_id LIKE ?', [`${run}%`])
  await write('DELETE FROM user.accounts WHERE account_id LIKE ?', [`${run}%`])
  await db.end()
  await consumer.disconnect()
  await admin.disconnect()
})

const title = { title_id: id(), kind: 'movie', name: 'Ran', release_year: 1985, released_on: '1985-06-01', version: 7, created_at: now, updated_at: now }
const genre = { genre: id(), name: 'Drama' }
const person = { person_id: id(), name: '黒澤 明', version: 1, created_at: now, updated_at: now }
const account = { account_id: id(), email_sealed: Buffer.from([0, 255]), email_index: Buffer.alloc(32, id()), version: 1, created_at: now, updated_at: now }
const profile = { profile_id: id(), account_id: account.account_id, name_sealed: Buffer.from([1]), language: 'nl', kids: 1, version: 1, created_at: now, updated_at: now }
const rows: readonly (readonly [table: string, row: Row])[] = [
  ['content.genres', genre],
  ['content.titles', title],
  ['content.title_genres', { title_id: title.title_id, genre: genre.genre }],
  ['content.title_countries', { title_id: title.title_id, country: 'JP' }],
  ['content.seasons', { title_id: title.title_id, season_number: 1 }],
  ['content.episodes', { title_id: title.title_id, season_number: 1, episode_number: 2, name: 'Two' }],
  ['content.people', person],
  ['content.credits', { credit_id: id(), title_id: title.title_id, person_id: person.person_id, role: 'director', credited_as: person.name, billing: 1, version: 1 }],
  ['user.accounts', account],
  ['user.profiles', profile],
  ['user.ratings', { profile_id: profile.profile_id, title_id: title.title_id, half_stars: 9, rated_at: now, version: 1 }],
]

describe('a row written to MySQL', () => {
  it.each(rows)('of %s arrives under its topic, key, partition and contract', async (table, row) => {
    const topic = `cdc.${table}`
    const key = String(row[topicSpec(topic).key ?? ''])
    await insert(table, row)
    const [record] = await arrivals(topic, key, 1)
    if (record === undefined) throw new Error('unreachable: one record has arrived')

    const partitions = Array.from({ length: topicSpec(topic).partitions }, (_, partitionId) => ({ partitionId, leader: 0 }))
    const choose = kafkajs.Partitioners.DefaultPartitioner()
    expect(record.partition).toBe(choose({ topic, partitionMetadata: partitions.map((each) => ({ ...each, partitionErrorCode: 0, replicas: [], isr: [] })), message: { key, value: null } }))
    expect(record.headers).toEqual({})

    // what Debezium writes with is the version that we register ourselves, not a look-alike beside it
    expect(record.value?.readUInt32BE(1)).toBe(await openRegistry(endpoints.registry).register(subjectOf(topic), schemaOf(topic)))
    const { op, before, after } = await decoded<Envelope>(record)
    expect({ op, before }).toEqual({ op: 'c', before: null })
    expect(after).toMatchObject(Object.fromEntries(Object.entries(row).map(([column, value]) => [column, inAvro(value)])))
  })

  it('gives null, day and millisecond their own types', async () => {
    const [record] = await arrivals('cdc.content.titles', title.title_id, 1)
    const { after } = await decoded<Envelope>(record as Arrived)
    expect(after).toMatchObject({ released_on: Date.UTC(1985, 5, 1) / 86_400_000, created_at: now.getTime(), synopsis: null, version: 7 })
  })

  it('that is changed, deleted and written again leaves whole images and no tombstone', async () => {
    const other = { ...title, title_id: id() }
    await insert('content.titles', other)
    await write('UPDATE content.titles SET name = ?, version = 8 WHERE title_id = ?', ['乱', other.title_id])
    await write('DELETE FROM content.titles WHERE title_id = ?', [other.title_id])
    await insert('content.titles', { ...other, version: 9 })
    const changes = await Promise.all((await arrivals('cdc.content.titles', other.title_id, 4)).map((record) => decoded<Envelope>(record)))
    expect(changes.map(({ op, before, after }) => [op, before?.['name'], before?.['version'], after?.['name'], after?.['version']])).toEqual([
      ['c', undefined, undefined, 'Ran', 7],
      ['u', 'Ran', 7, '乱', 8],
      ['d', '乱', 8, undefined, undefined],
      ['c', undefined, undefined, 'Ran', 9],
    ])
  })
})

/** A value as Avro has it: instants in ms, days since the epoch. */
function inAvro(value: unknown): unknown {
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) return Date.parse(value) / 86_400_000
  return value
}

describe('a domain event in the outbox', () => {
  it('arrives as the bytes that the service encoded, with its type in a header', async () => {
    const topic = 'content.title-events'
    const event = { event_id: id(), title_id: title.title_id, type: 'TitleAdded', occurred_at: now.getTime(), version: 7, name: 'Ran', kind: 'movie' }
    const payload = (await codec.encoder(subjectOf(topic), schemaOf(topic)))(event)
    await insert('content.outbox', { outbox_id: event.event_id, topic, event_key: title.title_id, event_type: event.type, payload, created_at: now })
    const [record] = await arrivals(topic, title.title_id, 1)
    expect(record?.value).toEqual(payload)
    expect(record?.headers).toEqual({ id: event.event_id, event_type: 'TitleAdded' })
    expect(await decoded(record as Arrived)).toMatchObject(event)
    const [titled] = await arrivals('cdc.content.titles', title.title_id, 1)
    expect(record?.partition).toBe(titled?.partition)
  })
})

describe('an incremental snapshot', () => {
  it('emits rows that are there again as reads, and its signals nowhere', async () => {
    const data = { type: 'INCREMENTAL', 'data-collections': ['content.genres'] }
    await insert('content.debezium_signal', { id: id(), type: 'execute-snapshot', data: JSON.stringify(data) })
    const records = await arrivals('cdc.content.genres', genre.genre, 2)
    const [first, again] = await Promise.all(records.map((record) => decoded<Envelope>(record)))
    expect(again).toMatchObject({ op: 'r', before: null, after: first?.after })
    expect((await admin.listTopics()).filter((topic) => /debezium_(signal|heartbeat)|\.outbox$/.test(topic))).toEqual([])
  })
})

describe('the Debezium user', () => {
  const attempt = async (sql: string): Promise<string> => {
    const { host, port } = endpoints.mysql
    const connection = await mysql.createConnection({ host, port, ...debeziumUser(process.env) })
    try {
      return await connection.query(sql).then(() => 'allowed', (error: { readonly code: string }) => error.code)
    } finally {
      await connection.end()
    }
  }

  it.each([
    ['SELECT 1 FROM user.accounts LIMIT 1', 'allowed'],
    ['SELECT 1 FROM user.account_keys LIMIT 1', 'ER_TABLEACCESS_DENIED_ERROR'],
    ['SELECT 1 FROM user.idempotency_keys LIMIT 1', 'ER_TABLEACCESS_DENIED_ERROR'],
    ['DELETE FROM user.ratings LIMIT 1', 'ER_TABLEACCESS_DENIED_ERROR'],
    ['INSERT INTO content.genres VALUES (\'x\', \'x\')', 'ER_TABLEACCESS_DENIED_ERROR'],
  ])('%s: %s', async (sql, outcome) => {
    expect(await attempt(sql)).toBe(outcome)
  })
})

describe('connectors', () => {
  it('are sound to Connect, and applied again stay as they are', async () => {
    expect(await validateConnectors(endpoints)).toEqual([{ name: 'content', errors: [] }, { name: 'user', errors: [] }])
    expect(await applyConnectors(endpoints)).toEqual([{ name: 'content', action: 'unchanged', tasks: 1 }, { name: 'user', action: 'unchanged', tasks: 1 }])
  })

  it('with a password that is wrong are refused before anything changes', async () => {
    await expect(applyConnectors(endpoints, { env: { ...process.env, CDLC_DEBEZIUM_PASSWORD: 'wrong' } }))
      .rejects.toThrow(/content: 'database.hostname': .*Access denied/)
    expect((await connectorStatus(endpoints)).map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING'])
  })

  it('run on after a restart, with what was written meanwhile', async () => {
    const written = { genre: id(), name: 'Epic' }
    await Promise.all([restartConnector(endpoints, 'content'), insert('content.genres', written)])
    const [record] = await arrivals('cdc.content.genres', written.genre, 1)
    expect((await decoded<Envelope>(record as Arrived)).after).toEqual(written)
  })
})
