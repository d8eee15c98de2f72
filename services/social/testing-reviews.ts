/** Views of reviews, comments and texts that have caught up: they answer what MySQL has. */
import type { Database, Param } from '../shared/mysql.ts'
import { commentColumns } from './about.ts'
import { loadReview } from './review-store.ts'
import type { CommentPlace, ReviewPlace, ReviewViews, SealedText, ViewedComment, ViewedReview } from './review-views.ts'

type StoredComment = Omit<ViewedComment, 'created_at' | 'updated_at'> & { readonly created_at: Date; readonly updated_at: Date }
const commentOf = (row: StoredComment): ViewedComment => ({ ...row, created_at: row.created_at.getTime(), updated_at: row.updated_at.getTime() })

/** Asks MySQL. */
export function caughtUpReviews(database: Database): ReviewViews {
  const rows = <T>(text: string, params: readonly Param[]): Promise<readonly T[]> => database.read((sql) => sql.rows<T>(text, params))
  const review = async (review_id: string): Promise<ViewedReview | undefined> => {
    const found = await database.read((sql) => loadReview(sql, review_id))
    return found === undefined ? undefined : { ...found, spoiler: Number(found.spoiler) }
  }
  const reviewsOf = (column: 'title_id' | 'profile_id') => async (id: string, limit: number, after: ReviewPlace | undefined): Promise<readonly ViewedReview[]> => {
    const [older, place] = after === undefined ? ['', []] : ['AND (created_at, review_id) < (?, ?)', [new Date(after.created_at), after.review_id]]
    const ids = await rows<{ readonly review_id: string }>(`SELECT review_id FROM reviews WHERE ${column} = ? ${older} ORDER BY created_at DESC, review_id DESC LIMIT ${limit}`, [id, ...place])
    return (await Promise.all(ids.map(({ review_id }) => review(review_id)))).flatMap((found) => found ?? [])
  }
  const comments = async (where: string, params: readonly Param[]): Promise<readonly ViewedComment[]> =>
    (await rows<StoredComment>(`SELECT ${commentColumns}, state, updated_at FROM comments WHERE ${where}`, params)).map(commentOf)
  const counted = async (table: 'likes' | 'comments', subject_id: string): Promise<number> =>
    (await rows<{ readonly n: number }>(`SELECT COUNT(*) AS n FROM ${table} WHERE subject_id = ?`, [subject_id]))[0]?.n ?? 0
  return {
    review,
    ofTitle: reviewsOf('title_id'),
    ofProfile: reviewsOf('profile_id'),
    comment: async (comment_id) => (await comments('comment_id = ?', [comment_id]))[0],
    thread: (subject_id, limit, after: CommentPlace | undefined) => (after === undefined
      ? comments(`subject_id = ? ORDER BY created_at, comment_id LIMIT ${limit}`, [subject_id])
      : comments(`subject_id = ? AND (created_at, comment_id) > (?, ?) ORDER BY created_at, comment_id LIMIT ${limit}`, [subject_id, new Date(after.created_at), after.comment_id])),
    texts: async (text_ids) => (await database.read((sql) => sql.rowsIn<Omit<SealedText, 'body_sealed'> & { readonly body_sealed: Buffer }>(
      'SELECT text_id, account_id, body_sealed, version FROM texts WHERE text_id IN (?)', text_ids))).map((row) => ({ ...row, body_sealed: row.body_sealed.toString('base64') })),
    numbers: async (ids) => new Map(await Promise.all(ids.map(async (id) => [id, { likes: await counted('likes', id), comments: await counted('comments', id) }] as const))),
  }
}
