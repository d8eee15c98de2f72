/** Reviews in MySQL, and what they said before. */
import type { Sql } from '../shared/mysql.ts'
import type { Review, ReviewEvent } from './review.ts'

const columns = 'review_id, title_id, profile_id, viewing_id, text_id, half_stars, spoiler, language, state, edits, version, created_at, updated_at'
type Stored = Omit<Review, 'spoiler' | 'created_at' | 'updated_at'> & { readonly spoiler: number; readonly created_at: Date; readonly updated_at: Date }
const reviewOf = (row: Stored): Review => ({ ...row, spoiler: row.spoiler === 1, created_at: row.created_at.getTime(), updated_at: row.updated_at.getTime() })

export async function loadReview(sql: Sql, review_id: string, lock: '' | 'FOR UPDATE' = ''): Promise<Review | undefined> {
  const [row] = await sql.rows<Stored>(`SELECT ${columns} FROM reviews WHERE review_id = ? ${lock}`, [review_id])
  return row === undefined ? undefined : reviewOf(row)
}

/** Writes what an event changes. */
export async function append(sql: Sql, review_id: string, events: readonly ReviewEvent[]): Promise<void> {
  for (const event of events) {
    if (event.type === 'ReviewRemoved') {
      await sql.run('DELETE FROM review_edits WHERE review_id = ?', [review_id])
      await sql.run('DELETE FROM reviews WHERE review_id = ?', [review_id])
      continue
    }
    const { review } = event
    await sql.run(
      `INSERT INTO reviews (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) AS new ON DUPLICATE KEY UPDATE half_stars = new.half_stars, spoiler = new.spoiler, ` +
        'language = new.language, state = new.state, edits = new.edits, version = new.version, updated_at = new.updated_at',
      [
        review.review_id, review.title_id, review.profile_id, review.viewing_id, review.text_id, review.half_stars, Number(review.spoiler), review.language, review.state, review.edits, review.version,
        new Date(review.created_at), new Date(review.updated_at),
      ],
    )
  }
}

/** Keeps the words that an edit replaces, sealed as they are. */
export const keepEdit = (sql: Sql, { review_id, edits, text_id, updated_at }: Review): Promise<number> =>
  sql.run('INSERT INTO review_edits (review_id, edit, account_id, body_sealed, written_at) SELECT ?, ?, account_id, body_sealed, ? FROM texts WHERE text_id = ?',
    [review_id, edits, new Date(updated_at), text_id])

export interface Edit { readonly edit: number; readonly body_sealed: Buffer; readonly account_id: string; readonly key_wrapped: Buffer; readonly written_at: Date }
/** What a review said before, oldest first, after one of its edits. */
export const readEdits = (sql: Sql, review_id: string, limit: number, after: number): Promise<readonly Edit[]> =>
  sql.rows('SELECT e.edit, e.body_sealed, e.account_id, k.key_wrapped, e.written_at FROM review_edits e JOIN social_keys k ON k.account_id = e.account_id ' +
    `WHERE e.review_id = ? AND e.edit > ? ORDER BY e.edit LIMIT ${Math.trunc(limit)}`, [review_id, after])
