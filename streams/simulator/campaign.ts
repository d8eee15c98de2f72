/** Many seeds, one after another. */
import type { Ran, Simulator } from './run.ts'
import type { Violation } from './trouble.ts'

export interface Broken { readonly seed: number; readonly view: string; readonly violation: Violation }

export interface Campaign {
  readonly seeds: number
  readonly from: number
  readonly steps: number
  readonly records: number
  readonly workers: number
  readonly virtual_ms: number
  /** Seeds of each view. */
  readonly views: Readonly<Record<string, number>>
  readonly broken: readonly Broken[]
}

export interface CampaignOptions {
  readonly from: number
  readonly seeds: number
  readonly view?: string | undefined
  readonly onRan?: (ran: Ran) => void
}

/** The command that shows what a seed did, step by step. */
export const replay = ({ seed, view }: Pick<Broken, 'seed' | 'view'>, named: boolean): string =>
  `npx cdlc simulate --seed ${seed}${named ? ` --view ${view}` : ''} --trace`

export async function runCampaign(simulator: Simulator, { from, seeds, view, onRan }: CampaignOptions): Promise<Campaign> {
  const views: Record<string, number> = {}
  const broken: Broken[] = []
  const sums = { steps: 0, records: 0, workers: 0, virtual_ms: 0 }
  for (let seed = from; seed < from + seeds; seed++) {
    const ran = await simulator.run(seed, { view })
    views[ran.view] = (views[ran.view] ?? 0) + 1
    sums.steps += ran.steps
    sums.records += ran.records
    sums.workers += ran.workers
    sums.virtual_ms += ran.virtual_ms
    const [violation] = ran.violations
    if (violation !== undefined) broken.push({ seed, view: ran.view, violation })
    onRan?.(ran)
  }
  return { seeds, from, ...sums, views, broken }
}
