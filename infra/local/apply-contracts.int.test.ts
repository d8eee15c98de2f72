import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { frozenVersions } from '@cdlc/schemas/history.ts'
import { compatibilityOf, contracts, subjectOf, topics } from '@cdlc/schemas/topics.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import { expect, test } from 'vitest'
import { applyContracts } from './apply-contracts.ts'

const endpoints = endpointsFrom(process.env)
const read = async (path: string): Promise<unknown> => (await fetch(`${endpoints.registry.url}${path}`)).json()

test('applying the contracts again changes nothing', async () => {
  const first = await applyContracts(endpoints)
  const again = await applyContracts(endpoints)
  expect(again).toEqual({ created: [], schema_ids: first.schema_ids })
  expect(Object.keys(again.schema_ids)).toHaveLength(contracts.length)
}, 60_000)

test('every topic of the catalogue is there, with its partitions', async () => {
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-contracts-test')
  try {
    const counts = await Promise.all(topics.map(async ({ name }) => [name, (await kafka.offsets(name)).length]))
    expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions])))
  } finally {
    await kafka.close()
  }
}, 60_000)

test('a topic that differs from its plan is named, with what to do about it', async () => {
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-contracts-test')
  const plan = { name: `contracts-test-${Date.now()}`, partitions: 2, config: { 'retention.ms': '60000' } }
  try {
    expect(await kafka.createTopics([plan])).toEqual([plan.name])
    expect(await kafka.createTopics([plan])).toEqual([])
    await expect(kafka.createTopics([{ ...plan, partitions: 3 }])).rejects
      .toThrow(`'${plan.name}': it exists with 2 partitions where the catalogue says 3`)
    await expect(kafka.createTopics([{ ...plan, config: { 'retention.ms': '-1' } }])).rejects
      .toThrow('it exists with retention.ms=60000 where the catalogue says -1; alter the topic or')
  } finally {
    await kafka.close()
  }
}, 60_000)

test.each(contracts)('subject of $name is held to its rule and numbers its versions as the files do', async (spec) => {
  const subject = subjectOf(spec.name)
  expect(await read(`/config/${subject}`)).toEqual({ compatibilityLevel: compatibilityOf(spec) })
  expect(await read(`/subjects/${subject}/versions`)).toEqual(frozenVersions(subject).map(({ version }) => version))
})
