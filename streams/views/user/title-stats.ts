/**
 * How a title is rated: count, mean, histogram and a weighted mean to rank by. A `member` row per rating holds what it has
 * contributed, so a change, a removal or a repeated event counts exactly once; all of `stats` follows from its histogram.
 */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import type { RedisReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'

const rows = {
  stats: {
    key: ['title_id'],
    columns: {
      title_id: 'text', count: 'long', sum_half_stars: 'long', mean_stars: 'double', weighted_stars: 'double', histogram: 'int[]',
    },
    order: ['count', 'weighted_stars'],
  },
  member: {
    key: ['title_id', 'profile_id'],
    columns: { title_id: 'text', profile_id: 'text', half_stars: 'int', version: 'long' },
  },
} as const satisfies RowSpecs
/** `histogram[i]` counts ratings of `i + 1` half stars; the means are in stars. */
export type TitleStats = RowOf<typeof rows.stats>

const keysOf = ({ title_id, profile_id }: Pick<CdcRows['cdc.user.ratings'], 'title_id' | 'profile_id'>) =>
  ({ stats: { title_id }, member: { title_id, profile_id } })

const view = defineView(import.meta.url, {
  version: 1,
  store: 'redis',
  from: { 'cdc.user.ratings': ['profile_id', 'title_id', 'half_stars', 'version'] },
  rows,
  touches: ({ before, after }) => {
    const rating = after ?? before
    if (rating === null) return []
    const key = keysOf(rating)
    return [{ row: 'stats', key: key.stats }, { row: 'member', key: key.member }]
  },
  apply: ({ before, after }, { stats, member }) => {
    const rating = after ?? before
    if (rating === null) return []
    const key = keysOf(rating)
    const counted = member.get(key.member)
    if (counted !== undefined && rating.version < counted.version) return [] // a snapshot has run ahead of the stream
    const histogram = [...stats.get(key.stats)?.histogram ?? Array.from({ length: 10 }, () => 0)]
    const count = (half_stars: number, times: number): void => {
      histogram[half_stars - 1] = (histogram[half_stars - 1] ?? 0) + times
    }
    if (counted !== undefined) count(counted.half_stars, -1)
    if (after !== null) count(after.half_stars, 1)
    return [
      histogram.some((votes) => votes > 0) ? { put: 'stats', row: statsOf(rating.title_id, histogram) }
        : { remove: 'stats', key: key.stats },
      after === null ? { remove: 'member', key: key.member }
        : { put: 'member', row: { ...key.member, half_stars: after.half_stars, version: after.version } },
    ]
  },
})
export default view

function statsOf(title_id: string, histogram: readonly number[]): TitleStats {
  const count = histogram.reduce((sum, votes) => sum + votes, 0)
  const sum_half_stars = histogram.reduce((sum, votes, index) => sum + votes * (index + 1), 0)
  const mean_stars = sum_half_stars / count / 2
  return { title_id, count, sum_half_stars, mean_stars, weighted_stars: weightedStars(count, sum_half_stars), histogram }
}

const PRIOR_VOTES = 25
const PRIOR_HALF_STARS = 7

/**
 * Mean after 25 imagined votes of 3.5 stars: the Bayesian average, as IMDb ranks its Top 250 with, (v·R + m·C) / (v + m).
 * The prior is a constant, not the mean of all titles, so that a title's rank depends on its own ratings only.
 */
export const weightedStars = (count: number, sum_half_stars: number): number =>
  (PRIOR_VOTES * PRIOR_HALF_STARS + sum_half_stars) / (PRIOR_VOTES + count) / 2

type Reader = RedisReader<typeof view.rows>

/** Undefined where nobody has rated the title. */
export const titleStats = (reader: Reader, title_id: string): Promise<TitleStats | undefined> => reader.get('stats', { title_id })

/** Titles with the most ratings or the best, first. */
export async function topTitles(
  reader: Reader, { by, limit, offset = 0 }: { readonly by: 'popularity' | 'rating'; readonly limit: number; readonly offset?: number },
): Promise<readonly TitleStats[]> {
  const top = await reader.top('stats', by === 'popularity' ? 'count' : 'weighted_stars', { offset, limit })
  const found = await reader.getMany('stats', top.map(({ id }) => ({ title_id: id })))
  return found.filter((stats) => stats !== undefined)
}

/** How many have rated each of these titles; those that nobody has are left out. */
export const ratingCounts = async (reader: Reader, title_ids: readonly string[]): Promise<ReadonlyMap<string, number>> =>
  new Map((await reader.getMany('stats', title_ids.map((title_id) => ({ title_id })))).flatMap((stats) => (stats === undefined ? [] : [[stats.title_id, stats.count]])))

/** Version of a profile's rating as the stats count it; undefined where they count none. */
export const ratingVersion = async (reader: Reader, title_id: string, profile_id: string): Promise<number | undefined> =>
  (await reader.get('member', { title_id, profile_id }))?.version
