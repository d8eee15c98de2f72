/** What feed needs from outside. */
import type { Clock } from '../shared/clock.ts'

/** What somebody did, as `user.activity` tells it. */
export interface Activity {
  readonly activity_id: string
  readonly profile_id: string
  readonly kind: string
  readonly title_id: string | null
  readonly subject_kind: string | null
  readonly subject_id: string | null
  /** The profile that it concerns: who is followed, whose review is liked. */
  readonly other_id: string | null
  readonly half_stars: number | null
  /** ms since the epoch. */
  readonly occurred_at: number
  readonly version: number
}
/** Where an activity stands among others, newest first. */
export type Place = Pick<Activity, 'occurred_at' | 'activity_id'>
export interface Asked {
  readonly limit: number
  /** Only what comes after it; undefined: from the newest on. */
  readonly after: Place | undefined
}

/** What a list has from a place on. */
export interface Page {
  /** Newest first, none left out. */
  readonly activities: readonly Activity[]
  /** Whether nothing comes after them; a page that is empty has ended. */
  readonly ended: boolean
}

/** A card as its view has it; `handle` is null while its profile is leaving, `is_private` 0 or 1. */
export interface Card {
  readonly profile_id: string
  readonly account_id: string
  readonly handle: string | null
  readonly name: string
  readonly is_private: number
}
/** `blocked` and `muted` are 0 or 1. */
export interface Relation {
  readonly profile_id: string
  readonly other_id: string
  readonly follow: string
  readonly blocked: number
  readonly muted: number
  readonly followed_at: number | null
}

/** Questions to views; each may throw Unavailable. Lists of ids hold 200 at most unless said otherwise. */
export interface FeedViews {
  card(profile_id: string): Promise<Card | undefined>
  cards(profile_ids: readonly string[]): Promise<readonly Card[]>
  cardByHandle(handle: string): Promise<Card | undefined>
  relationsTo(profile_id: string, other_ids: readonly string[]): Promise<readonly Relation[]>
  relationsFrom(profile_ids: readonly string[], other_id: string): Promise<readonly Relation[]>
  /** All that a profile has said about others. */
  outgoing(profile_id: string): Promise<readonly Relation[]>
  /** Those of any number of profiles whose activities may not be delivered to each follower, so that their own have to be read. */
  widelyFollowed(profile_ids: readonly string[]): Promise<readonly string[]>
  /** What was delivered to a profile, newest first; from the newest on it may be fewer than were asked for, though there are more. */
  entries(follower_id: string, asked: Asked): Promise<Page>
  /** What these have done, newest first, all together. */
  activities(profile_ids: readonly string[], asked: Asked): Promise<readonly Activity[]>
  /** Names of titles by id; those that are not there are left out. */
  titles(title_ids: readonly string[]): Promise<ReadonlyMap<string, string>>
}

export interface FeedPorts {
  readonly views: FeedViews
  readonly clock: Clock
}
