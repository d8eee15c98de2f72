import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { rowSchema, schemaOf, schemaPath } from './avro.ts'
import { contracts, topics, topicSpec } from './topics.ts'

const forgetful: readonly string[] = ['cdc.user.social_profiles', 'cdc.user.texts', 'cdc.user.lists']
const tables = contracts.filter((spec) => spec.kind === 'cdc')

test('no topic is listed twice', () => {
  expect(new Set(topics.map(({ name }) => name)).size).toBe(topics.length)
})

test("every record under avro/ belongs to a topic, and every topic's record is there", () => {
  const files = (readdirSync(schemaPath(''), { recursive: true }) as string[]).filter((file) => file.endsWith('.avsc'))
  expect(contracts.map(({ record }) => record).sort()).toEqual(files.sort())
  for (const { record } of contracts) expect(existsSync(schemaPath(record))).toBe(true)
})

test('domain topics are co-partitioned, control topics in one order, and all are kept for ever', () => {
  for (const { name, partitions, config } of contracts.filter((spec) => spec.name !== 'platform.configuration' && spec.name !== 'user.telemetry' && !forgetful.includes(spec.name))) {
    expect({ name, partitions, retention: config['retention.ms'], policy: config['cleanup.policy'] }).toEqual({
      name,
      partitions: name.startsWith('platform.') ? 1 : 6,
      retention: '-1',
      policy: 'delete',
    })
  }
})

test('tables with words that people may take back are compacted within a day, by the key of the row alone', () => {
  for (const name of forgetful) {
    const { key, primary_key, partitions, config } = topicSpec(name)
    expect({ partitions, primary_key }).toEqual({ partitions: 6, primary_key: [key] })
    expect(config).toMatchObject({ 'cleanup.policy': 'compact', 'max.compaction.lag.ms': '86400000', 'segment.ms': '86400000' })
  }
})

test('what people did in passing is gone within a month of 30 days', () => {
  const { partitions, config } = topicSpec('user.telemetry')
  expect({ partitions, policy: config['cleanup.policy'], longest_days: (Number(config['retention.ms']) + Number(config['segment.ms'])) / 86_400_000 })
    .toEqual({ partitions: 6, policy: 'delete', longest_days: 30 })
})

test('the configuration is in one order too, and compacted, by keys that are never given twice', () => {
  expect(topicSpec('platform.configuration')).toMatchObject({ partitions: 1, key: 'revision', config: { 'cleanup.policy': 'compact' } })
})

describe.each(tables)('$name', ({ name, key, primary_key, database, table }) => {
  const columns = rowSchema(name).fields.map((field) => field.name)

  test('is named after its table, and so is the record that Debezium makes of it', () => {
    expect(name).toBe(`cdc.${database}.${table}`)
    expect(schemaOf(name).namespace).toBe(`cdc.${database}.${database}.${table}`)
  })

  test('has its keys among its columns', () => {
    expect(columns).toContain(key)
    expect(columns).toEqual(expect.arrayContaining([...(primary_key ?? [])]))
    expect(primary_key).not.toEqual([])
  })
})

test.each(contracts.filter((spec) => spec.kind === 'derived'))('$name has its keys among its columns', ({ name, key, primary_key }) => {
  const columns = rowSchema(name).fields.map((field) => field.name)
  expect(columns).toContain(key)
  expect(columns).toEqual(expect.arrayContaining([...(primary_key ?? [])]))
  expect(primary_key).toContain(key)
})

test.each(contracts.filter((spec) => spec.kind === 'event'))('$name has its key among its fields', ({ name, key }) => {
  expect(schemaOf(name).fields.map((field) => field.name)).toContain(key)
})

test('a name that is not in the catalogue is refused, with the cure', () => {
  expect(() => topicSpec('cdc.content.films')).toThrow("looking up topic 'cdc.content.films': it is not in schemas/topics.ts; add it there")
})
