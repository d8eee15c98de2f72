import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openBloomFilter } from './bloom.ts'

test('what was added is there, whatever it is', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(3), fc.string({ unit: 'binary' })), { maxLength: 200 }), (added) => {
    const filter = openBloomFilter()
    for (const [kind, text] of added) filter.add(kind, text)
    for (const [kind, text] of added) expect(filter.has(kind, text)).toBe(true)
  }))
})

test('an empty one has nothing', () => {
  fc.assert(fc.property(fc.nat(3), fc.string(), (kind, text) => { expect(openBloomFilter().has(kind, text)).toBe(false) }))
})

test('of strings that were not added few look so: with 500,000 in it fewer than one in a hundred', () => {
  const filter = openBloomFilter()
  for (let i = 0; i < 500_000; i++) filter.add(i % 2, `t${i}:p${i * 7}`)
  let wrong = 0
  for (let i = 0; i < 20_000; i++) if (filter.has(i % 2, `t${i + 500_000}:p${i}`)) wrong++
  expect(wrong).toBeLessThan(200)
})

test('kinds are told apart', () => {
  const filter = openBloomFilter()
  filter.add(0, 'a')
  expect([filter.has(0, 'a'), filter.has(1, 'a')]).toEqual([true, false])
})
