/** Viewings in MySQL. Whoever changes one holds its profile's row. Tags are sealed under the account's key. */
import { Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Keyed, Vault } from '../shared/personal-data.ts'
import { counted, spelled } from './day.ts'
import type { OtherViewing, Viewing, ViewingEvent } from './viewing.ts'

interface Stored {
  readonly viewing_id: string
  readonly profile_id: string
  readonly title_id: string
  readonly watched_on: string | null
  readonly half_stars: number | null
  readonly liked: number
  readonly rewatch: number
  readonly tags_sealed: Buffer | null
  readonly version: number
  readonly created_at: Date
  readonly updated_at: Date
}
const columns = 'viewing_id, profile_id, title_id, watched_on, half_stars, liked, rewatch, tags_sealed, version, created_at, updated_at'

/** What the column holds, less what sealing adds. */
const mostBytes = 1_370
const placeOf = (viewing_id: string): string => `viewing ${viewing_id}`

function sealTags(vault: Vault, key: Keyed, viewing_id: string, tags: readonly string[]): Buffer | null {
  if (tags.length === 0) return null
  const text = JSON.stringify(tags)
  if (Buffer.byteLength(text) > mostBytes) throw new Refused({ code: 'invalid_request', message: `must be ${mostBytes} bytes of JSON in UTF-8 at most, all together`, field: 'tags' })
  return vault.seal(key, placeOf(viewing_id), text)
}
/** Tags as they were written. */
export const openTags = (vault: Vault, key: Keyed, viewing_id: string, sealed: Uint8Array | null): readonly string[] =>
  sealed === null ? [] : (JSON.parse(vault.open(key, placeOf(viewing_id), sealed)) as readonly string[])

const opened = (vault: Vault, key: Keyed, { tags_sealed, ...row }: Stored): Viewing => ({
  ...row,
  watched_on: counted(row.watched_on),
  liked: row.liked === 1,
  rewatch: row.rewatch === 1,
  tags: openTags(vault, key, row.viewing_id, tags_sealed),
  created_at: row.created_at.getTime(),
  updated_at: row.updated_at.getTime(),
})

/** A profile's viewing. */
export async function readViewing(sql: Sql, vault: Vault, key: Keyed, profile_id: string, viewing_id: string): Promise<Viewing | undefined> {
  const [row] = await sql.rows<Stored>(`SELECT ${columns} FROM viewings WHERE viewing_id = ? AND profile_id = ?`, [viewing_id, profile_id])
  return row === undefined ? undefined : opened(vault, key, row)
}

/** Whose a viewing is, and of which title. */
export const readViewed = async (sql: Sql, viewing_id: string): Promise<Pick<Stored, 'profile_id' | 'title_id'> | undefined> =>
  (await sql.rows<Pick<Stored, 'profile_id' | 'title_id'>>('SELECT profile_id, title_id FROM viewings WHERE viewing_id = ?', [viewing_id]))[0]

/** Those of these viewings that are the profile's. */
export async function readViewingsOf(sql: Sql, vault: Vault, key: Keyed, profile_id: string, viewing_ids: readonly string[]): Promise<readonly Viewing[]> {
  const rows = await sql.rowsIn<Stored>(`SELECT ${columns} FROM viewings WHERE (viewing_id, profile_id) IN (?)`, viewing_ids.map((viewing_id) => [viewing_id, profile_id]))
  return rows.map((row) => opened(vault, key, row))
}

/** A profile's viewings in the order in which they were told, after one of them. */
export async function readViewings(sql: Sql, vault: Vault, key: Keyed, profile_id: string, limit: number, after: string): Promise<readonly Viewing[]> {
  const rows = await sql.rows<Stored>(
    `SELECT ${columns} FROM viewings WHERE profile_id = ? AND viewing_id > ? ORDER BY viewing_id LIMIT ${Math.trunc(limit)}`,
    [profile_id, after],
  )
  return rows.map((row) => opened(vault, key, row))
}

/** A profile's viewings of a title, but for one. */
export const othersOf = async (sql: Sql, profile_id: string, title_id: string, viewing_id: string): Promise<readonly OtherViewing[]> =>
  (await sql.rows<Pick<Stored, 'watched_on' | 'half_stars'>>(
    'SELECT watched_on, half_stars FROM viewings WHERE profile_id = ? AND title_id = ? AND viewing_id <> ?', [profile_id, title_id, viewing_id]))
    .map(({ watched_on, half_stars }) => ({ watched_on: counted(watched_on), half_stars }))

/** A profile's viewings of these titles, and those of these ids; a viewing may come twice. */
export async function viewingsAmong(
  sql: Sql, profile_id: string, title_ids: readonly string[], viewing_ids: readonly string[],
): Promise<readonly Pick<Viewing, 'viewing_id' | 'title_id' | 'watched_on' | 'half_stars'>[]> {
  const select = 'SELECT viewing_id, title_id, watched_on, half_stars FROM viewings WHERE'
  const byTitle = await sql.rowsIn<Stored>(`${select} (profile_id, title_id) IN (?)`, title_ids.map((title_id) => [profile_id, title_id]))
  const byId = await sql.rowsIn<Stored>(`${select} (viewing_id, profile_id) IN (?)`, viewing_ids.map((viewing_id) => [viewing_id, profile_id]))
  return [...byTitle, ...byId].map(({ viewing_id, title_id, watched_on, half_stars }) => ({ viewing_id, title_id, watched_on: counted(watched_on), half_stars }))
}

/** How many viewings a profile has. */
export const countViewings = async (sql: Sql, profile_id: string): Promise<number> =>
  (await sql.rows<{ readonly viewings: number }>('SELECT COUNT(*) AS viewings FROM viewings WHERE profile_id = ?', [profile_id]))[0]?.viewings ?? 0

/** Writes a viewing's events. Throws Refused where the tags are too long together. */
export async function append(sql: Sql, vault: Vault, key: Keyed, viewing_id: string, events: readonly ViewingEvent[]): Promise<void> {
  for (const event of events) {
    if (event.type === 'ViewingRemoved') {
      await sql.run('DELETE FROM viewings WHERE viewing_id = ?', [viewing_id])
      continue
    }
    const { profile_id, title_id, watched_on, half_stars, liked, rewatch, tags, version, created_at, updated_at } = event.viewing
    const said = [spelled(watched_on), half_stars, Number(liked), Number(rewatch), sealTags(vault, key, viewing_id, tags), version]
    if (event.type === 'ViewingAdded')
      await sql.run(
        'INSERT INTO viewings (watched_on, half_stars, liked, rewatch, tags_sealed, version, created_at, updated_at, viewing_id, profile_id, title_id) ' +
          'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        [...said, new Date(created_at), new Date(updated_at), viewing_id, profile_id, title_id],
      )
    else
      await sql.run('UPDATE viewings SET watched_on = ?, half_stars = ?, liked = ?, rewatch = ?, tags_sealed = ?, version = ?, updated_at = ? WHERE viewing_id = ?', [
        ...said, new Date(updated_at), viewing_id,
      ])
  }
}
