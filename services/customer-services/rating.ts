/** What may happen to a profile's rating of a title. Pure: no clock, no store. */
import { nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'

export interface Rating {
  /** 1 to 10. */
  readonly half_stars: number
  /** ms since the epoch. */
  readonly rated_at: number
  readonly version: number
}

/** `now_us` is read under the profile's lock; `expected` holds the versions the writer may replace. */
interface Given {
  readonly now_us: number
  readonly expected?: readonly number[] | undefined
}
export type RatingCommand = Given &
  /** Without `rated_at`: now, unless the stars are what they were. */
  ({ readonly do: 'rate'; readonly half_stars: number; readonly rated_at?: number | undefined } | { readonly do: 'remove' })

export type RatingEvent =
  | { readonly type: 'Rated'; readonly rating: Rating }
  /** `version` is that of the rating removed. */
  | { readonly type: 'RatingRemoved'; readonly version: number }

/** A client's clock may be this much ahead of ours. */
const tolerated_ms = 300_000

/** The events a command leads to; none where it changes nothing. */
export function decide(rating: Rating | undefined, command: RatingCommand): readonly RatingEvent[] | Refusal {
  if (rating === undefined && command.do === 'remove') return { code: 'rating_not_found', message: 'this profile has not rated this title' }
  if (command.expected !== undefined && !(rating !== undefined && command.expected.includes(rating.version))) {
    return { code: 'version_mismatch', message: 'the rating has changed since the version in If-Match', field: 'header.if-match' }
  }
  if (command.do === 'remove') return rating === undefined ? [] : [{ type: 'RatingRemoved', version: rating.version }]
  const now = Math.floor(command.now_us / 1000)
  const { half_stars, rated_at } = command
  if (rated_at !== undefined && rated_at > now + tolerated_ms)
    return { code: 'rated_in_future', message: 'must not be in the future', field: 'rated_at' }
  if (rating?.half_stars === half_stars && (rated_at === undefined || rated_at === rating.rated_at)) return []
  return [{ type: 'Rated', rating: { half_stars, rated_at: rated_at ?? now, version: nextVersion(rating?.version, command.now_us) } }]
}

/** The rating after an event; undefined once it is removed. */
export const evolve = (_rating: Rating | undefined, event: RatingEvent): Rating | undefined =>
  event.type === 'Rated' ? event.rating : undefined
