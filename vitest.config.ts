import { configDefaults, defineConfig } from 'vitest/config'

const integration = '**/*.int.test.ts'
const e2e = '**/*.e2e.test.ts'

/** Time limits are there to end what hangs, not to measure: a busy machine is no failure. */
const testTimeout = 120_000

/** Tests on real servers share them, so their files run one after another. */
const setupFiles = ['infra/test/seed.ts']
const onServers = { pool: 'forks', fileParallelism: false, testTimeout, hookTimeout: 180_000, setupFiles } as const

export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      { test: { name: 'unit', include: ['**/*.test.ts'], exclude: [...configDefaults.exclude, integration, e2e], testTimeout, hookTimeout: testTimeout, setupFiles } },
      { test: { name: 'integration', include: [integration], ...onServers } },
      { test: { name: 'e2e', include: [e2e], ...onServers } },
    ],
  },
})
