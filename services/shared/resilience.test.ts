import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Refused, Unavailable } from './errors.ts'
import { createResilience, type ResilienceOptions } from './resilience.ts'
import { processRegistry } from './telemetry.ts'

class Down extends Error {}
const down = async (): Promise<never> => { throw new Down('no answer') }
const refused = async (): Promise<never> => { throw new Refused({ code: 'title_not_found', message: 'no title has this id' }) }
const never = (): Promise<never> => new Promise(() => undefined)

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

const policy = (some: Partial<ResilienceOptions> = {}) => createResilience({
  name: 'upstream', timeout_ms: 1_000, retries: 2, breaker: { failures: 3, open_ms: 2_000 }, bulkhead: { calls: 2, queue: 1 },
  isFailure: (error) => error instanceof Down, ...some,
})
/** What becomes of a promise while time passes. */
async function settled<T>(promise: Promise<T>): Promise<T | Error> {
  const outcome = promise.catch((error: unknown) => error as Error)
  await vi.advanceTimersByTimeAsync(20_000)
  return outcome
}

describe('retries', () => {
  test('give a call that failed another chance, after a pause', async () => {
    const call = vi.fn<(signal: AbortSignal) => Promise<string>>().mockImplementationOnce(down).mockResolvedValue('answer')
    const made = policy().run(call)
    await vi.advanceTimersByTimeAsync(0)
    expect(call).toHaveBeenCalledTimes(1)
    expect([await settled(made), call.mock.calls.length]).toEqual(['answer', 2])
  })

  test('end after as many attempts as were allowed, with what was thrown last', async () => {
    const call = vi.fn<() => Promise<never>>(down)
    expect(await settled(policy({ breaker: { failures: 9, open_ms: 1 } }).run(call))).toBeInstanceOf(Down)
    expect(call).toHaveBeenCalledTimes(3)
  })

  test('are not made for who has left, and their leaving is no failure of the other side, however failures are told', async () => {
    const upstream = policy({ isFailure: () => true, bulkhead: { calls: 10, queue: 0 } })
    const leaving = new AbortController()
    const call = vi.fn<(signal: AbortSignal) => Promise<never>>(never)
    const made = Promise.all(Array.from({ length: 10 }, () => upstream.run(call, leaving.signal).catch((error: unknown) => error as Error)))
    await vi.advanceTimersByTimeAsync(10)
    leaving.abort()
    for (const error of await made) expect(error).toMatchObject({ message: 'calling upstream: whoever asked has left' })
    await vi.advanceTimersByTimeAsync(1_000)
    expect([upstream.circuit(), call.mock.calls.length]).toEqual(['closed', 10])
  })

  test('are not made of what must not be done twice', async () => {
    const call = vi.fn<() => Promise<never>>(down)
    await settled(policy().once(call))
    expect(call).toHaveBeenCalledTimes(1)
  })

  test('are not made of a refusal, which is an answer', async () => {
    const call = vi.fn<() => Promise<never>>(refused)
    expect(await settled(policy().run(call))).toMatchObject({ code: 'title_not_found' })
    expect(call).toHaveBeenCalledTimes(1)
  })

  test('end when the caller leaves, without waiting for the pause to be over', async () => {
    const leaving = new AbortController()
    const call = vi.fn<() => Promise<never>>(down)
    const made = policy().run(call, leaving.signal).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(0)
    leaving.abort()
    expect(await made).toMatchObject({ code: 'store_unavailable', message: 'calling upstream: whoever asked has left' })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(call).toHaveBeenCalledTimes(1)
  })
})

describe('the time of an attempt', () => {
  test('is bounded, and the call is told to stop', async () => {
    const signals: AbortSignal[] = []
    const outcome = await settled(policy({ retries: 0 }).run((signal) => { signals.push(signal); return never() }))
    expect(outcome).toMatchObject({ code: 'store_unavailable', message: 'calling upstream: no answer within 1000 ms' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  test('that is over counts as a failure', async () => {
    const upstream = policy({ retries: 0 })
    for (const _ of [1, 2, 3]) await settled(upstream.run(never))
    expect(upstream.circuit()).toBe('open')
  })
})

describe('the circuit', () => {
  const broken = async () => {
    const upstream = policy({ retries: 0 })
    for (const _ of [1, 2, 3]) await upstream.run(down).catch(() => undefined)
    return upstream
  }

  test('opens after failures in a row; then nobody is called', async () => {
    const upstream = await broken()
    const call = vi.fn<() => Promise<string>>(async () => 'answer')
    await expect(upstream.run(call)).rejects.toBeInstanceOf(Unavailable)
    expect([upstream.circuit(), call.mock.calls.length]).toEqual(['open', 0])
  })

  test('stays closed where a refusal comes between failures: who refuses is there', async () => {
    const upstream = policy({ retries: 0 })
    for (const call of [down, down, refused, down, down]) await upstream.run(call).catch(() => undefined)
    expect(upstream.circuit()).toBe('closed')
  })

  test('lets one call try after a while, and closes when that is answered', async () => {
    const upstream = await broken()
    await vi.advanceTimersByTimeAsync(2_000)
    const answer = Promise.withResolvers<string>()
    const trial = upstream.run(() => answer.promise)
    await vi.advanceTimersByTimeAsync(0)
    expect(upstream.circuit()).toBe('half_open')
    const second = vi.fn<() => Promise<string>>(async () => 'second')
    const waiting = upstream.run(second)
    await vi.advanceTimersByTimeAsync(0)
    expect(second).not.toHaveBeenCalled()
    answer.resolve('first')
    expect([await trial, await waiting, upstream.circuit()]).toEqual(['first', 'second', 'closed'])
  })

  test('opens again when the trial fails', async () => {
    const upstream = await broken()
    await vi.advanceTimersByTimeAsync(2_000)
    await upstream.run(down).catch(() => undefined)
    expect(upstream.circuit()).toBe('open')
  })

  test('is not opened by callers who leave, nor closed by a trial that nobody waited for', async () => {
    const leave = async (upstream: ReturnType<typeof policy>): Promise<void> => {
      const leaving = new AbortController()
      const made = upstream.run(never, leaving.signal).catch(() => undefined)
      await vi.advanceTimersByTimeAsync(0)
      leaving.abort()
      await made
      await vi.advanceTimersByTimeAsync(0)
    }
    const upstream = policy({ retries: 0 })
    for (const _ of [1, 2, 3, 4]) await leave(upstream)
    expect(upstream.circuit()).toBe('closed')
    const away = await broken()
    await vi.advanceTimersByTimeAsync(2_000)
    await leave(away)
    expect(away.circuit()).toBe('open')
  })

  test('is shared by calls that are repeated and calls that are not, and told to Prometheus', async () => {
    const upstream = policy({ name: 'told' })
    for (const _ of [1, 2, 3]) await upstream.once(down).catch(() => undefined)
    await expect(upstream.run(async () => 'answer')).rejects.toBeInstanceOf(Unavailable)
    const text = await processRegistry.metrics()
    expect(text).toContain('cdlc_circuit_state{called="told",state="open"} 1')
    expect(text).toContain('cdlc_circuit_breaks_total{called="told"} 1')
    expect(text).toContain('cdlc_calls_refused_total{called="told",reason="circuit"} 1')
  })
})

describe('the bulkhead', () => {
  test('makes calls wait for their turn, and refuses what nobody can wait for', async () => {
    const upstream = policy()
    const held = [Promise.withResolvers<string>(), Promise.withResolvers<string>()]
    const calls = held.map(({ promise }) => upstream.run(() => promise))
    const third = vi.fn<() => Promise<string>>(async () => 'third')
    const waiting = upstream.run(third)
    await expect(upstream.run(async () => 'fourth')).rejects.toMatchObject({ code: 'overloaded' })
    expect(third).not.toHaveBeenCalled()
    for (const { resolve } of held) resolve('done')
    expect(await Promise.all([...calls, waiting])).toEqual(['done', 'done', 'third'])
  })

  test('lets whoever waits leave before their turn', async () => {
    const upstream = policy()
    const held = Promise.withResolvers<string>()
    const calls = [1, 2].map(() => upstream.run(() => held.promise))
    const leaving = new AbortController()
    const third = vi.fn<() => Promise<string>>(async () => 'third')
    const waiting = upstream.run(third, leaving.signal)
    leaving.abort()
    await expect(waiting).rejects.toMatchObject({ message: 'calling upstream: whoever asked has left' })
    held.resolve('done')
    await Promise.all(calls)
    expect(third).not.toHaveBeenCalled()
  })
})
