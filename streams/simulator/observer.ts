/** Watches what the worker makes of each batch: pauses must grow as the policy says, with jitter, and nothing is thrown. */
import type { FailurePolicy } from '../runtime/failure.ts'
import type { Outcome, RawBatch } from '../runtime/kafka.ts'
import type { Observer } from './kafka/consumer.ts'
import type { Assignment } from './kafka/group.ts'
import type { Process, Scheduler } from './scheduler.ts'
import type { Promised } from './trouble.ts'

/** What is refused may be looked for anew where a batch comes in other pieces. */
const TRIES_PER_HALVING = 2

export interface WorldObserver extends Observer {
  assigned(process: Process, assignment: Assignment): void
  /** Times that a process was told its partitions. */
  assignments(): number
}

interface Streak { failures: number; /** Refusals without anything else between, and the most that these batches may cost. */ refusals: number; most_refusals: number; in_hand: boolean; /** A rebalance came while a batch was in hand: the worker may count on or begin anew. */ unsure: boolean }

/** `flawed` tells how many records of a batch the store may refuse for good. */
export function createObserver(
  scheduler: Scheduler, policy: FailurePolicy, violated: (promise: Promised, what: string) => void, flawed: (batch: RawBatch) => number,
): WorldObserver {
  const streaks = new Map<string, Streak>()
  let assignments = 0
  const of = (process: Process, { topic, partition }: RawBatch): Streak => {
    const key = `${process.name} ${topic}/${partition}`
    const streak = streaks.get(key) ?? { failures: 0, refusals: 0, most_refusals: 0, in_hand: false, unsure: false }
    streaks.set(key, streak)
    return streak
  }

  function outcome(process: Process, batch: RawBatch, told: Outcome): void {
    const streak = of(process, batch)
    const { unsure } = streak
    streak.in_hand = false
    streak.unsure = false
    const where = `${batch.topic}/${batch.partition} from ${batch.fetched_from}`
    scheduler.note(process, `${where}: ${told === 'done' ? 'done' : 'seek' in told ? `go on at ${told.seek}` : `rest ${Math.round(told.pause_ms)} ms`}`)
    if (told === 'done' || 'seek' in told) {
      streak.failures = streak.refusals = streak.most_refusals = 0
      return
    }
    const { pause_ms } = told
    const { first_ms, last_ms } = policy.transient
    // a record that the store refuses is tried again without it at once, and one that stops the partition rests for good
    if (pause_ms === last_ms && policy.poison === 'stop') return
    const bad = flawed(batch)
    if (pause_ms === 0 && bad > 0) {
      streak.refusals++
      streak.most_refusals = Math.max(streak.most_refusals, TRIES_PER_HALVING * bad * (Math.ceil(Math.log2(batch.records.length)) + 2))
      if (streak.refusals > streak.most_refusals) violated('liveness', `${where}: refused ${streak.refusals} times in a row; halving finds ${bad} records in ${streak.most_refusals}`)
      return
    }
    streak.failures++
    const most = Math.min(last_ms, first_ms * 2 ** (streak.failures - 1))
    const least = unsure ? first_ms : most
    if (unsure) {
      streak.failures = Math.max(1, Math.floor(Math.log2(pause_ms / first_ms)) + 2)
      streak.unsure = pause_ms >= last_ms / 2 // near the longest pause its length no longer tells how many came before
    }
    if (pause_ms < least / 2 || pause_ms >= (unsure ? last_ms : most)) violated('backoff', `${where}: failure ${streak.failures} in a row rests ${pause_ms} ms, not ${least / 2} to ${most}`)
  }

  return {
    assignments: () => assignments,
    handed: (process, batch) => { of(process, batch).in_hand = true },
    outcome,
    threw: (_process, batch, cause) => violated('contract', `onBatch threw for ${batch.topic}/${batch.partition}: ${String(cause)}`),
    assigned(process) {
      assignments++
      for (const [key, streak] of streaks) {
        if (!key.startsWith(`${process.name} `)) continue
        if (streak.in_hand) streak.unsure = true
        else streak.failures = 0
        streak.refusals = streak.most_refusals = 0
      }
    },
  }
}
