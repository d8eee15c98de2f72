/** Preferences in MySQL: columns of their profile's row, so that they come and go with it, and reach the same topic. */
import type { Sql } from '../shared/mysql.ts'
import { usualPreferences, type Preferences, type PreferencesDocument } from './preferences.ts'

/** A profile's preferences; undefined where there is no such profile. */
export async function readPreferences(sql: Sql, profile_id: string, lock: '' | 'FOR UPDATE' = ''): Promise<Preferences | undefined> {
  const [row] = await sql.rows<{ readonly preferences: string | null; readonly preferences_version: number | null }>(
    `SELECT preferences, preferences_version FROM profiles WHERE profile_id = ? ${lock}`,
    [profile_id],
  )
  if (row === undefined) return undefined
  return row.preferences === null || row.preferences_version === null
    ? usualPreferences
    : { document: JSON.parse(row.preferences) as PreferencesDocument, version: row.preferences_version }
}

/** The caller holds the profile's lock. */
export async function writePreferences(sql: Sql, profile_id: string, { document, version }: Preferences): Promise<void> {
  await sql.run('UPDATE profiles SET preferences = ?, preferences_version = ? WHERE profile_id = ?', [JSON.stringify(document), version, profile_id])
}
