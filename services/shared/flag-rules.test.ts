import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketOf, buckets, evaluate, flagProblem, type Flag } from './flag-rules.ts'

const flag = (some: Partial<Flag> = {}): Flag => ({ enabled: true, variants: { on: true, off: false }, default: 'off', off: 'off', ...some })
const rule = (operator: 'in' | 'not_in' | 'starts_with' | 'ends_with' | 'less' | 'greater', ...values: (string | number | boolean)[]): Flag =>
  flag({ rules: [{ attribute: 'country', operator, values, variant: 'on' }] })
const rollout = (share: number, salt = 'trending'): Flag => flag({ rollout: { salt, shares: [{ variant: 'on', buckets: share }] } })
const people = Array.from({ length: 20_000 }, (_, index) => `person-${index}`)

describe('a flag', () => {
  test('that is not enabled gives what it is off, whoever asks', () => {
    expect(evaluate(flag({ enabled: false, default: 'on', rules: [{ attribute: 'country', operator: 'in', values: ['DE'], variant: 'on' }] }), { country: 'DE' }, 'a')).toEqual({ variant: 'off', value: false, reason: 'DISABLED' })
  })
  test('without rules is the same for all', () => {
    expect(evaluate(flag(), {}, undefined)).toEqual({ variant: 'off', value: false, reason: 'STATIC' })
  })
  test('whose rules match nobody gives its default', () => {
    expect(evaluate(rule('in', 'DE'), { country: 'FR' }, 'a')).toMatchObject({ variant: 'off', reason: 'DEFAULT' })
  })
  test('goes by the first rule that matches, before any roll-out', () => {
    const both = { ...rollout(0), rules: [{ attribute: 'country', operator: 'in' as const, values: ['DE'], variant: 'on' }, { attribute: 'country', operator: 'in' as const, values: ['DE'], variant: 'off' }] }
    expect(evaluate(both, { country: 'DE' }, undefined)).toEqual({ variant: 'on', value: true, reason: 'TARGETING_MATCH' })
  })
  test.each([
    ['in', rule('in', 'DE', 'AT'), 'AT', true], ['in', rule('in', 'DE'), 'FR', false], ['in, of another type', rule('in', 1), '1', false],
    ['not in', rule('not_in', 'DE'), 'FR', true], ['not in', rule('not_in', 'DE'), 'DE', false], ['not in, of nothing', rule('not_in', 'DE'), undefined, false],
    ['starts with', rule('starts_with', 'D', 'A'), 'DE', true], ['starts with', rule('starts_with', 'E'), 'DE', false], ['starts with, of a number', rule('starts_with', '1'), 12, false],
    ['ends with', rule('ends_with', 'E'), 'DE', true], ['ends with', rule('ends_with', 'D'), 'DE', false],
    ['less', rule('less', 5), 4, true], ['less', rule('less', 5), 5, false], ['greater', rule('greater', 5), 6, true], ['greater', rule('greater', 5), '6', false],
  ])('with the rule %s', (_name, one, country, holds) => {
    expect(evaluate(one, { country }, 'a')).toMatchObject({ value: holds })
  })
  test.each([
    ['a default that is no variant', flag({ default: 'maybe' }), 'default'],
    ['a rule for no variant', flag({ rules: [{ attribute: 'a', operator: 'in', values: [1], variant: 'maybe' }] }), 'rules.0.variant'],
    ['variants of several types', flag({ variants: { on: true, off: 'no' } }), 'variants'],
    ['more than all buckets', flag({ rollout: { salt: 's', shares: [{ variant: 'on', buckets: 60_000 }, { variant: 'off', buckets: 60_000 }] } }), 'rollout.shares'],
    ['a comparison with a word', rule('less', 'five'), 'rules.0.values'],
    ['a name that every object has', flag({ default: 'constructor' }), 'default'],
  ])('with %s is none', (_name, one, field) => {
    expect(flagProblem(one)).toMatchObject({ field })
  })
})

describe('a roll-out', () => {
  test('needs somebody to deal a bucket to', () => {
    expect([evaluate(rollout(5), {}, undefined), evaluate(rollout(5), {}, '')]).toEqual(['targeting_key_missing', 'targeting_key_missing'])
  })
  test('deals the buckets that it always dealt: they are part of the contract', () => {
    expect(people.slice(0, 3).map((one) => bucketOf('trending', one))).toEqual([85_587, 18_700, 9_369])
  })
  test('has as many buckets as it says, from 0 on: the one after the last is not among them', () => {
    const isOn = (share: number): unknown => (evaluate(rollout(share), {}, 'person-0') as { value: unknown }).value
    expect([isOn(85_587), isOn(85_588), isOn(0), isOn(buckets)]).toEqual([false, true, false, true])
  })
  test('reaches as many as it says, within what chance allows', () => {
    for (const share of [1_000, 10_000, 50_000, 90_000]) {
      const [expected, reached] = [people.length * share / buckets, people.filter((one) => evaluate(rollout(share), {}, one) !== 'targeting_key_missing' && (evaluate(rollout(share), {}, one) as { variant: string }).variant === 'on').length]
      // five standard deviations of a binomial distribution; the people are always the same
      expect(Math.abs(reached - expected)).toBeLessThan(5 * Math.sqrt(expected * (1 - share / buckets)))
    }
  })
  test('that grows keeps everybody it had', () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }), fc.nat(buckets), fc.nat(buckets), (somebody, a, b) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)]
      const isOn = (share: number): boolean => (evaluate(rollout(share), {}, somebody) as { value: unknown }).value === true
      expect(isOn(less) && !isOn(more)).toBe(false)
    }))
  })
  test('with another salt is another lot', () => {
    const both = people.filter((one) => bucketOf('a', one) < 10_000 && bucketOf('b', one) < 10_000).length
    expect(Math.abs(both - people.length / 100)).toBeLessThan(5 * Math.sqrt(people.length / 100))
  })
  test('gives each share its own buckets, and the rest the default', () => {
    const three = flag({ variants: { a: 'a', b: 'b', c: 'c' }, default: 'c', off: 'c', rollout: { salt: 's', shares: [{ variant: 'a', buckets: 30_000 }, { variant: 'b', buckets: 30_000 }] } })
    for (const one of people.slice(0, 500)) {
      const bucket = bucketOf('s', one)
      expect(evaluate(three, {}, one)).toMatchObject({ variant: bucket < 30_000 ? 'a' : bucket < 60_000 ? 'b' : 'c', reason: 'SPLIT' })
    }
  })
})
