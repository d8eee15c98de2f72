/** Accounts in MySQL; what tells a person is sealed on the way in and opened on the way out. Without its key an account is no account. */
import type { Sql } from '../shared/mysql.ts'
import type { Keyed, Vault } from '../shared/personal-data.ts'
import { instantOf } from '../shared/clock.ts'
import type { Account, AccountEvent } from './account.ts'

interface Stored {
  readonly account_id: string
  readonly email_sealed: Buffer
  readonly country: string | null
  readonly version: number
  readonly created_at: Date
  readonly updated_at: Date
  readonly key_wrapped: Buffer
}
export interface KeyedAccount {
  readonly account: Account
  readonly key: Keyed
}

async function load(sql: Sql, vault: Vault, where: string, value: string | Uint8Array, lock: string): Promise<KeyedAccount | undefined> {
  const [row] = await sql.rows<Stored>(
    'SELECT a.account_id, a.email_sealed, a.country, a.version, a.created_at, a.updated_at, k.key_wrapped ' +
      `FROM accounts a JOIN account_keys k ON k.account_id = a.account_id WHERE a.${where} = ? ${lock}`,
    [value],
  )
  if (row === undefined) return undefined
  const { account_id, country, version } = row
  const key = { account_id, key_wrapped: row.key_wrapped }
  const email = vault.open(key, 'email', row.email_sealed)
  return {
    key,
    account: { account_id, email, country, version, created_at: row.created_at.getTime(), updated_at: row.updated_at.getTime() },
  }
}

/** The account, locked until the transaction ends. */
export const lockAccount = (sql: Sql, vault: Vault, account_id: string): Promise<KeyedAccount | undefined> =>
  load(sql, vault, 'account_id', account_id, 'FOR UPDATE')
/** The account of an e-mail address, locked. */
export const lockAccountOf = (sql: Sql, vault: Vault, email: string): Promise<KeyedAccount | undefined> =>
  load(sql, vault, 'email_index', vault.emailIndex(email), 'FOR UPDATE')
/** The same without a lock. */
export const readAccountOf = async (sql: Sql, vault: Vault, email: string): Promise<Account | undefined> =>
  (await load(sql, vault, 'email_index', vault.emailIndex(email), ''))?.account
/** The account with its key, without a lock. */
export const readKeyed = (sql: Sql, vault: Vault, account_id: string): Promise<KeyedAccount | undefined> =>
  load(sql, vault, 'account_id', account_id, '')
export const readAccount = async (sql: Sql, vault: Vault, account_id: string): Promise<Account | undefined> =>
  (await readKeyed(sql, vault, account_id))?.account

/** Writes an account's events; `key` is the account's own where there is one already. */
export async function append(
  sql: Sql,
  vault: Vault,
  account_id: string,
  key: Keyed | undefined,
  events: readonly AccountEvent[],
): Promise<void> {
  for (const event of events) {
    if (event.type === 'AccountOpened') {
      const { account } = event
      const fresh = { account_id, key_wrapped: vault.newKey(account_id) }
      await sql.run(
        'INSERT INTO accounts (account_id, email_sealed, email_index, country, version, created_at, updated_at) ' +
          'VALUES (?, ?, ?, ?, ?, ?, ?)',
        [
          account_id,
          vault.seal(fresh, 'email', account.email),
          vault.emailIndex(account.email),
          account.country,
          account.version,
          new Date(account.created_at),
          new Date(account.updated_at),
        ],
      )
      await sql.run('INSERT INTO account_keys (account_id, key_wrapped) VALUES (?, ?)', [account_id, fresh.key_wrapped])
    } else {
      const [email_sealed, email_index] =
        event.email === undefined || key === undefined
          ? [null, null]
          : [vault.seal(key, 'email', event.email), vault.emailIndex(event.email)]
      await sql.run(
        'UPDATE accounts SET country = ?, email_sealed = COALESCE(?, email_sealed), email_index = COALESCE(?, email_index), ' +
          'version = ?, updated_at = ? WHERE account_id = ?',
        [event.country, email_sealed, email_index, event.version, new Date(instantOf(event.version)), account_id],
      )
    }
  }
}
