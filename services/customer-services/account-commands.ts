/** Opens and changes accounts, for the routes and for programs that come by gRPC. */
import { accepted } from '../shared/errors.ts'
import { newId, type Clock } from '../shared/clock.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'
import { append, lockAccount, lockAccountOf } from './account-store.ts'
import { decide, evolve, type Account, type AccountFields } from './account.ts'

/** The account of this address, and whether it was opened now. Throws Refused for an address that cannot be kept. */
export async function openAccount(
  { clock, vault }: { readonly clock: Clock; readonly vault: Vault },
  sql: Sql,
  fields: AccountFields,
): Promise<{ readonly account: Account; readonly opened: boolean }> {
  const holder = await lockAccountOf(sql, vault, fields.email)
  if (holder !== undefined) return { account: holder.account, opened: false }
  const now_us = clock.micros()
  const account_id = newId(now_us)
  const events = accepted(decide(undefined, { do: 'open', account_id, fields, holder: undefined, now_us }))
  await append(sql, vault, account_id, undefined, events)
  const account = events.reduce(evolve, undefined as Account | undefined)
  if (account === undefined) throw new Error(`opening account '${account_id}': it is not there after it was opened`)
  return { account, opened: true }
}

/** The account as it is after these changes. Throws Refused where they cannot be, or where it is at no version of `expected`. */
export async function reviseAccount(
  { clock, vault }: { readonly clock: Clock; readonly vault: Vault },
  sql: Sql,
  account_id: string,
  changes: Partial<AccountFields>,
  expected?: readonly number[],
): Promise<Account> {
  const locked = await lockAccount(sql, vault, account_id)
  const holder = changes.email === undefined ? undefined : (await lockAccountOf(sql, vault, changes.email))?.account.account_id
  clock.saw(locked?.account.version ?? 0)
  const events = accepted(decide(locked?.account, { do: 'revise', changes, holder, expected, now_us: clock.micros() }))
  await append(sql, vault, account_id, locked?.key, events)
  const account = events.reduce(evolve, locked?.account)
  if (account === undefined) throw new Error(`changing account '${account_id}': it is not there after it was changed`)
  return account
}
