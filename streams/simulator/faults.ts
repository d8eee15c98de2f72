/** What may go wrong in a run and how often. Each seed draws a few kinds of fault and leaves the others out, so that each is met alone and in company. */
import type { Random } from './random.ts'

/** Chances per call or per occasion; 0 where the seed leaves the fault out. */
export interface Faults {
  /** The call fails and has no effect. */
  readonly refused: number
  /** The call has its effect, but its answer is lost: the caller sees an error. */
  readonly unanswered: number
  /** The caller sees an error, and the call has its effect later all the same. */
  readonly late: number
  /** The process dies before the call is sent, or after its effect and before its answer. */
  readonly crash_before: number
  readonly crash_after: number
  /** An answer takes seconds rather than milliseconds, up to beyond a session's end. */
  readonly slow: number
  /** A fetched batch lies about before it is handed over, maybe until the partition is another's. */
  readonly delayed: number
  /** A fetch goes on at another offset than it should: earlier, or later. */
  readonly misplaced: number
  /** Kafka's committed offset is behind or ahead of what was applied. */
  readonly miscommitted: number
  /** A seek is overtaken by the batch in hand. */
  readonly lost_seek: number
  /** Ms between such occasions on average; 0 for never. */
  readonly kill_every: number
  readonly freeze_every: number
  readonly leave_every: number
  readonly rebalance_every: number
  readonly outage_every: number
  readonly lose_every: number
}

export const noFaults: Faults = {
  refused: 0, unanswered: 0, late: 0, crash_before: 0, crash_after: 0, slow: 0, delayed: 0, misplaced: 0, miscommitted: 0, lost_seek: 0,
  kill_every: 0, freeze_every: 0, leave_every: 0, rebalance_every: 0, outage_every: 0, lose_every: 0,
}

/** Each kind with its greatest rate, or its shortest time between two. */
const rates: Readonly<Record<keyof Faults, number>> = {
  refused: 0.1, unanswered: 0.1, late: 0.06, crash_before: 0.03, crash_after: 0.04, slow: 0.15, delayed: 0.3, misplaced: 0.12, miscommitted: 0.6, lost_seek: 0.5,
  kill_every: 3_000, freeze_every: 6_000, leave_every: 5_000, rebalance_every: 3_000, outage_every: 12_000, lose_every: 8_000,
}

/** The faults of a seed: each kind is there with the chance given, at a rate of its own. */
export function faultsOf(random: Random, density: number): Faults {
  const drawn = Object.fromEntries(Object.entries(rates).map(([kind, most]) => {
    const there = random.chance(density)
    const rate = random.next()
    if (!there) return [kind, 0]
    return [kind, kind.endsWith('_every') ? Math.round(most * (1 + 3 * rate)) : most * (0.2 + 0.8 * rate)]
  })) as unknown as Faults
  // a loss is worst where two owners meet it
  return drawn.lose_every === 0 || random.chance(0.3) ? drawn : { ...drawn, rebalance_every: 2_000, slow: Math.max(drawn.slow, 0.1), kill_every: 0 }
}
