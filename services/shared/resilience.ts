/**
 * How a call to another process is made: a bulkhead bounds how many are under way, a retry gives safe calls a second and third chance,
 * a circuit breaker leaves alone who does not answer, and each attempt has its time. Policies are cockatiel's; this puts them in order
 * and makes one kind of error of what they say.
 */
import {
  bulkhead, BrokenCircuitError, BulkheadRejectedError, circuitBreaker, CircuitState, ConsecutiveBreaker, ExponentialBackoff, handleWhen, retry,
  TaskCancelledError, timeout, TimeoutStrategy,
} from 'cockatiel'
import { Unavailable } from './errors.ts'
import { callsRefused, watchCircuit } from './telemetry.ts'

export interface ResilienceOptions {
  /** Who is called, as errors and metrics name it. */
  readonly name: string
  /** Of each attempt. */
  readonly timeout_ms: number
  /** Attempts after the first; 0 for what must not be done twice. */
  readonly retries: number
  /** Failures in a row that open the circuit, and how long it stays open before one call may try. */
  readonly breaker: { readonly failures: number; readonly open_ms: number }
  /** Calls under way at once, and calls that wait for their turn; more are refused. */
  readonly bulkhead: { readonly calls: number; readonly queue: number }
  /** Whether the other side is to blame; what it refuses with reason counts as an answer. */
  readonly isFailure: (error: unknown) => boolean
}

export type Circuit = 'closed' | 'open' | 'half_open'

export interface Resilience {
  /** Runs a call; throws what it throws, or Unavailable where it was not made, not answered in time, or `signal` was aborted. */
  run<T>(call: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** The same with one attempt, for what must not be done twice. */
  once<T>(call: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
  circuit(): Circuit
}

const firstPause_ms = 50
const longestPause_ms = 1_000

const circuits: Readonly<Record<CircuitState, Circuit>> = {
  [CircuitState.Closed]: 'closed', [CircuitState.Open]: 'open', [CircuitState.HalfOpen]: 'half_open', [CircuitState.Isolated]: 'open',
}

const hasLeft = (signal: AbortSignal | undefined): boolean => signal?.aborted === true
/** Of a call whose caller has left: it tells nothing of the other side. */
class Left extends Error {}
/** What a call came to where the other side is not to blame: an answer, if not one to be glad of. */
type Answer<T> = { readonly value: T } | { readonly refusal: unknown }

/** Bounds and circuit are shared by all calls that are made through it. */
export function createResilience({ name, timeout_ms, retries, breaker, bulkhead: { calls, queue }, isFailure }: ResilienceOptions): Resilience {
  const failure = handleWhen((error) => !(error instanceof Left) && (error instanceof TaskCancelledError || isFailure(error)))
  const circuit = circuitBreaker(failure, { halfOpenAfter: breaker.open_ms, breaker: new ConsecutiveBreaker(breaker.failures) })
  const again = retry(failure, { maxAttempts: retries, backoff: new ExponentialBackoff({ initialDelay: firstPause_ms, maxDelay: longestPause_ms }) })
  const room = bulkhead(calls, queue)
  const inTime = timeout(timeout_ms, TimeoutStrategy.Aggressive)
  const state = (): Circuit => circuits[circuit.state]
  watchCircuit(name, state, (listener) => { circuit.onBreak(listener) })

  async function attempt<T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal | undefined): Promise<Answer<T>> {
    // a trial that nobody waited for has not shown that the other side is back
    const trial = circuit.state !== CircuitState.Closed
    const left = (): Error => (trial ? new TaskCancelledError() : new Left())
    // it may have come to that in a pause before this attempt
    if (hasLeft(signal)) throw left()
    try {
      return { value: await inTime.execute(({ signal: until }) => call(until), signal) }
    } catch (error) {
      if (hasLeft(signal)) throw left()
      if (error instanceof TaskCancelledError || isFailure(error)) throw error
      return { refusal: error }
    }
  }

  async function run<T>(repeats: boolean, call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const guarded = (): Promise<Answer<T>> => circuit.execute(() => attempt(call, signal), signal)
    const made = room.execute(() => (repeats ? again.execute(guarded, signal) : guarded()), signal)
    try {
      const answer = await (signal === undefined ? made : unlessLeft(made, signal))
      if ('refusal' in answer) throw answer.refusal
      return answer.value
    } catch (cause) {
      if (cause instanceof Left || hasLeft(signal)) throw new Unavailable(`calling ${name}: whoever asked has left`, { cause })
      if (cause instanceof BulkheadRejectedError) {
        callsRefused.inc({ called: name, reason: 'bulkhead' })
        throw new Unavailable(`calling ${name}: ${calls} calls are under way and ${queue} wait`, { cause, code: 'overloaded' })
      }
      if (cause instanceof BrokenCircuitError) {
        callsRefused.inc({ called: name, reason: 'circuit' })
        throw new Unavailable(`calling ${name}: it has not answered ${breaker.failures} times in a row, and is left alone for ${breaker.open_ms} ms`, { cause })
      }
      if (cause instanceof TaskCancelledError) throw new Unavailable(`calling ${name}: no answer within ${timeout_ms} ms`, { cause })
      throw cause
    }
  }

  return { circuit: state, run: (call, signal) => run(true, call, signal), once: (call, signal) => run(false, call, signal) }
}

/** Whoever leaves need not wait for a turn or a pause to end. */
async function unlessLeft<T>(made: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const leave = (): void => { reject(new Left()) }
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([made, promise])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
