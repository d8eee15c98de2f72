/**
 * Erasing an account. Its key is destroyed in the transaction of the request: from then on there is no such account, and whatever was sealed
 * under the key, in tables, topics and the lake, is noise. A job then removes the rows, and each removal goes to the topics, so that views
 * lose them too. Every step may be repeated.
 */
import { randomBytes } from 'node:crypto'
import { Refused } from '../shared/errors.ts'
import { instantOf, newId, nextVersion, type Clock } from '../shared/clock.ts'
import type { Database, Sql } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'
import { lockAccount } from './account-store.ts'
import { addJob } from './job-store.ts'
import type { Handler } from './jobs.ts'
import { noAccount } from './ownership.ts'
import type { Credentials } from './ports.ts'

const ratingsAtOnce = 1_000
/** How long it is told that an erasure is done. */
const toldFor_ms = 30 * 86_400_000
/** Who erases an account has signed in within this time. */
export const recent_ms = 600_000

/** Throws Refused unless this session began a little while ago. */
export async function assertRecent(credentials: Credentials, account_id: string, session_id: string | undefined, now: number): Promise<void> {
  const session = (await credentials.sessions(account_id)).find((one) => one.session_id === session_id)
  if (session === undefined || session.signed_in_at < now - recent_ms)
    throw new Refused({ code: 'sign_in_too_old', message: 'this needs a sign-in of the last ten minutes; sign in again' })
}

/** Destroys the key and orders the rest, in the caller's transaction; answers the id of the erasure. */
export async function orderErasure({ clock, vault }: { readonly clock: Clock; readonly vault: Vault }, sql: Sql, account_id: string): Promise<string> {
  const locked = await lockAccount(sql, vault, account_id)
  if (locked === undefined) throw noAccount()
  clock.saw(locked.account.version)
  const version = nextVersion(locked.account.version, clock.micros())
  const erasure_id = newId(version)
  await sql.run('DELETE FROM account_keys WHERE account_id = ?', [account_id])
  // the address is free again at once, and nothing that was made of it stays until the row goes
  await sql.run("UPDATE accounts SET email_sealed = '', email_index = ?, country = NULL, version = ?, updated_at = ? WHERE account_id = ?", [
    randomBytes(32),
    version,
    new Date(instantOf(version)),
    account_id,
  ])
  await addJob(sql, { job_id: erasure_id, account_id, kind: 'erasure' }, new Date(instantOf(version)))
  return erasure_id
}

const profilesOf = async (sql: Sql, account_id: string, lock: '' | 'FOR UPDATE' = ''): Promise<readonly string[]> =>
  (await sql.rows<{ readonly profile_id: string }>(`SELECT profile_id FROM profiles WHERE account_id = ? ORDER BY profile_id ${lock}`, [account_id])).map(
    ({ profile_id }) => profile_id,
  )

/** A person may have rated for years: most of it goes piece by piece, so that no transaction is long. */
async function removeRatings(database: Database, profile_id: string, signal: AbortSignal): Promise<void> {
  for (let removed = ratingsAtOnce; removed === ratingsAtOnce; ) {
    signal.throwIfAborted()
    removed = await database.transact(async (sql) => {
      await sql.rows('SELECT 1 FROM profiles WHERE profile_id = ? FOR UPDATE', [profile_id])
      return sql.run(`DELETE FROM ratings WHERE profile_id = ? ORDER BY title_id LIMIT ${ratingsAtOnce}`, [profile_id])
    })
  }
}

/** What was answered to requests, and told to others, about these ids. */
async function removeTraces(sql: Sql, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await sql.run('DELETE FROM idempotency_keys WHERE body LIKE ? OR headers LIKE ?', [`%${id}%`, `%${id}%`])
    await sql.run('DELETE FROM outbox WHERE event_key = ?', [id])
  }
}

async function removeRows(database: Database, account_id: string, signal: AbortSignal): Promise<void> {
  const profile_ids = await database.read((sql) => profilesOf(sql, account_id))
  for (const profile_id of profile_ids) await removeRatings(database, profile_id, signal)
  const exports = await database.read((sql) =>
    sql.rows<{ readonly job_id: string }>("SELECT job_id FROM jobs WHERE account_id = ? AND kind = 'export'", [account_id]),
  )
  for (const { job_id } of exports)
    await database.transact(async (sql) => {
      // the row first, which whoever still makes the export has to hold
      await sql.run('DELETE FROM jobs WHERE job_id = ?', [job_id])
      await sql.run('DELETE FROM export_parts WHERE job_id = ?', [job_id])
    })
  await database.transact(async (sql) => {
    await sql.rows('SELECT 1 FROM accounts WHERE account_id = ? FOR UPDATE', [account_id])
    const left = await profilesOf(sql, account_id, 'FOR UPDATE')
    for (const profile_id of left) {
      await sql.run('DELETE FROM ratings WHERE profile_id = ?', [profile_id])
      await sql.run('DELETE FROM profile_pins WHERE profile_id = ?', [profile_id])
      await sql.run('DELETE FROM profiles WHERE profile_id = ?', [profile_id])
    }
    await removeTraces(sql, [...new Set([account_id, ...profile_ids, ...left])])
    await sql.run('DELETE FROM account_keys WHERE account_id = ?', [account_id])
    await sql.run('DELETE FROM accounts WHERE account_id = ?', [account_id])
  })
}

/** Does it. An authorization server that is away does not hold up what can be done without it. */
export const erase =
  ({ database, credentials, clock }: { readonly database: Database; readonly credentials: Credentials; readonly clock: Clock }): Handler =>
  async ({ account_id }, signal) => {
    const steps = await Promise.allSettled([
      credentials.end(account_id, undefined).then(() => credentials.erase(account_id)),
      removeRows(database, account_id, signal),
    ])
    for (const step of steps) if (step.status === 'rejected') throw step.reason
    return { expires_at: new Date(instantOf(clock.micros()) + toldFor_ms) }
  }
