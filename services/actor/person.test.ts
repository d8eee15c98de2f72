import { expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { decide, evolve, type Person, type PersonCommand } from './person.ts'

const fields = { name: 'Al Pacino', born_on: '1940-04-25', died_on: null, birthplace: null, biography: null }
const add: PersonCommand = { do: 'add', person: { ...fields, person_id: 'P', source_ref: null }, now_us: 5_000 }
function given(...commands: readonly PersonCommand[]): Person | undefined {
  return commands.reduce<Person | undefined>((person, command) => {
    const decision = decide(person, command)
    if (isRefusal(decision)) throw new Error(decision.code)
    return decision.reduce(evolve, person)
  }, undefined)
}

test('a person is added once', () => {
  expect(given(add)).toMatchObject({ ...fields, version: 5_000, created_at: 5 })
  expect(decide(given(add), add)).toEqual([])
})
test('a revision keeps what it does not name, and clears what it names null', () => {
  expect(given(add, { do: 'revise', changes: { born_on: null, biography: 'x' }, now_us: 4 })).toMatchObject({
    name: 'Al Pacino',
    born_on: null,
    biography: 'x',
    version: 5_001,
  })
})
test('a revision to what is there already is none', () => {
  expect(decide(given(add), { do: 'revise', changes: fields, now_us: 9 })).toEqual([])
})
test('nobody dies before their birth', () => {
  expect(decide(undefined, { ...add, person: { ...add.person, died_on: '1940-04-24' } })).toMatchObject({
    code: 'dates_out_of_order',
    field: 'died_on',
  })
  expect(decide(given(add), { do: 'revise', changes: { died_on: '1900-01-01' }, now_us: 9 })).toMatchObject({ code: 'dates_out_of_order' })
  expect(given({ ...add, person: { ...add.person, died_on: '1940-04-25' } })).toBeDefined()
})
test('a person with credits stays', () => {
  expect(decide(given(add), { do: 'remove', credits: 1, now_us: 9 })).toMatchObject({ code: 'person_has_credits' })
  expect(given(add, { do: 'remove', credits: 0, now_us: 9 })).toBeUndefined()
})
test('changes need the person, and the version the writer names', () => {
  expect(decide(undefined, { do: 'remove', credits: 0, now_us: 9 })).toMatchObject({ code: 'person_not_found' })
  expect(decide(given(add), { do: 'revise', changes: { name: 'x' }, expected: [1], now_us: 9 })).toMatchObject({ code: 'version_mismatch' })
})
