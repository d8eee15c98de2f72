/** Profiles in MySQL; their names are sealed under their account's key. */
import { instantOf } from '../shared/clock.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Keyed, Vault } from '../shared/personal-data.ts'
import { writePin } from './pin-store.ts'
import { usual, type Avatar, type Maturity, type Profile, type ProfileEvent } from './profile.ts'

interface Stored {
  readonly profile_id: string
  readonly account_id: string
  readonly name_sealed: Buffer
  readonly language: string
  readonly kids: number
  readonly avatar: Avatar | null
  readonly maturity_limit: Maturity | null
  readonly version: number
  readonly created_at: Date
  readonly updated_at: Date
  readonly key_wrapped: Buffer
}
export interface LockedProfile {
  readonly profile: Profile
  readonly key: Keyed
}

const selected =
  'SELECT p.profile_id, p.account_id, p.name_sealed, p.language, p.kids, p.avatar, p.maturity_limit, p.version, p.created_at, p.updated_at, k.key_wrapped ' +
  'FROM profiles p JOIN account_keys k ON k.account_id = p.account_id'

function opened(vault: Vault, row: Stored): LockedProfile {
  const { profile_id, account_id, language, version } = row
  const key = { account_id, key_wrapped: row.key_wrapped }
  const kids = row.kids === 1
  const name = vault.open(key, placeOf(profile_id), row.name_sealed)
  return {
    key,
    profile: {
      profile_id,
      account_id,
      name,
      language,
      kids,
      avatar: row.avatar ?? usual(kids).avatar,
      maturity_limit: row.maturity_limit ?? usual(kids).maturity_limit,
      version,
      created_at: row.created_at.getTime(),
      updated_at: row.updated_at.getTime(),
    },
  }
}
const placeOf = (profile_id: string): string => `profile ${profile_id}`

/** The profile, locked until the transaction ends. */
export async function lockProfile(sql: Sql, vault: Vault, profile_id: string): Promise<LockedProfile | undefined> {
  const [row] = await sql.rows<Stored>(`${selected} WHERE p.profile_id = ? FOR UPDATE`, [profile_id])
  return row === undefined ? undefined : opened(vault, row)
}
export async function readProfile(sql: Sql, vault: Vault, profile_id: string): Promise<Profile | undefined> {
  const [row] = await sql.rows<Stored>(`${selected} WHERE p.profile_id = ?`, [profile_id])
  return row === undefined ? undefined : opened(vault, row).profile
}
/** An account's profiles, oldest first. */
export const readProfiles = async (sql: Sql, vault: Vault, account_id: string): Promise<readonly Profile[]> =>
  (await sql.rows<Stored>(`${selected} WHERE p.account_id = ? ORDER BY p.profile_id`, [account_id])).map(
    (row) => opened(vault, row).profile,
  )

/** How many profiles an account has, whose lock the caller holds. */
export const countProfiles = async (sql: Sql, account_id: string): Promise<number> =>
  (await sql.rows<{ readonly profiles: number }>('SELECT COUNT(*) AS profiles FROM profiles WHERE account_id = ?', [account_id]))[0]?.profiles ?? 0

export const profileExists = async (sql: Sql, profile_id: string): Promise<boolean> =>
  (await sql.rows('SELECT 1 FROM profiles WHERE profile_id = ?', [profile_id])).length > 0

/** Writes a profile's events. */
export async function append(sql: Sql, vault: Vault, profile_id: string, key: Keyed, events: readonly ProfileEvent[]): Promise<void> {
  const sealed = (name: string): Buffer => vault.seal(key, placeOf(profile_id), name)
  for (const event of events) {
    switch (event.type) {
      case 'ProfileAdded': {
        const { profile } = event
        await sql.run(
          'INSERT INTO profiles (profile_id, account_id, name_sealed, language, kids, avatar, maturity_limit, version, created_at, updated_at) ' +
            'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
          [
            profile_id,
            profile.account_id,
            sealed(profile.name),
            profile.language,
            profile.kids ? 1 : 0,
            profile.avatar,
            profile.maturity_limit,
            profile.version,
            new Date(profile.created_at),
            new Date(profile.updated_at),
          ],
        )
        break
      }
      case 'ProfileRevised':
        await sql.run(
          'UPDATE profiles SET language = ?, kids = ?, avatar = ?, maturity_limit = ?, name_sealed = COALESCE(?, name_sealed), ' +
            'version = ?, updated_at = ? WHERE profile_id = ?',
          [
            event.language,
            event.kids ? 1 : 0,
            event.avatar,
            event.maturity_limit,
            event.name === undefined ? null : sealed(event.name),
            event.version,
            new Date(instantOf(event.version)),
            profile_id,
          ],
        )
        break
      case 'ProfileRemoved':
        // no cascade: rows removed by a foreign key are not in the binlog, so no view would hear of them; the caller has removed ratings and viewings
        await writePin(sql, profile_id, undefined)
        await sql.run('DELETE FROM profiles WHERE profile_id = ?', [profile_id])
    }
  }
}

/** Whose a profile is, and whether it is a child's; undefined where there is no such profile. */
export async function readOwner(sql: Sql, profile_id: string): Promise<{ readonly account_id: string; readonly kids: boolean } | undefined> {
  const [row] = await sql.rows<{ readonly account_id: string; readonly kids: number }>('SELECT account_id, kids FROM profiles WHERE profile_id = ?', [profile_id])
  return row === undefined ? undefined : { account_id: row.account_id, kids: row.kids === 1 }
}

/** The key of a profile's account; undefined where there is no such profile. */
export async function readProfileKey(sql: Sql, profile_id: string): Promise<Keyed | undefined> {
  const [row] = await sql.rows<{ readonly account_id: string; readonly key_wrapped: Buffer }>(
    'SELECT k.account_id, k.key_wrapped FROM profiles p JOIN account_keys k ON k.account_id = p.account_id WHERE p.profile_id = ?', [profile_id])
  return row
}
