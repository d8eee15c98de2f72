/** Reviews by title and by author, comments by what they are on, and the texts of both, sealed. */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { base64 } from '../base64.ts'
import { mirror } from '../mirror.ts'

const [written, commented, worded] = ['cdc.user.reviews', 'cdc.user.comments', 'cdc.user.texts'] as const
const review_columns = {
  review_id: 'text', title_id: 'text', profile_id: 'text', viewing_id: 'text?', text_id: 'text', half_stars: 'int?', spoiler: 'int', language: 'text', state: 'text', edits: 'int', version: 'long',
  created_at: 'timestamp', updated_at: 'timestamp',
} as const
const comment_columns = {
  comment_id: 'text', subject_id: 'text', subject_kind: 'text', parent_id: 'text?', profile_id: 'text', text_id: 'text', state: 'text', version: 'long', created_at: 'timestamp', updated_at: 'timestamp',
} as const
const newest = { created_at: 'desc', review_id: 'desc' } as const
const rows = {
  reviews: { source: written, key: ['review_id'], columns: review_columns },
  of_title: { source: written, key: ['title_id', 'created_at', 'review_id'], clustering: newest, columns: review_columns },
  of_profile: { source: written, key: ['profile_id', 'created_at', 'review_id'], clustering: newest, columns: review_columns },
  comments: { source: commented, key: ['comment_id'], columns: comment_columns },
  thread: { source: commented, key: ['subject_id', 'created_at', 'comment_id'], columns: comment_columns },
  texts: { source: worded, key: ['text_id'], columns: { text_id: 'text', account_id: 'text', body_sealed: 'text', version: 'long' } },
} as const satisfies RowSpecs
/** `spoiler` is 0 or 1; `state` published or hidden. */
export type Review = RowOf<typeof rows.reviews>
export type Comment = RowOf<typeof rows.comments>
/** `body_sealed` is in base64, empty once the text is gone. */
export type SealedText = RowOf<typeof rows.texts>

export default defineView(import.meta.url, {
  version: 1,
  store: 'scylla',
  from: {
    [written]: ['review_id', 'title_id', 'profile_id', 'viewing_id', 'text_id', 'half_stars', 'spoiler', 'language', 'state', 'edits', 'version', 'created_at', 'updated_at'],
    [commented]: ['comment_id', 'subject_id', 'subject_kind', 'parent_id', 'profile_id', 'text_id', 'state', 'version', 'created_at', 'updated_at'],
    [worded]: ['text_id', 'account_id', 'body_sealed', 'version'],
  },
  rows,
  apply: (event) => {
    if (event.topic === written) {
      return [
        ...mirror('reviews', event, ({ review_id }) => ({ review_id }), (review) => review),
        ...mirror('of_title', event, ({ title_id, created_at, review_id }) => ({ title_id, created_at, review_id }), (review) => review),
        ...mirror('of_profile', event, ({ profile_id, created_at, review_id }) => ({ profile_id, created_at, review_id }), (review) => review),
      ]
    }
    if (event.topic === commented) {
      return [
        ...mirror('comments', event, ({ comment_id }) => ({ comment_id }), (comment) => comment),
        ...mirror('thread', event, ({ subject_id, created_at, comment_id }) => ({ subject_id, created_at, comment_id }), (comment) => comment),
      ]
    }
    return mirror('texts', event, ({ text_id }) => ({ text_id }), textOf)
  },
})

const textOf = ({ text_id, account_id, body_sealed, version }: Pick<CdcRows[typeof worded], 'text_id' | 'account_id' | 'body_sealed' | 'version'>): SealedText =>
  ({ text_id, account_id, body_sealed: base64(body_sealed), version })

const review_selected = `SELECT ${Object.keys(review_columns).join(', ')}`
const comment_selected = `SELECT ${Object.keys(comment_columns).join(', ')}`
const found = <T>(answers: readonly (readonly T[])[]): readonly T[] => answers.flat()

/** A review, hidden or not. */
export const review = async (reader: ScyllaReader, review_id: string): Promise<Review | undefined> => (await reviewsByIds(reader, [review_id]))[0]

/** Those of these reviews, at most 200, that there are. */
export const reviewsByIds = async (reader: ScyllaReader, ids: readonly string[]): Promise<readonly Review[]> =>
  found(await Promise.all(ids.map((id) => reader.run<Review>(`${review_selected} FROM ${reader.table('reviews')} WHERE review_id = ?`, [id]))))

export interface ReviewPlace { readonly created_at: number; readonly review_id: string }
interface Paged { readonly limit: number; readonly after?: ReviewPlace }

/** Reviews of a title, newest first. */
export const reviewsOfTitle = (reader: ScyllaReader, { title_id, ...page }: Paged & { readonly title_id: string }): Promise<readonly Review[]> =>
  pageOf(reader, 'of_title', 'title_id', title_id, page)

/** Reviews by a profile, newest first. */
export const reviewsOfProfile = (reader: ScyllaReader, { profile_id, ...page }: Paged & { readonly profile_id: string }): Promise<readonly Review[]> =>
  pageOf(reader, 'of_profile', 'profile_id', profile_id, page)

function pageOf(reader: ScyllaReader, row: 'of_title' | 'of_profile', column: string, id: string, { limit, after }: Paged): Promise<readonly Review[]> {
  const page = `${review_selected} FROM ${reader.table(row)} WHERE ${column} = ?`
  return after === undefined ? reader.run(`${page} LIMIT ?`, [id, limit]) : reader.run(`${page} AND (created_at, review_id) < (?, ?) LIMIT ?`, [id, after.created_at, after.review_id, limit])
}

/** A comment, hidden or not. */
export const comment = async (reader: ScyllaReader, comment_id: string): Promise<Comment | undefined> => (await commentsByIds(reader, [comment_id]))[0]

/** Those of these comments, at most 200, that there are. */
export const commentsByIds = async (reader: ScyllaReader, ids: readonly string[]): Promise<readonly Comment[]> =>
  found(await Promise.all(ids.map((id) => reader.run<Comment>(`${comment_selected} FROM ${reader.table('comments')} WHERE comment_id = ?`, [id]))))

export interface ThreadPage {
  readonly subject_id: string
  readonly limit: number
  /** Last comment of the page before. */
  readonly after?: { readonly created_at: number; readonly comment_id: string }
}

/** Comments on a review or list, oldest first, answers among them. */
export const thread = (reader: ScyllaReader, { subject_id, limit, after }: ThreadPage): Promise<readonly Comment[]> => {
  const page = `${comment_selected} FROM ${reader.table('thread')} WHERE subject_id = ?`
  return after === undefined ? reader.run(`${page} LIMIT ?`, [subject_id, limit]) : reader.run(`${page} AND (created_at, comment_id) > (?, ?) LIMIT ?`, [subject_id, after.created_at, after.comment_id, limit])
}

/** Those of these texts, at most 200, that there are. */
export const textsByIds = async (reader: ScyllaReader, ids: readonly string[]): Promise<readonly SealedText[]> =>
  found(await Promise.all(ids.map((id) => reader.run<SealedText>(`SELECT text_id, account_id, body_sealed, version FROM ${reader.table('texts')} WHERE text_id = ?`, [id]))))
