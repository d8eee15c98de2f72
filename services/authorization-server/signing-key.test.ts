import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide, evolve, nextChange, published, rotationTimes, type KeyTimes } from './signing-key.ts'

const times = { every_ms: 1_000, lead_ms: 30, kept_ms: 200 }
const generations = (keys: readonly KeyTimes[]): readonly number[] => keys.map(({ generation }) => generation)

describe('a signing key', () => {
  test('is made at the first start, and signs at once: nobody has another', () => {
    expect(decide([], { now: 5, wished: false }, times)).toEqual([{ type: 'KeyAdded', generation: 1, signs_from: 5 }])
  })
  test('is replaced when it is old, or when somebody wishes it, and then signs after everybody has had time to fetch it', () => {
    const keys = [{ generation: 1, signs_from: 0 }]
    expect(decide(keys, { now: 999, wished: false }, times)).toEqual([])
    expect(decide(keys, { now: 1_000, wished: false }, times)).toEqual([{ type: 'KeyAdded', generation: 2, signs_from: 1_030 }])
    expect(decide(keys, { now: 10, wished: true }, times)).toEqual([{ type: 'KeyAdded', generation: 2, signs_from: 40 }])
  })
  test('that is to come is not overtaken by another', () => {
    expect(decide([{ generation: 1, signs_from: 0 }, { generation: 2, signs_from: 40 }], { now: 20, wished: true }, times)).toEqual([])
  })
  test('is published before it signs, and after, until the last token that it signed has died', () => {
    const keys = [{ generation: 1, signs_from: 0 }, { generation: 2, signs_from: 40 }]
    expect([20, 39, 40, 239, 240].map((now) => generations(published(keys, now, times)))).toEqual([[1, 2], [1, 2], [2, 1], [2, 1], [2]])
    expect([0, 40, 240].map((now) => nextChange(keys, now, times))).toEqual([40, 240, Infinity])
  })
  test('that signed a token is published for the whole life of the token, however keys are rotated', () => {
    fc.assert(fc.property(fc.array(fc.record({ after: fc.integer({ min: 0, max: 400 }), wished: fc.boolean() }), { minLength: 1, maxLength: 30 }), (steps) => {
      let keys: readonly KeyTimes[] = []
      let now = 0
      const signed: { readonly generation: number; readonly at: number }[] = []
      for (const { after, wished } of steps) {
        now += after
        for (const event of decide(keys, { now, wished }, times)) keys = evolve(keys, event)
        const live = published(keys, now, times)
        for (const { generation, at } of signed) if (now - at < times.kept_ms) expect(generations(live)).toContain(generation)
        const [signing] = live
        expect(signing?.signs_from).toBeLessThanOrEqual(now)
        signed.push({ generation: signing?.generation ?? 0, at: now })
      }
    }))
  })
  test('outlives every token by far: ten minutes of life against a day', () => {
    expect(rotationTimes.kept_ms).toBeGreaterThan(600_000)
  })
})
