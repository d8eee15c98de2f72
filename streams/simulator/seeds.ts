/** Tests of many seeds, some hundred to a test; a file of its own for each half lets both cores work. */
import { expect, test } from 'vitest'
import { replay, runCampaign } from './campaign.ts'
import { loadSimulator } from './run.ts'

const SEEDS_PER_TEST = 500

/** Registers the tests. A failure names the seeds, what each broke, and the command that shows it step by step. */
export function keepEveryPromise({ from, seeds }: { readonly from: number; readonly seeds: number }): void {
  const simulator = loadSimulator()
  for (let first = from; first < from + seeds; first += SEEDS_PER_TEST) {
    test(`seeds ${first} to ${first + SEEDS_PER_TEST - 1} keep every promise`, { timeout: 600_000 }, async () => {
      const { broken } = await runCampaign(await simulator, { from: first, seeds: SEEDS_PER_TEST })
      expect(broken.map((one) => `${replay(one, false)}  # ${one.view}, ${one.violation.promise}: ${one.violation.what}`)).toEqual([])
    })
  }
}
