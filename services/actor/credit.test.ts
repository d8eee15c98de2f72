import { expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { decide, evolve, type Credit, type CreditCommand } from './credit.ts'

const credit = {
  credit_id: 'C',
  title_id: 'T',
  person_id: 'P',
  role: 'cast',
  character_name: 'Vincent',
  credited_as: 'Al Pacino',
  billing: 1,
} as const
const add: CreditCommand = { do: 'add', credit, now_us: 5 }
function given(command: CreditCommand): Credit | undefined {
  const decision = decide(undefined, command)
  return isRefusal(decision) ? undefined : decision.reduce<Credit | undefined>(evolve, undefined)
}

test('a credit is added once', () => {
  expect(given(add)).toEqual({ ...credit, version: 5 })
  expect(decide(given(add), { ...add, credit: { ...credit, credit_id: 'other' } })).toEqual([])
})
test('the same part with another billing or spelling is another credit, and there is one already', () => {
  for (const change of [{ billing: 2 }, { credited_as: 'A. Pacino' }, { character_name: 'VINCENT' }]) {
    expect(decide(given(add), { do: 'add', credit: { ...credit, ...change }, now_us: 6 })).toMatchObject({ code: 'credit_exists' })
  }
})
test('a credit is removed where it is, in the version named', () => {
  expect(decide(given(add), { do: 'remove', now_us: 6 })).toEqual([{ type: 'CreditRemoved', version: 5 }])
  expect(decide(given(add), { do: 'remove', expected: [4], now_us: 6 })).toMatchObject({ code: 'version_mismatch' })
  expect(decide(undefined, { do: 'remove', now_us: 6 })).toMatchObject({ code: 'credit_not_found' })
})
