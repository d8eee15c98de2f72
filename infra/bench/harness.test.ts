import { expect, test } from 'vitest'
import { interleave, ratios, seeded, shuffled } from './harness.ts'

const items = [1, 2, 3, 4, 5, 6]

test('a seed gives the same numbers again, and another seed others', () => {
  const draw = (seed: number): readonly number[] => Array.from({ length: 5 }, seeded(seed))
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
  for (const number of draw(7)) expect(number).toBeGreaterThanOrEqual(0)
  for (const number of draw(7)) expect(number).toBeLessThan(1)
})

test('a shuffle keeps every item, leaves the list alone, and favours no place', () => {
  const random = seeded(1)
  const counts = items.map(() => 0)
  for (let i = 0; i < 6_000; i++) {
    const order = shuffled(items, random)
    expect([...order].sort()).toEqual(items)
    const place = order.indexOf(1)
    counts[place] = (counts[place] ?? 0) + 1
  }
  expect(items).toEqual([1, 2, 3, 4, 5, 6])
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150) // five standard deviations
})

test('every contestant has one turn in every round, and warm-ups do not count', async () => {
  const turns: string[] = []
  const take = (name: string) => async (round: number) => { turns.push(name); return `${name}${round}` }
  const results = await interleave({ a: take('a'), b: take('b'), c: take('c') }, { runs: 4, warmups: 2, seed: 3 }, () => {})
  expect(results).toEqual({ a: ['a2', 'a3', 'a4', 'a5'], b: ['b2', 'b3', 'b4', 'b5'], c: ['c2', 'c3', 'c4', 'c5'] })
  const rounds = Array.from({ length: 6 }, (_, round) => turns.slice(3 * round, 3 * round + 3))
  for (const round of rounds) expect([...round].sort()).toEqual(['a', 'b', 'c'])
  expect(new Set(rounds.map((round) => round.join(''))).size, 'orders').toBeGreaterThan(1)
})

test('a contestant that fails ends the bench', async () => {
  const fails = async (): Promise<number> => { throw new Error('no answer') }
  await expect(interleave({ fails }, { runs: 1, warmups: 0, seed: 1 }, () => {})).rejects.toThrow('no answer')
})

test('ratios are taken within a round', () => {
  expect(ratios([2, 30], [1, 10])).toEqual([2, 3])
})
