/** Cards in MySQL; a row without a handle is of a profile that is leaving. */
import type { Sql } from '../shared/mysql.ts'
import type { Card as ViewCard } from './member-views.ts'

type Stored = Omit<ViewCard, 'created_at' | 'updated_at'> & { readonly created_at: Date; readonly updated_at: Date }
const columns = 'profile_id, account_id, handle, name, bio_id, is_private, version, created_at, updated_at'
const cardOf = (row: Stored): ViewCard => ({ ...row, created_at: row.created_at.getTime(), updated_at: row.updated_at.getTime() })

/** The row, as the view `social-profiles` would have it. */
export async function readCard(sql: Sql, profile_id: string, lock: '' | 'FOR UPDATE' = ''): Promise<ViewCard | undefined> {
  const [row] = await sql.rows<Stored>(`SELECT ${columns} FROM social_profiles WHERE profile_id = ? ${lock}`, [profile_id])
  return row === undefined ? undefined : cardOf(row)
}
/** Those of these that there are. */
export const readCards = async (sql: Sql, profile_ids: readonly string[]): Promise<readonly ViewCard[]> =>
  (await sql.rowsIn<Stored>(`SELECT ${columns} FROM social_profiles WHERE profile_id IN (?)`, profile_ids)).map(cardOf)

/** Who has a handle. */
export async function readCardByHandle(sql: Sql, handle: string): Promise<ViewCard | undefined> {
  const [row] = await sql.rows<Stored>(`SELECT ${columns} FROM social_profiles WHERE handle = ?`, [handle])
  return row === undefined ? undefined : cardOf(row)
}

export interface CardRow {
  readonly profile_id: string
  readonly account_id: string
  readonly handle: string
  readonly name: string
  readonly bio_id: string | null
  readonly is_private: boolean
  readonly version: number
}

/** Writes a card over what was there; who inserts has looked before, so that a lost race is run again. */
export async function writeCard(sql: Sql, { profile_id, account_id, handle, name, bio_id, is_private, version }: CardRow, isNew: boolean, now_ms: number): Promise<void> {
  const now = new Date(now_ms)
  if (isNew) await sql.run(`INSERT INTO social_profiles (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [profile_id, account_id, handle, name, bio_id, Number(is_private), version, now, now])
  else {
    await sql.run('UPDATE social_profiles SET handle = ?, name = ?, bio_id = ?, is_private = ?, version = ?, updated_at = ? WHERE profile_id = ?',
      [handle, name, bio_id, Number(is_private), version, now, profile_id])
  }
}
