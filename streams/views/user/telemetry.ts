/** Facts for analysis: what was seen and done in passing, one row for each event. Words of searches are not here: they are forgotten with the topic. */
import type { ClickHouseReader } from '../../runtime/readers.ts'
import { defineView } from '../../runtime/view.ts'

const source = 'user.telemetry'

export default defineView(import.meta.url, {
  version: 1,
  store: 'clickhouse',
  from: { [source]: ['event_id', 'kind', 'occurred_at', 'surface', 'title_id', 'position', 'dwell_ms', 'session', 'profile_id', 'consent'] },
  rows: {
    events: {
      source,
      key: ['event_id'],
      columns: {
        event_id: 'text', kind: 'text', occurred_at: 'timestamp', surface: 'text', title_id: 'text?', position: 'int?', dwell_ms: 'int?', session: 'text?', profile_id: 'text?', consent: 'bool',
      },
    },
  },
  // an event that comes again is the same row; of one that is told otherwise the last word counts
  apply: ({ after }) => (after === null ? [] : [{ put: 'events', row: after }]),
})

export interface Impressions { readonly title_id: string; readonly impressions: number; readonly clicks: number }

/** How often titles were shown and clicked, the most shown first, from one instant (ms, included) to another (not included); on one surface, or on all. */
export const impressionsByTitle = (
  reader: ClickHouseReader, { from, to, surface, limit }: { readonly from: number; readonly to: number; readonly surface?: string; readonly limit: number },
): Promise<readonly Impressions[]> =>
  reader.run(`SELECT title_id, countIf(kind = 'impression') AS impressions, countIf(kind = 'click') AS clicks FROM ${reader.table('events')}
    WHERE title_id IS NOT NULL AND kind IN ('impression', 'click') AND occurred_at >= fromUnixTimestamp64Milli({from:Int64}) AND occurred_at < fromUnixTimestamp64Milli({to:Int64})
    ${surface === undefined ? '' : 'AND surface = {surface:String}'} GROUP BY title_id ORDER BY impressions DESC, title_id LIMIT {limit:UInt32}`,
  { from, to, limit, ...(surface === undefined ? {} : { surface }) })
