/** Relations in MySQL. Whoever changes how two stand to one another holds both of their cards. A row that says nothing is removed. */
import type { Sql } from '../shared/mysql.ts'
import { strangers, type Side } from './relation.ts'

export interface RelationRow extends Side {
  readonly profile_id: string
  readonly other_id: string
  readonly version: number
}
type Stored = Omit<RelationRow, 'blocked' | 'muted' | 'followed_at'> & { readonly blocked: number; readonly muted: number; readonly followed_at: Date | null }

const columns = 'profile_id, other_id, follow, blocked, muted, followed_at, version'
const rowOf = (row: Stored): RelationRow => ({ ...row, blocked: row.blocked === 1, muted: row.muted === 1, followed_at: row.followed_at === null ? null : row.followed_at.getTime() })

/** How the one stands to the other; undefined where it says nothing. */
export async function readRelation(sql: Sql, profile_id: string, other_id: string): Promise<RelationRow | undefined> {
  const [row] = await sql.rows<Stored>(`SELECT ${columns} FROM relations WHERE profile_id = ? AND other_id = ?`, [profile_id, other_id])
  return row === undefined ? undefined : rowOf(row)
}

/** How many a profile follows or has asked to follow. */
export async function countFollowed(sql: Sql, profile_id: string): Promise<number> {
  const [row] = await sql.rows<{ readonly followed: number }>("SELECT COUNT(*) AS followed FROM relations WHERE profile_id = ? AND follow <> 'none'", [profile_id])
  return row?.followed ?? 0
}

const saysNothing = ({ follow, blocked, muted }: Side): boolean => follow === strangers.follow && !blocked && !muted

/** Writes a side as it is to be; answers whether a row is there. */
export async function writeRelation(sql: Sql, { profile_id, other_id, follow, blocked, muted, followed_at, version }: RelationRow, now_ms: number): Promise<boolean> {
  if (saysNothing({ follow, blocked, muted, followed_at })) {
    await sql.run('DELETE FROM relations WHERE profile_id = ? AND other_id = ?', [profile_id, other_id])
    return false
  }
  await sql.run(
    `INSERT INTO relations (${columns}, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) AS new ON DUPLICATE KEY UPDATE follow = new.follow, blocked = new.blocked, ` +
      'muted = new.muted, followed_at = new.followed_at, version = new.version, updated_at = new.updated_at',
    [profile_id, other_id, follow, Number(blocked), Number(muted), followed_at === null ? null : new Date(followed_at), version, new Date(now_ms)],
  )
  return true
}

/** Some of the relations that a profile has to others, or others to it. */
export async function someRelationsOf(sql: Sql, profile_id: string, limit: number): Promise<readonly RelationRow[]> {
  const ours = await sql.rows<Stored>(`SELECT ${columns} FROM relations WHERE profile_id = ? LIMIT ${limit}`, [profile_id])
  const theirs = ours.length >= limit ? [] : await sql.rows<Stored>(`SELECT ${columns} FROM relations WHERE other_id = ? LIMIT ${limit - ours.length}`, [profile_id])
  return [...ours, ...theirs].map(rowOf)
}

/** Whom a profile has blocked or muted, in the order of their ids. These lists are short, and one's own: MySQL answers, so that they are never stale. */
export async function readTurnedFrom(sql: Sql, profile_id: string, column: 'blocked' | 'muted', limit: number, after: string): Promise<readonly string[]> {
  const rows = await sql.rows<{ readonly other_id: string }>(
    `SELECT other_id FROM relations WHERE profile_id = ? AND ${column} = 1 AND other_id > ? ORDER BY other_id LIMIT ${Math.trunc(limit)}`, [profile_id, after])
  return rows.map(({ other_id }) => other_id)
}

/** Those of these profiles whose request to follow is open still. */
export async function readOpenRequests(sql: Sql, profile_id: string, asking: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await sql.rowsIn<{ readonly profile_id: string }>("SELECT profile_id FROM relations WHERE follow = 'requested' AND (profile_id, other_id) IN (?)", asking.map((id) => [id, profile_id]))
  return new Set(rows.map((row) => row.profile_id))
}
