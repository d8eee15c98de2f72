import { expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { decide, evolve, type Profile, type ProfileCommand } from './profile.ts'

const add: ProfileCommand = {
  do: 'add',
  profile_id: 'P',
  account_id: 'A',
  fields: { name: 'Ada', language: 'en', kids: false },
  account_exists: true,
  now_us: 5_000,
}
function given(...commands: readonly ProfileCommand[]): Profile | undefined {
  return commands.reduce<Profile | undefined>((profile, command) => {
    const decision = decide(profile, command)
    if (isRefusal(decision)) throw new Error(decision.code)
    return decision.reduce(evolve, profile)
  }, undefined)
}

test('a profile is added to an account', () => {
  expect(given(add)).toMatchObject({ profile_id: 'P', account_id: 'A', name: 'Ada', version: 5_000 })
  expect(decide(undefined, { ...add, account_exists: false })).toMatchObject({ code: 'unknown_account', field: 'account_id' })
})
test('a revision changes what it names; a name that stayed is not sealed anew', () => {
  expect(decide(given(add), { do: 'revise', changes: { kids: true, name: 'Ada' }, now_us: 9 })).toEqual([
    { type: 'ProfileRevised', language: 'en', kids: true, version: 5_001 },
  ])
  expect(given(add, { do: 'revise', changes: { name: 'Lovelace' }, now_us: 9_000 })).toMatchObject({
    name: 'Lovelace',
    language: 'en',
    version: 9_000,
  })
  expect(decide(given(add), { do: 'revise', changes: { kids: false }, now_us: 9 })).toEqual([])
})
test('a profile is removed where it is, in the version named', () => {
  expect(given(add, { do: 'remove', now_us: 9 })).toBeUndefined()
  expect(decide(undefined, { do: 'remove', now_us: 9 })).toMatchObject({ code: 'profile_not_found' })
  expect(decide(given(add), { do: 'remove', expected: [1], now_us: 9 })).toMatchObject({ code: 'version_mismatch' })
})
