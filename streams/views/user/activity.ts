/** What a profile has done, newest first. An activity is put where it is recorded and removed where it is withdrawn: both say when it was done. */
import type { ScyllaReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'

const source = 'user.activity'
const rows = {
  // both clustering columns descend: one comparison of tuples then finds the next page
  by_actor: {
    source, key: ['profile_id', 'occurred_at', 'activity_id'], clustering: { occurred_at: 'desc', activity_id: 'desc' },
    columns: {
      profile_id: 'text', occurred_at: 'timestamp', activity_id: 'text', kind: 'text', title_id: 'text?', subject_kind: 'text?', subject_id: 'text?', other_id: 'text?',
      half_stars: 'int?', version: 'long',
    },
  },
} as const satisfies RowSpecs
export type Activity = RowOf<typeof rows.by_actor>

export default defineView(import.meta.url, {
  version: 1,
  store: 'scylla',
  from: { [source]: ['profile_id', 'occurred_at', 'activity_id', 'type', 'kind', 'title_id', 'subject_kind', 'subject_id', 'other_id', 'half_stars', 'version'] },
  rows,
  apply: ({ after }) => {
    if (after === null) return []
    const { type, ...activity } = after
    const { profile_id, occurred_at, activity_id } = activity
    if (type === 'ActivityRecorded') return [{ put: 'by_actor', row: activity }]
    return type === 'ActivityWithdrawn' ? [{ remove: 'by_actor', key: { profile_id, occurred_at, activity_id } }] : []
  },
})

const selected = 'SELECT profile_id, occurred_at, activity_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, version'

export interface ActivityPlace { readonly occurred_at: number; readonly activity_id: string }
export interface ActivityPage {
  readonly profile_id: string
  readonly limit: number
  /** Last activity of the page before. */
  readonly after?: ActivityPlace
}

/** What a profile has done, newest first. */
export const activityPage = (reader: ScyllaReader, { profile_id, limit, after }: ActivityPage): Promise<readonly Activity[]> =>
  (after === undefined
    ? reader.run(`${selected} FROM ${reader.table('by_actor')} WHERE profile_id = ? LIMIT ?`, [profile_id, limit])
    : reader.run(`${selected} FROM ${reader.table('by_actor')} WHERE profile_id = ? AND (occurred_at, activity_id) < (?, ?) LIMIT ?`, [profile_id, after.occurred_at, after.activity_id, limit]))

/** The same of several profiles together, at most 200: the newest of all of them. */
export async function activitiesOf(reader: ScyllaReader, profile_ids: readonly string[], { limit, after }: Omit<ActivityPage, 'profile_id'>): Promise<readonly Activity[]> {
  const pages = await Promise.all(profile_ids.map((profile_id) => activityPage(reader, { profile_id, limit, ...(after === undefined ? {} : { after }) })))
  return pages.flat().toSorted((a, b) => b.occurred_at - a.occurred_at || (a.activity_id < b.activity_id ? 1 : -1)).slice(0, limit)
}
