import { expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { decide, evolve, type Account, type AccountCommand } from './account.ts'

const open: AccountCommand = {
  do: 'open',
  account_id: 'A',
  fields: { email: 'ada@example.org', country: 'GB' },
  holder: undefined,
  now_us: 5_000,
}
function given(...commands: readonly AccountCommand[]): Account | undefined {
  return commands.reduce<Account | undefined>((account, command) => {
    const decision = decide(account, command)
    if (isRefusal(decision)) throw new Error(decision.code)
    return decision.reduce(evolve, account)
  }, undefined)
}

test('an account is opened with an address nobody has', () => {
  expect(given(open)).toMatchObject({ account_id: 'A', email: 'ada@example.org', country: 'GB', version: 5_000 })
  expect(decide(undefined, { ...open, holder: 'B' })).toMatchObject({ code: 'email_taken', field: 'email' })
})
test('the refusal does not tell who has it', () => {
  expect(JSON.stringify(decide(undefined, { ...open, holder: 'HOLDER' }))).not.toContain('HOLDER')
})
test("an address may change to a free one; one's own is free", () => {
  const revise = { do: 'revise', changes: { email: 'a@example.org' }, now_us: 9_000 } as const
  expect(given(open, { ...revise, holder: undefined })).toMatchObject({ email: 'a@example.org', country: 'GB', version: 9_000 })
  expect(decide(given(open), { ...revise, holder: 'B' })).toMatchObject({ code: 'email_taken' })
  expect(decide(given(open), { ...revise, changes: { email: 'ADA@example.org' }, holder: 'A' })).toMatchObject([
    { type: 'AccountRevised', email: 'ADA@example.org' },
  ])
})
test('what did not change is not sealed anew', () => {
  expect(decide(given(open), { do: 'revise', changes: { country: null, email: 'ada@example.org' }, holder: 'A', now_us: 9 })).toEqual([
    { type: 'AccountRevised', country: null, version: 5_001 },
  ])
  expect(decide(given(open), { do: 'revise', changes: { country: 'GB' }, holder: undefined, now_us: 9 })).toEqual([])
})
test('an address too long to seal is refused', () => {
  const email = `${'é'.repeat(245)}@example.org`
  expect(decide(undefined, { ...open, fields: { email, country: null } })).toMatchObject({ code: 'invalid_request', field: 'email' })
})
test('changes need the account, and the version the writer names', () => {
  const revise = { do: 'revise', changes: { country: null }, holder: undefined, now_us: 9 } as const
  expect(decide(undefined, revise)).toMatchObject({ code: 'account_not_found' })
  expect(decide(given(open), { ...revise, expected: [1] })).toMatchObject({ code: 'version_mismatch' })
})
