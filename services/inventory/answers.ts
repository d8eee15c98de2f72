/** From a title's state to the answers that show it. */
import { isDeepStrictEqual } from 'node:util'
import type { TitleCard } from '@cdlc/streams/views/content/title.ts'
import { type TitleStats, weightedStars } from '@cdlc/streams/views/user/title-stats.ts'
import type { Title } from './title.ts'

const shown = (title: Title) => ({
  title_id: title.title_id,
  kind: title.kind,
  name: title.name,
  original_name: title.original_name,
  release_year: title.release_year,
  released_on: title.released_on,
  runtime_minutes: title.runtime_minutes,
  mpaa_rating: title.mpaa_rating,
  studio: title.studio,
  synopsis: title.synopsis,
  genres: title.genres,
  countries: title.countries,
})
const last = (title: Title) => ({ seasons: title.seasons, version: title.version, updated_at: new Date(title.updated_at).toISOString() })

/** The answer to a write. */
export const titleAnswer = (title: Title) => ({ ...shown(title), source_ref: title.source_ref, ...last(title) })

/** The card that the `title` view will show; credits belong to another service and are the view's last word on them. */
export const cardOf = (title: Title, credits: TitleCard['credits']): TitleCard => ({ ...shown(title), credits, ...last(title) })

/** Whether a card shows this very state: its parts reach the view by topics of their own. */
export const showsTitle = (card: TitleCard, title: Title): boolean => isDeepStrictEqual({ ...card, credits: [] }, cardOf(title, []))

/** What a list shows of a title. */
export const summaryOf = ({
  title_id,
  kind,
  name,
  original_name,
  release_year,
  genres,
}: Omit<TitleCard, 'credits'> | Pick<TitleCard, 'title_id' | 'kind' | 'name' | 'original_name' | 'release_year' | 'genres'>) => ({
  title_id,
  kind,
  name,
  original_name,
  release_year,
  genres,
})

/** Stats that follow from a histogram, as the `title-stats` view computes them. */
export function statsOf(title_id: string, histogram: readonly number[]) {
  const count = histogram.reduce((sum, ratings) => sum + ratings, 0)
  const sum_half_stars = histogram.reduce((sum, ratings, index) => sum + ratings * (index + 1), 0)
  return {
    title_id,
    count,
    mean_stars: count === 0 ? null : sum_half_stars / count / 2,
    weighted_stars: weightedStars(count, sum_half_stars),
    histogram,
  }
}

/** The view's stats as they are answered. */
export const statsAnswer = ({ title_id, count, mean_stars, weighted_stars, histogram }: TitleStats) => ({
  title_id,
  count,
  mean_stars,
  weighted_stars,
  histogram,
})
