/**
 * PINs of profiles. Four digits are soon guessed by who has a hash, so hashes are made under a secret that is not in the database; and by who
 * may try often, so five wrong ones in a row close the door for a quarter of an hour. No topic has any of it.
 */
import { hash, verify } from '@node-rs/argon2'
import { Refused } from '../shared/errors.ts'
import type { Database, Sql } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'

/** Wrong ones in a row, and how long none is looked at after them. */
export const throttle = { tries: 5, locked_ms: 900_000 } as const

interface Stored {
  readonly pin_hash: string
  readonly failures: number
  readonly locked_until: Date | null
}
const load = async (sql: Sql, profile_id: string, lock: '' | 'FOR UPDATE'): Promise<Stored | undefined> =>
  (await sql.rows<Stored>(`SELECT pin_hash, failures, locked_until FROM profile_pins WHERE profile_id = ? ${lock}`, [profile_id]))[0]

/** What a profile's PIN is kept as; undefined where it has none. */
export const pinHash = async (sql: Sql, profile_id: string): Promise<string | undefined> => (await load(sql, profile_id, ''))?.pin_hash

/**
 * Looks at a PIN in a transaction of its own, so that a wrong one counts whatever comes after. Answers the hash it was right for, which a
 * later transaction compares with the one there is then; undefined where the profile has no PIN. Throws Refused.
 */
export async function proven(database: Database, vault: Vault, profile_id: string, pin: string, now: number): Promise<string | undefined> {
  const outcome = await database.transact(async (sql): Promise<'wrong' | 'locked' | { readonly hash: string } | undefined> => {
    // the row's lock has tries come one after another, however many are sent at once
    const stored = await load(sql, profile_id, 'FOR UPDATE')
    if (stored === undefined) return undefined
    if (stored.locked_until !== null && stored.locked_until.getTime() > now) return 'locked'
    const right = await verify(stored.pin_hash, pin, { secret: vault.pinSecret })
    const failures = right ? 0 : stored.failures + 1
    const locked = failures >= throttle.tries
    if (failures !== stored.failures)
      await sql.run('UPDATE profile_pins SET failures = ?, locked_until = ? WHERE profile_id = ?', [
        locked ? 0 : failures,
        locked ? new Date(now + throttle.locked_ms) : null,
        profile_id,
      ])
    return right ? { hash: stored.pin_hash } : 'wrong'
  })
  if (outcome === 'locked') throw new Refused({ code: 'rate_limited', message: 'too many wrong PINs; try again in a quarter of an hour' })
  if (outcome === 'wrong') throw new Refused({ code: 'pin_wrong', message: 'is not the PIN of this profile', field: 'pin' })
  return outcome?.hash
}

/** Makes a hash; outside any transaction, as it takes its time. */
export const hashPin = (vault: Vault, pin: string): Promise<string> => hash(pin, { secret: vault.pinSecret })

/** Sets a profile's PIN, or removes it. The caller holds the profile's lock. */
export async function writePin(sql: Sql, profile_id: string, pin_hash: string | undefined): Promise<void> {
  await (pin_hash === undefined
    ? sql.run('DELETE FROM profile_pins WHERE profile_id = ?', [profile_id])
    : sql.run(
        'INSERT INTO profile_pins (profile_id, pin_hash, failures) VALUES (?, ?, 0) AS new ' +
          'ON DUPLICATE KEY UPDATE pin_hash = new.pin_hash, failures = 0, locked_until = NULL',
        [profile_id, pin_hash],
      ))
}
