import { expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { decide, evolve, mostProfiles, usual, type Profile, type ProfileCommand, type ProfileFields } from './profile.ts'

const add = (fields: Partial<ProfileFields> = {}, profiles = 0): ProfileCommand => ({
  do: 'add',
  profile_id: 'P',
  account_id: 'A',
  fields: { name: 'Ada', language: 'en', kids: false, ...usual(fields.kids ?? false), ...fields },
  account_exists: true,
  profiles,
  now_us: 5_000,
})
const revise = (changes: Partial<ProfileFields>, guarded = false): ProfileCommand => ({ do: 'revise', changes, guarded, now_us: 9_000 })
function given(...commands: readonly ProfileCommand[]): Profile | undefined {
  return commands.reduce<Profile | undefined>((profile, command) => {
    const decision = decide(profile, command)
    if (isRefusal(decision)) throw new Error(decision.code)
    return decision.reduce(evolve, profile)
  }, undefined)
}

test('a profile is added to an account', () => {
  expect(given(add())).toMatchObject({ profile_id: 'P', account_id: 'A', name: 'Ada', avatar: 'reel', maturity_limit: 18, version: 5_000 })
  expect(decide(undefined, { ...add(), account_exists: false } as ProfileCommand)).toMatchObject({ code: 'unknown_account', field: 'account_id' })
})
test('an account has eight at most', () => {
  expect(given(add({}, mostProfiles - 1))).toBeDefined()
  expect(decide(undefined, add({}, mostProfiles))).toMatchObject({ code: 'too_many_profiles' })
})
test('a revision changes what it names; a name that stayed is not sealed anew', () => {
  expect(decide(given(add()), revise({ avatar: 'cat', name: 'Ada' }))).toEqual([
    { type: 'ProfileRevised', language: 'en', kids: false, avatar: 'cat', maturity_limit: 18, version: 9_000 },
  ])
  expect(given(add(), revise({ name: 'Lovelace' }))).toMatchObject({ name: 'Lovelace', language: 'en', version: 9_000 })
  expect(decide(given(add()), revise({ kids: false, maturity_limit: 18 }))).toEqual([])
})
test('a profile for kids is limited to twelve, and becomes so by itself', () => {
  expect(given(add({ kids: true }))).toMatchObject({ maturity_limit: 12 })
  expect(given(add(), revise({ kids: true }))).toMatchObject({ kids: true, maturity_limit: 12 })
  expect(given(add({ maturity_limit: 7 }), revise({ kids: true }))).toMatchObject({ maturity_limit: 7 })
  for (const decision of [decide(undefined, add({ kids: true, maturity_limit: 16 })), decide(given(add({ kids: true })), revise({ maturity_limit: 16 }))])
    expect(decision).toMatchObject({ code: 'too_mature_for_kids', field: 'maturity_limit' })
})
test('where there is a PIN, it is needed to raise the limit and to leave kids, and for nothing else', () => {
  const limited = given(add({ maturity_limit: 12 }))
  const kids = given(add({ kids: true }))
  for (const decision of [decide(limited, revise({ maturity_limit: 16 }, true)), decide(kids, revise({ kids: false }, true))])
    expect(decision).toMatchObject({ code: 'pin_needed', field: 'pin' })
  expect(given(add({ maturity_limit: 12 }), revise({ maturity_limit: 16 }))).toMatchObject({ maturity_limit: 16 })
  expect(given(add({ maturity_limit: 12 }), revise({ maturity_limit: 7, kids: true, name: 'Eve' }, true))).toMatchObject({ maturity_limit: 7, kids: true })
})
test('a profile is removed where it is, in the version named', () => {
  expect(given(add(), { do: 'remove', now_us: 9 })).toBeUndefined()
  expect(decide(undefined, { do: 'remove', now_us: 9 })).toMatchObject({ code: 'profile_not_found' })
  expect(decide(given(add()), { do: 'remove', expected: [1], now_us: 9 })).toMatchObject({ code: 'version_mismatch' })
})
