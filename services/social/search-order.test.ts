import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ordered, type Candidate } from './search-order.ts'

const called = (name: string, weight = 0, other_name: string | null = null): Candidate => ({ id: `${name}-${weight}`, name, other_name, weight })
const names = (q: string, candidates: readonly Candidate[], limit = 9): readonly string[] => ordered(q, candidates, limit).map(({ name }) => name)

test('what is called so comes first, then what begins so, then what has words that begin so, then what is spelt alike', () => {
  const all = [called('Dead Heat', 900), called('Haet', 999), called('Heathers', 500), called('Heat', 1), called('The Heat', 2)]
  expect(names('heat', all)).toEqual(['The Heat', 'Heat', 'Heathers', 'Dead Heat', 'Haet'])
  expect(names('Heat ', all, 2)).toEqual(['The Heat', 'Heat'])
})

test('of what is as near, what more have rated comes first, then by name', () => {
  expect(names('st', [called('Stand by Me', 5), called('Stargate', 7), called('Stalker', 5)])).toEqual(['Stargate', 'Stalker', 'Stand by Me'])
})

test('words may stand in any order, together or apart, and under another name in another script', () => {
  expect(names('lucas geo', [called('Lucas Black', 9), called('George Lucas')])).toEqual(['George Lucas', 'Lucas Black'])
  expect(names('starw', [called('Stark Raving Mad', 9), called('Star Wars')])).toEqual(['Star Wars', 'Stark Raving Mad'])
  expect(names('сталк', [called('Stargate', 9), called('The Zone', 0, 'Сталкер')])).toEqual(['The Zone', 'Stargate'])
  expect(names('tarkov', [called('Star', 9), called('Андрей Тарковский')])).toEqual(['Андрей Тарковский', 'Star'])
})

test('the order is that of the candidates alone, not of how they came', () => {
  const one = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), name: fc.constantFrom('Heat', 'The Heat', 'Heathers', 'Haet'), other_name: fc.constant(null), weight: fc.constantFrom(0, 1) })
  const some = fc.array(one, { maxLength: 8 })
  fc.assert(fc.property(some, (candidates) => {
    const all = ordered('heat', candidates, 8)
    expect(ordered('heat', candidates.toReversed(), 8)).toEqual(all)
    expect(ordered('heat', candidates, 3)).toEqual(all.slice(0, 3))
  }))
})
