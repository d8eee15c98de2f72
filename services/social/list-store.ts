/** Lists in MySQL. Whoever changes a list, or what is in it, holds its row: a list changes one step after the other. */
import type { Sql } from '../shared/mysql.ts'
import type { List, ListEvent, ListKind } from './list.ts'

const columns = 'list_id, profile_id, kind, name, description_id, visibility, ranked, cloned_from, version, created_at, updated_at'
type Stored = Omit<List, 'ranked' | 'created_at' | 'updated_at'> & { readonly ranked: number; readonly created_at: Date; readonly updated_at: Date }
const listOf = (row: Stored): List => ({ ...row, ranked: row.ranked === 1, created_at: row.created_at.getTime(), updated_at: row.updated_at.getTime() })

/** `FOR SHARE` keeps a list from changing while it is read piece by piece. */
export async function loadList(sql: Sql, list_id: string, lock: '' | 'FOR UPDATE' | 'FOR SHARE' = ''): Promise<List | undefined> {
  const [row] = await sql.rows<Stored>(`SELECT ${columns} FROM lists WHERE list_id = ? ${lock}`, [list_id])
  return row === undefined ? undefined : listOf(row)
}

/** A profile's watchlist or favourites; undefined until it is made. */
export async function loadFixed(sql: Sql, profile_id: string, kind: Exclude<ListKind, 'custom'>, lock: '' | 'FOR UPDATE' = ''): Promise<List | undefined> {
  const [row] = await sql.rows<Stored>(`SELECT ${columns} FROM lists WHERE profile_id = ? AND kind = ? ${lock}`, [profile_id, kind])
  return row === undefined ? undefined : listOf(row)
}

/** A page of a profile's lists, newest first, as the `lists` view orders them. */
export async function readLists(sql: Sql, profile_id: string, limit: number, after: { readonly created_at: number; readonly list_id: string } | undefined): Promise<readonly List[]> {
  const [older, place] = after === undefined ? ['', []] : ['AND (created_at, list_id) < (?, ?)', [new Date(after.created_at), after.list_id]]
  const rows = await sql.rows<Stored>(`SELECT ${columns} FROM lists WHERE profile_id = ? ${older} ORDER BY created_at DESC, list_id DESC LIMIT ${Math.trunc(limit)}`, [profile_id, ...place])
  return rows.map(listOf)
}

/** How many lists a profile has. */
export async function countLists(sql: Sql, profile_id: string): Promise<number> {
  const [row] = await sql.rows<{ readonly count: number }>('SELECT COUNT(*) AS count FROM lists WHERE profile_id = ?', [profile_id])
  return row?.count ?? 0
}

/** Writes what an event changes; a name is written over before it is removed, so that its topic keeps nothing of it. */
export async function append(sql: Sql, list_id: string, events: readonly ListEvent[]): Promise<void> {
  for (const event of events) {
    if (event.type === 'ListRemoved') {
      await sql.run("UPDATE lists SET name = '', version = version + 1 WHERE list_id = ?", [list_id])
      await sql.run('DELETE FROM lists WHERE list_id = ?', [list_id])
      continue
    }
    const { list } = event
    await sql.run(
      `INSERT INTO lists (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) AS new ON DUPLICATE KEY UPDATE name = new.name, ` +
        'description_id = new.description_id, visibility = new.visibility, ranked = new.ranked, version = new.version, updated_at = new.updated_at',
      [
        list.list_id, list.profile_id, list.kind, list.name, list.description_id, list.visibility, Number(list.ranked), list.cloned_from, list.version,
        new Date(list.created_at), new Date(list.updated_at),
      ],
    )
  }
}

export interface Collaborator { readonly list_id: string; readonly profile_id: string; readonly version: number; readonly added_at: Date }
/** Who keeps a list besides its owner, in the order of their ids. */
export const loadCollaborators = (sql: Sql, list_id: string): Promise<readonly Collaborator[]> =>
  sql.rows('SELECT list_id, profile_id, version, added_at FROM list_collaborators WHERE list_id = ? ORDER BY profile_id', [list_id])
