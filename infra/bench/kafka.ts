/** kafkajs as a hand-written program has it: for the contestants that do without the runtime, and to clear up after benches. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'

/** Silent: what goes wrong is thrown. */
export const openKafka = (endpoints: Endpoints): Kafka =>
  new kafkajs.Kafka({ clientId: 'cdlc-bench', brokers: [...endpoints.kafka.brokers], logLevel: kafkajs.logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 8 } })

/** Runs the work with an admin client. */
export async function withAdmin<T>(endpoints: Endpoints, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = openKafka(endpoints).admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

/** Forgets consumer groups; one that still has members, or was never there, stays. */
export const removeGroups = (endpoints: Endpoints, groups: readonly string[]): Promise<void> =>
  withAdmin(endpoints, async (admin) => { await admin.deleteGroups([...groups]).catch(() => []) })

export const removeTopics = (endpoints: Endpoints, topics: readonly string[]): Promise<void> =>
  withAdmin(endpoints, (admin) => admin.deleteTopics({ topics: [...topics] }))

/** Names of the topics that match. */
export const topicsOf = (endpoints: Endpoints, pattern: RegExp): Promise<readonly string[]> =>
  withAdmin(endpoints, async (admin) => (await admin.listTopics()).filter((name) => pattern.test(name)))
