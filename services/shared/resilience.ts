/**
 * How a call to another process is made: a bulkhead bounds how many are under way, a retry gives safe calls a second and third chance,
 * a circuit breaker leaves alone who does not answer, and each attempt has its time. Policies are cockatiel's; this puts them in order
 * and makes one kind of error of what they say.
 */
import {
  bulkhead, BrokenCircuitError, BulkheadRejectedError, circuitBreaker, CircuitState, ConsecutiveBreaker, ExponentialBackoff, handleWhen, retry,
  TaskCancelledError, timeout, TimeoutStrategy, wrap,
} from 'cockatiel'
import { Unavailable } from './errors.ts'

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
  /** Runs a call; throws what it throws, or Unavailable where it was not made or not answered in time. */
  run<T>(call: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
  circuit(): Circuit
}

const firstPause_ms = 50
const longestPause_ms = 1_000

const circuits: Readonly<Record<CircuitState, Circuit>> = {
  [CircuitState.Closed]: 'closed', [CircuitState.Open]: 'open', [CircuitState.HalfOpen]: 'half_open', [CircuitState.Isolated]: 'open',
}

export function createResilience({ name, timeout_ms, retries, breaker, bulkhead: { calls, queue }, isFailure }: ResilienceOptions): Resilience {
  const failure = handleWhen((error) => error instanceof TaskCancelledError || isFailure(error))
  const circuit = circuitBreaker(failure, { halfOpenAfter: breaker.open_ms, breaker: new ConsecutiveBreaker(breaker.failures) })
  const again = retry(failure, { maxAttempts: retries, backoff: new ExponentialBackoff({ initialDelay: firstPause_ms, maxDelay: longestPause_ms }) })
  const policy = wrap(bulkhead(calls, queue), again, circuit, timeout(timeout_ms, TimeoutStrategy.Aggressive))
  return {
    circuit: () => circuits[circuit.state],
    async run(call, signal) {
      try {
        return await policy.execute(({ signal: until }) => call(until), signal)
      } catch (cause) {
        if (cause instanceof BulkheadRejectedError) throw new Unavailable(`calling ${name}: ${calls} calls are under way and ${queue} wait`, { cause, code: 'overloaded' })
        if (cause instanceof BrokenCircuitError) throw new Unavailable(`calling ${name}: it has not answered ${breaker.failures} times in a row, and is left alone for ${breaker.open_ms} ms`, { cause })
        if (cause instanceof TaskCancelledError) throw new Unavailable(`calling ${name}: no answer within ${timeout_ms} ms`, { cause })
        throw cause
      }
    },
  }
}
