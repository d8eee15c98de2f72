/** Opens accounts, for the routes and for programs that come by gRPC. */
import { accepted } from '../shared/errors.ts'
import { newId, type Clock } from '../shared/clock.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'
import { append, lockAccountOf } from './account-store.ts'
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
