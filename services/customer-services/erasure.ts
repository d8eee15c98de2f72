/**
 * Erasing an account. Its key is destroyed in the transaction of the request: from then on there is no such account, and whatever was sealed
 * under the key, in tables, topics and the lake, is noise. A job then removes the rows, and each removal goes to the topics, so that views
 * lose them too. Every step may be repeated. What a profile that is removed has at social is erased by a job of its own.
 */
import { randomBytes } from 'node:crypto'
import { Refused } from '../shared/errors.ts'
import { instantOf, newId, nextVersion, type Clock } from '../shared/clock.ts'
import type { Database, Sql } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'
import { lockAccount } from './account-store.ts'
import { removeSome, type Activity } from './activity.ts'
import { importing } from './import-job.ts'
import { removeOneImport } from './import-store.ts'
import { addJob } from './job-store.ts'
import type { Handler } from './jobs.ts'
import { noAccount } from './ownership.ts'
import type { Credentials, Social } from './ports.ts'
import { untilDone } from './social.ts'

/** Kind of the job that erases at social what a removed profile had there; the job has the profile's id. */
export const profileErasure = 'profile-erasure'
const eventsAtOnce = 10_000
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

interface Means {
  readonly database: Database
  readonly credentials: Credentials
  readonly social: Social
  readonly activity: Activity
  readonly clock: Clock
}

/** A person may have rated for years: most of it goes piece by piece, so that no transaction is long. */
const removeDiary = ({ database, activity }: Means, profile_id: string, signal: AbortSignal): Promise<void> =>
  untilDone(() =>
    database.transact(async (sql) => {
      await sql.rows('SELECT 1 FROM profiles WHERE profile_id = ? FOR UPDATE', [profile_id])
      return (await removeSome(activity, sql, profile_id)) && removeOneImport(sql, profile_id)
    }), signal)

/** What was answered to requests, and told to others, about these ids. */
async function removeTraces(sql: Sql, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await sql.run('DELETE FROM idempotency_keys WHERE body LIKE ? OR headers LIKE ?', [`%${id}%`, `%${id}%`])
    await sql.run('DELETE FROM outbox WHERE event_key = ?', [id])
  }
}

/** What others were told of these ids, a piece of the outbox at a time. */
async function removeMentions(database: Database, ids: readonly string[], signal: AbortSignal): Promise<void> {
  const named = ids.map(() => 'LOCATE(?, payload) > 0').join(' OR ')
  for (let after = ''; ; ) {
    signal.throwIfAborted()
    const from = after
    const page = await database.read((sql) => sql.rows<{ readonly outbox_id: string }>(`SELECT outbox_id FROM outbox WHERE outbox_id > ? ORDER BY outbox_id LIMIT ${eventsAtOnce}`, [from]))
    const last = page.at(-1)
    if (last === undefined) return
    await database.transact((sql) => sql.run(`DELETE FROM outbox WHERE outbox_id > ? AND outbox_id <= ? AND (${named})`, [from, last.outbox_id, ...ids]))
    after = last.outbox_id
  }
}

async function removeRows(means: Means, account_id: string, signal: AbortSignal): Promise<void> {
  const { database, social, activity } = means
  await activity.prepare()
  const profile_ids = await database.read((sql) => profilesOf(sql, account_id))
  for (const profile_id of profile_ids) await removeDiary(means, profile_id, signal)
  const exports = await database.read((sql) =>
    sql.rows<{ readonly job_id: string }>("SELECT job_id FROM jobs WHERE account_id = ? AND kind = 'export'", [account_id]),
  )
  for (const { job_id } of exports)
    await database.transact(async (sql) => {
      // the row first, which whoever still makes the export has to hold
      await sql.run('DELETE FROM jobs WHERE job_id = ?', [job_id])
      await sql.run('DELETE FROM export_parts WHERE job_id = ?', [job_id])
    })
  const eraseThere = (): Promise<void> => untilDone(() => social.eraseAccount(account_id), signal)
  // before the rest: what social takes back passes through the outbox, from which all that names these ids goes after it
  await eraseThere()
  await removeMentions(database, [account_id, ...profile_ids], signal)
  await database.transact(async (sql) => {
    await sql.rows('SELECT 1 FROM accounts WHERE account_id = ? FOR UPDATE', [account_id])
    const left = await profilesOf(sql, account_id, 'FOR UPDATE')
    for (const profile_id of left) {
      while (!(await removeSome(activity, sql, profile_id)));
      while (!(await removeOneImport(sql, profile_id)));
      await sql.run('DELETE FROM profile_pins WHERE profile_id = ?', [profile_id])
      await sql.run('DELETE FROM profiles WHERE profile_id = ?', [profile_id])
    }
    await removeTraces(sql, [...new Set([account_id, ...profile_ids, ...left])])
    await sql.run('DELETE FROM jobs WHERE account_id = ? AND kind IN (?, ?)', [account_id, profileErasure, importing])
    await sql.run('DELETE FROM account_keys WHERE account_id = ?', [account_id])
    await sql.run('DELETE FROM accounts WHERE account_id = ?', [account_id])
  })
  // whoever still had a token may have written there until the last profile was gone
  await eraseThere()
}

/** Does it. An authorization server that is away does not hold up what can be done without it; nor does social, for which profiles alone wait. */
export const erase =
  (means: Means): Handler =>
  async ({ account_id }, signal) => {
    const { credentials, clock } = means
    const steps = await Promise.allSettled([
      credentials.end(account_id, undefined).then(() => credentials.erase(account_id)),
      removeRows(means, account_id, signal),
    ])
    for (const step of steps) if (step.status === 'rejected') throw step.reason
    return { expires_at: new Date(instantOf(clock.micros()) + toldFor_ms) }
  }

/** Erases at social what a profile had there that was removed here; nobody asks what became of it, so the job is forgotten soon. */
export const eraseAtSocial =
  ({ social, clock }: Pick<Means, 'social' | 'clock'>): Handler =>
  async ({ job_id: profile_id }, signal) => {
    await untilDone(() => social.eraseProfile(profile_id), signal)
    return { expires_at: new Date(instantOf(clock.micros())) }
  }
