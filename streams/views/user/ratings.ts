/** Facts for analysis: the current rating of each title by each profile. */
import type { ClickHouseReader } from '../../runtime/readers.ts'
import { defineView } from '../../runtime/view.ts'
import { mirror } from '../mirror.ts'

export default defineView(import.meta.url, {
  version: 1,
  store: 'clickhouse',
  from: { 'cdc.user.ratings': ['profile_id', 'title_id', 'half_stars', 'rated_at', 'version'] },
  rows: {
    ratings: {
      source: 'cdc.user.ratings',
      key: ['title_id', 'profile_id'],
      columns: { title_id: 'text', profile_id: 'text', half_stars: 'int', rated_at: 'timestamp', version: 'long' },
    },
  },
  apply: (event) => mirror('ratings', event, ({ title_id, profile_id }) => ({ title_id, profile_id }),
    ({ title_id, profile_id, half_stars, rated_at, version }) => ({ title_id, profile_id, half_stars, rated_at, version })),
})

export interface RatingsSummary { readonly count: number; readonly sum_half_stars: number; readonly mean_stars: number | null }

const summary = async (reader: ClickHouseReader, where: string, params: Readonly<Record<string, unknown>>): Promise<RatingsSummary> => {
  const [found] = await reader.run<RatingsSummary>(`SELECT count() AS count, sum(half_stars) AS sum_half_stars,
    if(count = 0, NULL, sum_half_stars / count / 2) AS mean_stars FROM ${reader.table('ratings')} ${where}`, params)
  return found ?? { count: 0, sum_half_stars: 0, mean_stars: null }
}

/** Of one title; the mean is null where nobody has rated it. */
export const ratingsSummary = (reader: ClickHouseReader, title_id: string): Promise<RatingsSummary> =>
  summary(reader, 'WHERE title_id = {title_id:String}', { title_id })

/** Of all titles together. */
export const ratingsTotal = (reader: ClickHouseReader): Promise<RatingsSummary> => summary(reader, '', {})
