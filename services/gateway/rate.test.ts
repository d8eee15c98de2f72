import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLimiter, type Lease } from './limiter.ts'
import { limitsFrom, take, usualLimits, type Limit } from './rate.ts'

const limit: Limit = { requests: 10, period_ms: 1_000 }
const second = 1_000_000

describe('the arithmetic', () => {
  test('grants all the room at once, then nothing, then one for each tenth of the period', () => {
    const all = take(limit, 0, second, 99)
    expect(all).toMatchObject({ granted: 10, remaining: 0, wait_us: 100_000, reset_us: second })
    expect(take(limit, all.tat, second, 1)).toMatchObject({ granted: 0, wait_us: 100_000 })
    expect(take(limit, all.tat, second + 99_999, 1).granted).toBe(0)
    expect(take(limit, all.tat, second + 100_000, 5)).toMatchObject({ granted: 1, remaining: 0 })
    expect(take(limit, all.tat, 2 * second, 99).granted).toBe(10)
  })
  test('lets nobody have more than the burst and what has flowed in since, however they ask', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 300_000 }), fc.integer({ min: 1, max: 20 })), { maxLength: 50 }), (asks) => {
      let [tat, now, granted] = [0, second, 0]
      for (const [pause, wanted] of asks) {
        now += pause
        const taken = take(limit, tat, now, wanted)
        expect(taken.granted).toBeLessThanOrEqual(wanted)
        ;[tat, granted] = [taken.tat, granted + taken.granted]
        expect(granted).toBeLessThanOrEqual(limit.requests + Math.floor((now - second) / 100_000) + 1)
      }
    }))
  })
})

describe('limits of the environment', () => {
  test('replace what they name', () => {
    expect(limitsFrom(undefined)).toBe(usualLimits)
    const { people, programs } = limitsFrom('{"read": 7, "programs": 9}')
    expect([people.read.requests, people.write, programs.requests]).toEqual([7, usualLimits.people.write, 9])
  })
  test.each(['x', '{"reads": 7}', '{"read": 0}', '{"read": "7"}', '{"read": 1.5}'])('%s is refused', (text) => { expect(() => limitsFrom(text)).toThrow('reading CDLC_RATE_LIMITS') })
})

/** A limiter over a Redis of its own, and a clock. */
function scene() {
  const state = { now: 1_000, away: false, leases: [] as number[] }
  const room = new Map<string, number>()
  const lease: Lease = async (key, of, wanted) => {
    if (state.away) throw new Error('away')
    state.leases.push(wanted)
    const taken = take(of, room.get(key) ?? 0, state.now * 1_000, wanted)
    room.set(key, taken.tat)
    return taken
  }
  return { state, limiter: createLimiter(lease, () => state.now), another: () => createLimiter(lease, () => state.now) }
}
const large: Limit = { requests: 1_000, period_ms: 1_000 }

describe('a limiter', () => {
  test('asks for more at a time of who asks much, so that most requests wait for nobody', async () => {
    const { state, limiter } = scene()
    let waited = 0
    for (let i = 0; i < 500; i++) {
      const verdict = limiter.take('a', large)
      if (verdict instanceof Promise) waited += 1
      expect((await verdict).allowed).toBe(true)
    }
    expect(state.leases).toEqual([1, 2, 4, 8, 16, 32, 64, 125, 125, 125])
    expect(waited).toBe(10)
  })
  test('takes one at a time of who asks seldom, so that nothing is lost to them', async () => {
    const { state, limiter } = scene()
    for (let i = 0; i < 5; i++) {
      await limiter.take('a', large)
      state.now += 1_001
    }
    expect(state.leases).toEqual([1, 1, 1, 1, 1])
  })
  test('refuses with the time to wait, asks nobody until then, and lets through again after it', async () => {
    const { state, limiter } = scene()
    const verdicts = await Promise.all(Array.from({ length: 15 }, () => limiter.take('a', limit)))
    expect(verdicts.filter(({ allowed }) => allowed).length).toBe(10)
    expect(verdicts.at(-1)).toMatchObject({ allowed: false, retry_after_s: 1, remaining: 0 })
    const asked = state.leases.length
    expect(limiter.take('a', limit)).toMatchObject({ allowed: false })
    expect(state.leases.length).toBe(asked)
    state.now += 101
    expect(await limiter.take('a', limit)).toMatchObject({ allowed: true })
  })
  test('counts each client by itself', async () => {
    const { limiter } = scene()
    for (let i = 0; i < 11; i++) await limiter.take('a', limit)
    expect(await limiter.take('b', limit)).toMatchObject({ allowed: true })
  })
  test('shares the room with other gateways: together they let through no more', async () => {
    const { limiter, another } = scene()
    const other = another()
    const verdicts = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? limiter : other).take('a', limit)))
    expect(verdicts.filter(({ allowed }) => allowed).length).toBeLessThanOrEqual(10)
  })
  test('goes by itself while Redis is away, within the same limit', async () => {
    const { state, limiter } = scene()
    state.away = true
    const verdicts = await Promise.all(Array.from({ length: 15 }, () => limiter.take('a', limit)))
    expect(verdicts.filter(({ allowed }) => allowed).length).toBe(10)
    expect(state.leases).toEqual([])
  })
})
