/** Entries of lists in MySQL; who asks holds the list's row. */
import { nextVersion } from '../shared/clock.ts'
import type { Param, Sql } from '../shared/mysql.ts'
import { placesAfter } from './place.ts'
import type { Surroundings, Where } from './entry.ts'

export interface StoredEntry {
  readonly list_id: string
  readonly title_id: string
  readonly place: string
  readonly note_id: string | null
  readonly added_by: string
  readonly version: number
  readonly added_at: Date
}
const columns = 'list_id, title_id, place, note_id, added_by, version, added_at'
const piece = 1_000

export async function loadEntry(sql: Sql, list_id: string, title_id: string): Promise<StoredEntry | undefined> {
  return (await sql.rows<StoredEntry>(`SELECT ${columns} FROM list_entries WHERE list_id = ? AND title_id = ?`, [list_id, title_id]))[0]
}

/** Those of these titles that the list has. */
export async function loadEntries(sql: Sql, list_id: string, title_ids: readonly string[]): Promise<readonly StoredEntry[]> {
  return sql.rowsIn(`SELECT ${columns} FROM list_entries WHERE (list_id, title_id) IN (?)`, title_ids.map((title_id) => [list_id, title_id]))
}

/** A page of entries in their order, after a place. */
export const readEntries = (sql: Sql, list_id: string, limit: number, after: string): Promise<readonly StoredEntry[]> =>
  sql.rows(`SELECT ${columns} FROM list_entries WHERE list_id = ? AND place > ? ORDER BY place LIMIT ${Math.trunc(limit)}`, [list_id, after])

/** How many stand before a place. */
export async function countBefore(sql: Sql, list_id: string, place: string): Promise<number> {
  return (await sql.rows<{ readonly count: number }>('SELECT COUNT(*) AS count FROM list_entries WHERE list_id = ? AND place < ?', [list_id, place]))[0]?.count ?? 0
}
export async function countEntries(sql: Sql, list_id: string): Promise<number> {
  return (await sql.rows<{ readonly count: number }>('SELECT COUNT(*) AS count FROM list_entries WHERE list_id = ?', [list_id]))[0]?.count ?? 0
}

/** The last place of a list, or the one next to a place; of other titles than this one. */
async function nextTo(sql: Sql, list_id: string, title_id: string, order: 'ASC' | 'DESC', beyond: string | null): Promise<string | null> {
  const [side, given] = beyond === null ? ['', []] : [`AND place ${order === 'ASC' ? '>' : '<'} ?`, [beyond]]
  const [row] = await sql.rows<{ readonly place: string }>(`SELECT place FROM list_entries WHERE list_id = ? AND title_id <> ? ${side} ORDER BY place ${order} LIMIT 1`, [list_id, title_id, ...given])
  return row?.place ?? null
}
export const lastPlace = (sql: Sql, list_id: string): Promise<string | null> => nextTo(sql, list_id, '', 'DESC', null)

/** What a title is to stand between. */
export async function surroundings(sql: Sql, list_id: string, title_id: string, where: Where, most: number): Promise<Surroundings> {
  const [entry, count] = [await loadEntry(sql, list_id, title_id), await countEntries(sql, list_id)]
  const given = { entry, count, most }
  if (where === 'keep_or_last') return { ...given, between: [await nextTo(sql, list_id, title_id, 'DESC', null), null] }
  const anchor_id = where === 'keep_or_first' ? null : 'after' in where ? where.after : where.before
  if (anchor_id === null) return { ...given, between: [null, await nextTo(sql, list_id, title_id, 'ASC', null)] }
  const anchor = anchor_id === title_id ? undefined : await loadEntry(sql, list_id, anchor_id)
  if (anchor === undefined) return { ...given, between: 'unknown' }
  const { place } = anchor
  const follows = typeof where === 'object' && 'after' in where
  return { ...given, between: follows ? [place, await nextTo(sql, list_id, title_id, 'ASC', place)] : [await nextTo(sql, list_id, title_id, 'DESC', place), place] }
}

const rowOf = (entry: StoredEntry): readonly Param[] => [entry.list_id, entry.title_id, entry.place, entry.note_id, entry.added_by, entry.version, entry.added_at]
/** Adds entries or puts them elsewhere, in pieces; their places are nobody else's. */
export async function putEntries(sql: Sql, entries: readonly StoredEntry[]): Promise<void> {
  for (let from = 0; from < entries.length; from += piece) {
    await sql.runMany(`INSERT INTO list_entries (${columns}) VALUES ? AS new ON DUPLICATE KEY UPDATE ` +
      'place = new.place, note_id = new.note_id, added_by = new.added_by, version = new.version', entries.slice(from, from + piece).map(rowOf))
  }
}

/** Gives all entries short places in the order they have. */
export async function placeAnew(sql: Sql, list_id: string, now_us: number): Promise<void> {
  const entries = await sql.rows<StoredEntry>(`SELECT ${columns} FROM list_entries WHERE list_id = ? ORDER BY place`, [list_id])
  const places = placesAfter(entries.at(-1)?.place ?? null, entries.length)
  await putEntries(sql, entries.map((entry, index) => ({ ...entry, place: places[index] ?? entry.place, version: nextVersion(entry.version, now_us) })))
}
