/** Everything that a seed decides: what runs, on what, and what goes wrong. */
import { failurePolicy } from '../runtime/failure.ts'
import { type Faults, faultsOf, noFaults } from './faults.ts'
import { type Random, randomOf } from './random.ts'
import { type Planned, recordsOf, type States } from './records.ts'
import { ordersByPosition } from '../runtime/view.ts'
import type { Subject } from './views.ts'

export interface Scenario {
  readonly seed: number
  /** Its view has the failure policy of this run. */
  readonly subject: Subject
  readonly partitions: number
  readonly workers: number
  /** Written before anybody starts, while things go wrong, and after all has come to rest. */
  readonly early: readonly Planned[]
  readonly live: readonly Planned[]
  readonly epilogue: readonly Planned[]
  /** Offsets in one fetch at most. */
  readonly batch: number
  /** How long things go wrong (virtual ms). */
  readonly chaos_ms: number
  readonly faults: Faults
  /** Chance that an offset has no record. */
  readonly holes: number
  /** Whether somebody sends dead letters again. */
  readonly redrives: boolean
  /** Whether a store that refuses rows says which. */
  readonly tells_refused: boolean
  /** Whether workers look for losses while things go wrong. Without a loss nobody needs to. */
  readonly checks: boolean
  /** Rows that a worker keeps of a partition; undefined for as many as it does by itself. */
  readonly max_cells: number | undefined
  /** For all that happens later. */
  readonly random: Random
}

const BULK = 5_200

/** The same for the same seed and view. */
export function scenarioOf(seed: number, all: ReadonlyMap<string, Subject>, statesOf: (subject: Subject) => States, viewName?: string): Scenario {
  const random = randomOf(seed)
  const drawn = weighted(random, [...all.values()])
  const base = viewName === undefined ? drawn : all.get(viewName)
  if (base === undefined) throw new Error(`simulating view '${viewName}': there is none of that name; there are ${[...all.keys()].join(', ')}`)
  const bulk = base.feed === 'bulk'
  const calm = random.chance(0.05)
  const faults = calm ? noFaults : faultsOf(random.fork(), bulk ? 0.2 : random.pick([0.15, 0.3, 0.6]))
  const partitions = bulk ? 1 : random.between(1, 3)
  const flawed = bulk || random.chance(0.65) ? 0 : random.pick([0.02, 0.08, 0.3])
  const policy = failurePolicy({
    transient: { first_ms: random.pick([50, 100, 400]), last_ms: random.pick([1_000, 5_000, 30_000]) },
    // where rows may run ahead of positions, nobody could say which rows a partition that stopped should have
    poison: flawed > 0 && random.chance(0.15) && !ordersByPosition(base.view.store) ? 'stop' : 'dead-letter',
  })
  const subject: Subject = { ...base, view: { ...base.view, failure: policy } }
  const records = bulk ? BULK : random.between(4, random.pick([20, 60, 120]))
  const planned = recordsOf(random.fork(), { subject, states: statesOf(subject), partitions, records, flawed })
  const [first, last] = [Math.floor(planned.length * (bulk ? 0.9 : random.next())), Math.ceil(planned.length * 0.92)]
  return {
    seed, subject, partitions, faults, random,
    workers: random.pick([1, 1, 2, 2, 3]),
    early: planned.slice(0, Math.min(first, last)), live: planned.slice(Math.min(first, last), last), epilogue: planned.slice(last),
    batch: bulk ? 4_000 : random.pick([1, 3, 10, 40]),
    chaos_ms: random.between(2_000, random.pick([6_000, 30_000, 90_000])),
    holes: random.chance(0.3) ? 0.2 : 0,
    redrives: flawed > 0 && subject.redrives !== undefined && random.chance(0.6),
    tells_refused: random.chance(0.5),
    checks: random.chance(0.6),
    max_cells: random.chance(0.4) ? undefined : random.pick([1, 8]),
  }
}

function weighted(random: Random, all: readonly Subject[]): Subject {
  let drawn = random.below(all.reduce((sum, subject) => sum + subject.weight, 0))
  for (const subject of all) {
    drawn -= subject.weight
    if (drawn < 0) return subject
  }
  throw new Error('drawing a view of none')
}
