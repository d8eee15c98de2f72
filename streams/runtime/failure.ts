/**
 * What a view does when something fails: a value, not code.
 *
 * - *transient*: a store, registry or broker that does not answer. The partition rests and tries again, for ever; nothing is skipped.
 * - *poison*: a record that no retry will make readable or applicable. It goes to the dead letters and the partition moves on, or the partition stops.
 */
export interface FailurePolicy {
  /** Exponential backoff between these pauses (ms), with jitter: half of each pause is random. */
  readonly transient: { readonly first_ms: number; readonly last_ms: number }
  readonly poison: 'dead-letter' | 'stop'
}

const usual: FailurePolicy = { transient: { first_ms: 100, last_ms: 30_000 }, poison: 'dead-letter' }

/** The policy with what was left out filled in. */
export const failurePolicy = (given: Partial<FailurePolicy> = {}): FailurePolicy => ({ ...usual, ...given })

/** Pause (ms) before the next try, after so many failures in a row (from 1); `random` in [0, 1). */
export const pauseAfter = ({ transient }: FailurePolicy, failures: number, random: number): number =>
  Math.min(transient.last_ms, transient.first_ms * 2 ** (failures - 1)) * (0.5 + random / 2)
