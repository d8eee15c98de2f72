/** What Debezium really emits is what is frozen: no other version in the registry, and every record written with a frozen one. */
import kafkajs from 'kafkajs'
import mysql from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { projection, rowSchema, schemaOf } from './avro.ts'
import { createCodec } from './codec.ts'
import { endpointsFrom } from './endpoints.ts'
import { frozenVersions, sameSchema } from './history.ts'
import { contractProblems } from './problems.ts'
import { contracts, subjectOf } from './topics.ts'

const endpoints = endpointsFrom(process.env)
const cdc = contracts.filter((spec) => spec.kind === 'cdc')
const codec = createCodec(endpoints.registry)
const kafka = new kafkajs.Kafka({ clientId: 'contracts-test', brokers: [...endpoints.kafka.brokers], logLevel: kafkajs.logLevel.NOTHING })
const marker = `contract-${Date.now()}`
const account = marker.slice(-26).padStart(26, '0')

interface Registered {
  readonly version: number
  readonly id: number
  readonly schema: unknown
}
async function registered(subject: string): Promise<readonly Registered[]> {
  const read = async (path: string): Promise<unknown> =>
    (await fetch(`${endpoints.registry.url}/subjects/${subject}/versions${path}`)).json()
  const versions = (await read('')) as readonly number[]
  return Promise.all(
    versions.map(async (version) => {
      const { id, schema } = (await read(`/${version}`)) as { id: number; schema: string }
      return { version, id, schema: JSON.parse(schema) as unknown }
    }),
  )
}

/** The newest record of every partition that has one, by topic; of the topics written by this test, its own records. */
const newest = new Map<string, Map<number, Buffer>>()
const written: readonly string[] = ['cdc.content.genres', 'cdc.user.accounts']

beforeAll(async () => {
  const admin = kafka.admin()
  await admin.connect()
  const db = await mysql.createConnection({ ...endpoints.mysql, timezone: 'Z' })
  const consumer = kafka.consumer({ groupId: marker, maxWaitTimeInMs: 50 })
  const before = await Promise.all(cdc.map(async ({ name }) => ({ topic: name, partitions: await admin.fetchTopicOffsets(name) })))
  // one row of each database, gone again at once: both connectors have something to say
  await db.query('INSERT INTO content.genres SET ?', [{ genre: marker, name: 'Contract' }])
  await db.query('DELETE FROM content.genres WHERE genre = ?', [marker])
  await db.query('INSERT INTO user.accounts SET ?', [
    {
      account_id: account,
      email_sealed: Buffer.from(marker),
      email_index: Buffer.alloc(32, marker),
      version: 1,
      created_at: new Date(),
      updated_at: new Date(),
    },
  ])
  await db.query('DELETE FROM user.accounts WHERE account_id = ?', [account])
  await db.end()

  const own = new Set<string>()
  await consumer.connect()
  await consumer.subscribe({ topics: cdc.map(({ name }) => name), fromBeginning: true })
  await consumer.run({
    eachMessage: ({ topic, partition, message }) => {
      const key = message.key?.toString()
      if (key === marker || key === account) own.add(topic)
      if (message.value !== null) newest.set(topic, (newest.get(topic) ?? new Map<number, Buffer>()).set(partition, message.value))
      return Promise.resolve()
    },
  })
  for (const { topic, partitions } of before) {
    for (const { partition, high, low } of partitions)
      consumer.seek({ topic, partition, offset: String(Math.max(Number(low), Number(high) - 1)) })
  }
  const there = before.flatMap(({ topic, partitions }) =>
    partitions.filter(({ high, low }) => Number(high) > Number(low)).map(({ partition }) => ({ topic, partition })),
  )
  await vi.waitFor(
    () => {
      expect([...own].sort()).toEqual(written)
      expect(there.filter(({ topic, partition }) => newest.get(topic)?.has(partition) !== true)).toEqual([])
    },
    { timeout: 60_000, interval: 100 },
  )
  await consumer.disconnect()
  await admin.disconnect()
}, 180_000)

afterAll(async () => {
  const admin = kafka.admin()
  await admin.connect()
  await admin.deleteGroups([marker]).catch(() => {})
  await admin.disconnect()
})

describe.each(cdc)('$name', ({ name }) => {
  test('has the frozen versions in the registry and none beside them', async () => {
    const subject = subjectOf(name)
    const frozen = frozenVersions(subject)
    const found = await registered(subject)
    expect(found.map(({ version }) => version)).toEqual(frozen.map(({ version }) => version))
    for (const { version, schema } of found) {
      const expected = frozen.find((candidate) => candidate.version === version)?.schema
      if (!sameSchema(schema, expected)) expect(schema).toEqual(expected)
    }
  })

  test('holds records of those versions that keep its contract', async () => {
    const ids = (await registered(subjectOf(name))).map(({ id }) => id)
    const values = [...(newest.get(name)?.values() ?? [])]
    expect(values.length).toBeGreaterThanOrEqual(written.includes(name) ? 1 : 0)
    const whole = codec.reader(schemaOf(name))
    const columns = rowSchema(name).fields.map((field) => field.name)
    const projected = codec.reader(projection(name, columns))
    await Promise.all([whole.prepare(values), projected.prepare(values)])
    for (const value of values) {
      expect(ids).toContain(value.readUInt32BE(1))
      const envelope = whole.decode(value) as { before: unknown; after: unknown; op: unknown }
      expect(contractProblems(name, envelope)).toEqual([])
      expect(projected.decode(value)).toEqual({ before: envelope.before, after: envelope.after, op: envelope.op })
    }
  })
})
