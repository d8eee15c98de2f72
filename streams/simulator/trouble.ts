/** Promises that were broken in a run. */
export interface Violation {
  readonly at_ms: number
  /** Which promise; the same word for the same promise in every run. */
  readonly promise: Promised
  readonly what: string
}

export type Promised =
  | 'rows' // the store holds what a fold of all records comes to
  | 'dead letters' // every record that cannot be applied is in the dead letters, as it was, and no other is
  | 'positions' // positions never go backwards
  | 'once' // no effect is stored twice
  | 'liveness' // every partition comes to its end once nothing goes wrong
  | 'backoff' // pauses grow as the policy says, with jitter
  | 'spinning' // a store that is away is asked seldom
  | 'contract' // the worker keeps to what it is called with, and its status tells the truth
