/** What may happen to a viewing: one time that a profile saw a title, in its film diary. Pure: no clock, no store. */
import { nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'

export interface ViewingFields {
  readonly title_id: string
  /** In days since the epoch; null: seen, and nobody knows when. */
  readonly watched_on: number | null
  /** 1 to 10, of this time. */
  readonly half_stars: number | null
  readonly liked: boolean
  readonly rewatch: boolean
  /** The person's own words. */
  readonly tags: readonly string[]
}
export interface Viewing extends ViewingFields {
  readonly viewing_id: string
  readonly profile_id: string
  readonly version: number
  /** ms since the epoch. */
  readonly created_at: number
  readonly updated_at: number
}
/** Another viewing of the same title by the same profile. */
export type OtherViewing = Pick<Viewing, 'watched_on' | 'half_stars'>
export type ViewingChanges = Partial<Omit<ViewingFields, 'title_id'>>

export const mostViewings = 20_000

/** `now_us` is read under the profile's lock; `expected` holds the versions the writer may replace. */
interface Given {
  readonly now_us: number
  readonly expected?: readonly number[] | undefined
}
export type ViewingCommand = Given &
  (
    | {
        readonly do: 'add'
        readonly viewing_id: string
        readonly profile_id: string
        /** Without `rewatch`: whether an earlier viewing is there. */
        readonly fields: Omit<ViewingFields, 'rewatch'> & { readonly rewatch?: boolean | undefined }
        readonly others: readonly OtherViewing[]
        /** How many the profile has. */
        readonly viewings: number
      }
    | { readonly do: 'revise'; readonly changes: ViewingChanges }
    | { readonly do: 'remove' }
  )

export type ViewingEvent =
  | { readonly type: 'ViewingAdded'; readonly viewing: Viewing }
  | { readonly type: 'ViewingRevised'; readonly viewing: Viewing }
  /** `version` is that of the viewing removed. */
  | { readonly type: 'ViewingRemoved'; readonly version: number }

/** The zone that is ahead the most: there it is tomorrow before it is anywhere else. */
const furthestAhead_ms = 14 * 3_600_000
const day_ms = 86_400_000
/** The day of an instant, in UTC. */
const dayOf = (at_ms: number): number => Math.floor(at_ms / day_ms)
const isAhead = (watched_on: number | null, now_ms: number): boolean => watched_on !== null && watched_on > dayOf(now_ms + furthestAhead_ms)
const inFuture: Refusal = { code: 'watched_in_future', message: 'must not be in the future', field: 'watched_on' }

/** Of two of one day, or where nobody knows the day of one, the one that was told first is taken for the earlier. */
const isEarlier = (other: OtherViewing, watched_on: number | null): boolean => other.watched_on === null || watched_on === null || other.watched_on <= watched_on
const sameTags = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((tag, index) => tag === b[index])

function revised(viewing: Viewing, changes: ViewingChanges, now_us: number): Viewing | undefined {
  const { watched_on = viewing.watched_on, half_stars = viewing.half_stars, liked = viewing.liked, rewatch = viewing.rewatch, tags = viewing.tags } = changes
  const isSame = watched_on === viewing.watched_on && half_stars === viewing.half_stars && liked === viewing.liked && rewatch === viewing.rewatch && sameTags(tags, viewing.tags)
  if (isSame) return undefined
  const version = nextVersion(viewing.version, now_us)
  return { ...viewing, watched_on, half_stars, liked, rewatch, tags, version, updated_at: Math.floor(version / 1_000) }
}

/** The events a command leads to; none where it changes nothing. */
export function decide(viewing: Viewing | undefined, command: ViewingCommand): readonly ViewingEvent[] | Refusal {
  const { now_us, expected } = command
  const now_ms = Math.floor(now_us / 1_000)
  if (command.do === 'add') {
    const { viewing_id, profile_id, fields, others, viewings } = command
    if (viewings >= mostViewings) return { code: 'too_many_viewings', message: `a profile has ${mostViewings} viewings at most; remove one first` }
    if (isAhead(fields.watched_on, now_ms)) return inFuture
    const rewatch = fields.rewatch ?? others.some((other) => isEarlier(other, fields.watched_on))
    return [{ type: 'ViewingAdded', viewing: { ...fields, rewatch, viewing_id, profile_id, version: now_us, created_at: now_ms, updated_at: now_ms } }]
  }
  if (viewing === undefined) return { code: 'viewing_not_found', message: 'this profile has no such viewing', field: 'path.viewing_id' }
  if (expected !== undefined && !expected.includes(viewing.version)) {
    return { code: 'version_mismatch', message: 'the viewing has changed since the version in If-Match', field: 'header.if-match' }
  }
  if (command.do === 'remove') return [{ type: 'ViewingRemoved', version: viewing.version }]
  if (isAhead(command.changes.watched_on ?? null, now_ms)) return inFuture
  const after = revised(viewing, command.changes, now_us)
  return after === undefined ? [] : [{ type: 'ViewingRevised', viewing: after }]
}

/** The viewing after an event; undefined once it is removed. */
export const evolve = (_viewing: Viewing | undefined, event: ViewingEvent): Viewing | undefined => (event.type === 'ViewingRemoved' ? undefined : event.viewing)

/** What a profile thinks of a title by its diary; without `rated_at`: now. */
export interface Verdict {
  readonly half_stars: number
  readonly rated_at?: number
}

/**
 * The rating that a viewing's stars make the title's; undefined where they do not. They do unless the profile gave stars to a later viewing, or
 * rated the title on a later day. A day that nobody knows is now, and gives way to any that is known.
 */
export function verdictOf(
  { watched_on, half_stars }: OtherViewing,
  { others, rated_at, now_ms }: { readonly others: readonly OtherViewing[]; readonly rated_at: number | undefined; readonly now_ms: number },
): Verdict | undefined {
  if (half_stars === null) return undefined
  const known = others.flatMap((other) => (other.half_stars === null || other.watched_on === null ? [] : [other.watched_on]))
  if (watched_on === null) return known.length === 0 ? { half_stars } : undefined
  if (known.some((day) => day > watched_on) || (rated_at !== undefined && dayOf(rated_at) > watched_on)) return undefined
  return watched_on >= dayOf(now_ms) ? { half_stars } : { half_stars, rated_at: watched_on * day_ms }
}
