/** Facts for analysis: everything that people have done and that still holds, one row for each. */
import type { ClickHouseReader } from '../../runtime/readers.ts'
import { defineView } from '../../runtime/view.ts'

const source = 'user.activity'

export default defineView(import.meta.url, {
  version: 1,
  store: 'clickhouse',
  from: { [source]: ['activity_id', 'profile_id', 'type', 'kind', 'title_id', 'subject_kind', 'subject_id', 'other_id', 'half_stars', 'occurred_at', 'version'] },
  rows: {
    activities: {
      source,
      key: ['profile_id', 'activity_id'],
      columns: {
        profile_id: 'text', activity_id: 'text', kind: 'text', title_id: 'text?', subject_kind: 'text?', subject_id: 'text?', other_id: 'text?', half_stars: 'int?', occurred_at: 'timestamp', version: 'long',
      },
    },
  },
  apply: ({ after }) => {
    if (after === null) return []
    const { type, ...activity } = after
    if (type === 'ActivityRecorded') return [{ put: 'activities', row: activity }]
    return type === 'ActivityWithdrawn' ? [{ remove: 'activities', key: { profile_id: activity.profile_id, activity_id: activity.activity_id } }] : []
  },
})

export interface Engagement { readonly day: string; readonly kind: string; readonly activities: number; readonly profiles: number }

/** Activities and those who did them, by day (UTC) and kind, from one instant (ms, included) to another (not included). */
export const engagementByDay = (reader: ClickHouseReader, { from, to }: { readonly from: number; readonly to: number }): Promise<readonly Engagement[]> =>
  reader.run(`SELECT toString(toDate(occurred_at, 'UTC')) AS day, kind, count() AS activities, uniqExact(profile_id) AS profiles FROM ${reader.table('activities')}
    WHERE occurred_at >= fromUnixTimestamp64Milli({from:Int64}) AND occurred_at < fromUnixTimestamp64Milli({to:Int64}) GROUP BY day, kind ORDER BY day, kind LIMIT 10000`, { from, to })
