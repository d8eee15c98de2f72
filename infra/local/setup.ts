/** What a stack needs besides servers that run: topics, schemas, tables, grants, connectors. Every step may be done again. */
import { asAdministrator } from './servers/mysql.ts'
import type { Stack } from './stack.ts'
import type { Task } from './tasks.ts'

/** Lets the Debezium user read what is captured; the tables have to be there. */
export async function grantDebezium(stack: Stack): Promise<void> {
  const { grantStatements } = await import('@cdlc/connectors/grants.ts')
  await asAdministrator(stack, grantStatements())
}

/** The steps and what each comes after, among servers and steps. The code of each is loaded only then: `status` and `stop` do without. */
export function setupSteps(stack: Stack): readonly Task[] {
  const { endpoints } = stack
  return [
    {
      name: 'topics',
      after: ['kafka', 'schema-registry'],
      run: async () => {
        await (await import('./apply-contracts.ts')).applyContracts(endpoints)
      },
    },
    {
      name: 'migrations',
      after: ['mysql'],
      run: async () => {
        await (await import('@cdlc/services/shared/migrate.ts')).migrate(endpoints)
      },
    },
    { name: 'grants', after: ['migrations'], run: () => grantDebezium(stack) },
    {
      name: 'connectors',
      after: ['connect', 'grants', 'topics'],
      run: async () => {
        await (await import('@cdlc/connectors/apply.ts')).applyConnectors(endpoints)
      },
    },
  ]
}
