import { expect, test } from 'vitest'
import { randomOf } from './random.ts'
import { loadSimulator } from './run.ts'

const simulator = await loadSimulator()

async function told(seed: number): Promise<{ readonly steps: readonly string[]; readonly ran: unknown }> {
  const steps: string[] = []
  const ran = await simulator.run(seed, { trace: (at, who, what) => { steps.push(`${at} ${who} ${what}`) } })
  return { steps, ran }
}

test('a seed comes to the same run, step by step, however often', async () => {
  for (let seed = 0; seed < 40; seed++) expect(await told(seed), `seed ${seed}`).toEqual(await told(seed))
})

test('runs of different seeds differ', async () => {
  const runs = await Promise.all([1, 2, 3, 4, 5].map((seed) => told(seed)))
  expect(new Set(runs.map(({ steps }) => steps.join('\n'))).size).toBe(5)
})

test('numbers of a seed are spread evenly, and those of a fork are others', () => {
  const random = randomOf(7)
  const counts = Array.from({ length: 10 }, () => 0)
  for (let drawn = 0; drawn < 100_000; drawn++) counts[random.below(10)] = (counts[random.below(10)] ?? 0) + 1
  const own = randomOf(7)
  const fork = own.fork()
  expect(Array.from({ length: 5 }, () => own.below(1e6))).not.toEqual(Array.from({ length: 5 }, () => fork.below(1e6)))
  expect(randomOf(7).next()).toBe(randomOf(7).next())
  expect(randomOf(7).next()).not.toBe(randomOf(8).next())
})
