import { expect, test } from 'vitest'
import { all } from './all.ts'
import { judged } from './judges.ts'
import { occurrences } from './mutant.ts'

test('there are at least a hundred mutants, each with a name of its own', () => {
  expect(all.length).toBeGreaterThanOrEqual(100)
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
})

test.each(all.map((mutant) => [mutant.id, mutant] as const))('%s changes one place of the code as it is now', (_id, mutant) => {
  expect(occurrences(mutant)).toBe(1)
  expect(mutant.replace).not.toBe(mutant.find)
})

/** A handful, of every layer; the whole list is for `cdlc mutants`. */
test.each(['worker-gap-ignored', 'worker-all-records', 'applier-poison-skipped', 'fold-cells-stand', 'redis-compile-no-compare', 'neo4j-compile-no-compare', 'scylla-store-position-first'])('%s is killed', async (id) => {
  const { promise } = await judged(id, { from: 0, seeds: 3_000, limit_ms: 100_000 })
  expect(promise).toBeDefined()
})
