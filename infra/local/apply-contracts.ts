/** Makes a stack keep the contracts: every topic of the catalogue, every frozen schema, every subject's compatibility. */
import { schemaOf } from '@cdlc/schemas/avro.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { frozenVersions, sameSchema } from '@cdlc/schemas/history.ts'
import { openRegistry } from '@cdlc/schemas/registry.ts'
import { contracts, subjectOf, topics } from '@cdlc/schemas/topics.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'

/** What was missing, and which schema id each subject's newest version has. */
export interface AppliedContracts {
  readonly created: readonly string[]
  readonly schema_ids: Readonly<Record<string, number>>
}

/**
 * Idempotent; run it before anything writes: a topic made by its first record has the broker's settings, and a schema
 * that Debezium registers first is a contract that nobody reviewed. Throws where a topic differs from the catalogue.
 */
export async function applyContracts(endpoints: Pick<Endpoints, 'kafka' | 'registry'>): Promise<AppliedContracts> {
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-contracts')
  try {
    const created = await kafka.createTopics(topics)
    return { created, schema_ids: await registerSchemas(endpoints.registry.url) }
  } finally {
    await kafka.close()
  }
}

/** Registers the whole history in order, so that a new registry numbers the versions as the files do. */
async function registerSchemas(url: string): Promise<Readonly<Record<string, number>>> {
  const registry = openRegistry({ url })
  return Object.fromEntries(await Promise.all(contracts.map(async ({ name }) => {
    const subject = subjectOf(name)
    const versions = frozenVersions(subject)
    const newest = versions.at(-1)
    if (newest === undefined || !sameSchema(newest.schema, schemaOf(name))) {
      throw new Error(`registering subject '${subject}': its schema is not frozen as it is; run 'npx cdlc schemas freeze'`)
    }
    let id = 0
    for (const { schema } of versions) id = await registry.register(subject, schema)
    return [subject, id] as const
  })))
}
