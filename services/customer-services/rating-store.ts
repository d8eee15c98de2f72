/** Ratings in MySQL. Whoever changes a rating holds its profile's row: a profile's ratings change one after the other. */
import { GONE } from '@cdlc/streams/runtime/tracing.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Rating, RatingEvent } from './rating.ts'

export interface RatingKey {
  readonly profile_id: string
  readonly title_id: string
}
export type RatingRow = RatingKey & Rating
type Stored = Omit<RatingRow, 'rated_at'> & { readonly rated_at: Date }
export interface KeyedEvent extends RatingKey {
  readonly event: RatingEvent
}

/** One string for a key. */
export const idOf = ({ profile_id, title_id }: RatingKey): string => `${profile_id}.${title_id}`

const columns = 'profile_id, title_id, half_stars, rated_at, version'
const rowOf = (row: Stored): RatingRow => ({ ...row, rated_at: row.rated_at.getTime() })

/** Locks the profiles; answers those that exist, with whether they are for kids, and the ratings of these keys that there are. */
export async function lockRatings(
  sql: Sql,
  keys: readonly RatingKey[],
): Promise<{ readonly profiles: ReadonlyMap<string, { readonly kids: boolean }>; readonly ratings: Map<string, Rating> }> {
  const profile_ids = [...new Set(keys.map((key) => key.profile_id))].sort()
  const profiles = await sql.rowsIn<{ readonly profile_id: string; readonly kids: number }>(
    'SELECT profile_id, kids FROM profiles WHERE profile_id IN (?) ORDER BY profile_id FOR UPDATE',
    profile_ids,
  )
  const rows = await sql.rowsIn<Stored>(
    `SELECT ${columns} FROM ratings WHERE (profile_id, title_id) IN (?)`,
    keys.map((key) => [key.profile_id, key.title_id]),
  )
  return {
    profiles: new Map(profiles.map(({ profile_id, kids }) => [profile_id, { kids: kids === 1 }])),
    ratings: new Map(rows.map((row) => [idOf(row), rowOf(row)])),
  }
}

/** Writes events in their order, in as few statements as keep every change a change of its own. */
export async function append(sql: Sql, events: readonly KeyedEvent[]): Promise<void> {
  let pending = new Map<string, readonly [string, string, number, Date, number, string | null]>()
  const flush = async (): Promise<void> => {
    await sql.runMany(
      `INSERT INTO ratings (${columns}, traceparent) VALUES ? AS new ` +
        'ON DUPLICATE KEY UPDATE half_stars = new.half_stars, rated_at = new.rated_at, version = new.version, traceparent = new.traceparent',
      [...pending.values()],
    )
    pending = new Map()
  }
  for (const { profile_id, title_id, event } of events) {
    const id = idOf({ profile_id, title_id })
    if (event.type === 'RatingRemoved' || pending.has(id)) await flush()
    if (event.type === 'RatingRemoved') await remove(sql, profile_id, title_id)
    else pending.set(id, [profile_id, title_id, event.rating.half_stars, new Date(event.rating.rated_at), event.rating.version, sql.traceparent])
  }
  await flush()
}

/** The change of a removal holds the row as it was before: a traced one puts its context there first. */
async function remove(sql: Sql, profile_id: string, title_id: string): Promise<void> {
  if (sql.traceparent !== null)
    await sql.run('UPDATE ratings SET traceparent = ? WHERE profile_id = ? AND title_id = ?', [sql.traceparent + GONE, profile_id, title_id])
  await sql.run('DELETE FROM ratings WHERE profile_id = ? AND title_id = ?', [profile_id, title_id])
}

/** A profile's rating of a title. */
export async function readRating(sql: Sql, { profile_id, title_id }: RatingKey): Promise<RatingRow | undefined> {
  const [row] = await sql.rows<Stored>(`SELECT ${columns} FROM ratings WHERE profile_id = ? AND title_id = ?`, [profile_id, title_id])
  return row === undefined ? undefined : rowOf(row)
}

/** A profile's ratings of these titles, by title. */
export async function ratingsAmong(sql: Sql, profile_id: string, title_ids: readonly string[]): Promise<ReadonlyMap<string, RatingRow>> {
  const rows = await sql.rowsIn<Stored>(`SELECT ${columns} FROM ratings WHERE (profile_id, title_id) IN (?)`, title_ids.map((title_id) => [profile_id, title_id]))
  return new Map(rows.map((row) => [row.title_id, rowOf(row)]))
}

/** A page of a profile's ratings, newest first, as the `profile-diary` view orders them. */
export async function readDiary(
  sql: Sql,
  profile_id: string,
  limit: number,
  after: { readonly rated_at: number; readonly title_id: string } | undefined,
): Promise<readonly RatingRow[]> {
  const [older, place] = after === undefined ? ['', []] : ['AND (rated_at, title_id) < (?, ?)', [new Date(after.rated_at), after.title_id]]
  const rows = await sql.rows<Stored>(
    `SELECT ${columns} FROM ratings WHERE profile_id = ? ${older} ORDER BY rated_at DESC, title_id DESC LIMIT ${Math.trunc(limit)}`,
    [profile_id, ...place],
  )
  return rows.map(rowOf)
}

/** A profile's ratings in the order of their titles, after one of them. */
export async function readRatings(sql: Sql, profile_id: string, limit: number, after: string): Promise<readonly RatingRow[]> {
  const rows = await sql.rows<Stored>(
    `SELECT ${columns} FROM ratings WHERE profile_id = ? AND title_id > ? ORDER BY title_id LIMIT ${Math.trunc(limit)}`,
    [profile_id, after],
  )
  return rows.map(rowOf)
}

/** A title's ratings counted by half stars: ten counts. */
export async function readHistogram(sql: Sql, title_id: string): Promise<readonly number[]> {
  const rows = await sql.rows<{ readonly half_stars: number; readonly ratings: number }>(
    'SELECT half_stars, COUNT(*) AS ratings FROM ratings WHERE title_id = ? GROUP BY half_stars',
    [title_id],
  )
  return Array.from({ length: 10 }, (_, index) => rows.find((row) => row.half_stars === index + 1)?.ratings ?? 0)
}
