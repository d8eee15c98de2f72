import fc from 'fast-check'
import { expect, test } from 'vitest'
import { share } from './assigner.ts'

const sizes = (shares: ReadonlyMap<string, readonly number[]>): readonly number[] => [...shares.values()].map((mine) => mine.length)
const groups = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 40 })).chain(([members, partitions]) => fc.tuple(
  fc.constant(partitions), fc.array(fc.array(fc.nat(45), { maxLength: 20 }), { minLength: members, maxLength: members })))

test('every partition has one owner, and shares differ by one at most, whatever members say they had', () => {
  fc.assert(fc.property(groups, ([partitions, had]) => {
    const shares = share(new Map(had.map((numbers, i) => [`m${i}`, numbers])), partitions)
    expect([...shares.values()].flat().sort((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, i) => i))
    expect(Math.max(...sizes(shares)) - Math.min(...sizes(shares))).toBeLessThanOrEqual(1)
  }), { numRuns: 1_000 })
})

test('a member that joins or leaves moves no more partitions than its share', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 }), fc.boolean(), (members, partitions, joins) => {
    const before = share(new Map(Array.from({ length: members + (joins ? 0 : 1) }, (_, i) => [`m${i}`, []])), partitions)
    const after = share(new Map(Array.from({ length: members + (joins ? 1 : 0) }, (_, i) => [`m${i}`, before.get(`m${i}`) ?? []])), partitions)
    const moved = [...after].reduce((sum, [id, mine]) => sum + mine.filter((partition) => !before.get(id)?.includes(partition)).length, 0)
    expect(moved).toBeLessThanOrEqual(Math.ceil(partitions / (members + 1)))
  }), { numRuns: 1_000 })
})

test('members that nobody knows share by their ids', () => {
  expect([...share(new Map([['b', []], ['a', []]]), 5)]).toEqual([['a', [0, 1, 4]], ['b', [2, 3]]])
})

test('a member that joins three takes one partition of those that have two', () => {
  const shares = share(new Map([['a', [0, 1]], ['b', [2, 3]], ['c', [4, 5]], ['d', []]]), 6)
  expect([...shares]).toEqual([['a', [0, 1]], ['b', [2, 3]], ['c', [4]], ['d', [5]]])
})
