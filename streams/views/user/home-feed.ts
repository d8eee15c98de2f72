/** What those whom a profile follows have done, newest first, as `feed-fan-out` delivers it. Readers look once more at who follows whom now. */
import type { ScyllaReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { mirror } from '../mirror.ts'

const source = 'user.feed-entries'
const rows = {
  entries: {
    source, key: ['follower_id', 'occurred_at', 'activity_id'], clustering: { occurred_at: 'desc', activity_id: 'desc' },
    columns: {
      follower_id: 'text', occurred_at: 'timestamp', activity_id: 'text', profile_id: 'text', kind: 'text', title_id: 'text?', subject_kind: 'text?', subject_id: 'text?',
      other_id: 'text?', half_stars: 'int?', version: 'long',
    },
  },
} as const satisfies RowSpecs
export type FeedEntry = RowOf<typeof rows.entries>

export default defineView(import.meta.url, {
  version: 1,
  store: 'scylla',
  from: { [source]: ['follower_id', 'occurred_at', 'activity_id', 'profile_id', 'kind', 'title_id', 'subject_kind', 'subject_id', 'other_id', 'half_stars', 'version'] },
  rows,
  apply: (event) => mirror('entries', event, ({ follower_id, occurred_at, activity_id }) => ({ follower_id, occurred_at, activity_id }), (entry) => entry),
})

const selected = 'SELECT follower_id, occurred_at, activity_id, profile_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, version'

export interface FeedPage {
  readonly follower_id: string
  readonly limit: number
  /** Last entry of the page before. */
  readonly after?: { readonly occurred_at: number; readonly activity_id: string }
}

/** A page of a profile's feed, newest first. */
export const feedPage = (reader: ScyllaReader, { follower_id, limit, after }: FeedPage): Promise<readonly FeedEntry[]> =>
  (after === undefined
    ? reader.run(`${selected} FROM ${reader.table('entries')} WHERE follower_id = ? LIMIT ?`, [follower_id, limit])
    : reader.run(`${selected} FROM ${reader.table('entries')} WHERE follower_id = ? AND (occurred_at, activity_id) < (?, ?) LIMIT ?`, [follower_id, after.occurred_at, after.activity_id, limit]))
