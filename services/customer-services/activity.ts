/**
 * What a profile's ratings and viewings tell those who follow it. Only what a person does is told, and nothing of children; what a program or
 * an import changes is no longer as the person told it, and is withdrawn. An activity keeps its instant as long as it stands, since views
 * order by it: a rating whose instant changes is withdrawn, and told anew.
 */
import type { Events } from '@cdlc/schemas/generated/topics.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Outbox } from '../shared/outbox.ts'
import type { RatingKey } from './rating-store.ts'
import type { Rating } from './rating.ts'
import type { Viewing } from './viewing.ts'

export type Activity = Outbox<'user.activity'>
type Told = Omit<Events['user.activity'], 'event_id'>

/** Titles may be rated as of before 1970, of which ids can tell nothing. */
const instantOfRating = ({ rated_at }: Pick<Rating, 'rated_at'>): number => Math.max(rated_at, 0)

const ratingTold = (type: Told['type'], { profile_id, title_id }: RatingKey, rating: Pick<Rating, 'half_stars' | 'rated_at'>, version: number): Told => ({
  activity_id: `rated:${profile_id}.${title_id}`,
  profile_id, type, kind: 'rated', title_id, subject_kind: null, subject_id: null, other_id: null, half_stars: rating.half_stars,
  occurred_at: instantOfRating(rating), version,
})
type TellableViewing = Pick<Viewing, 'viewing_id' | 'profile_id' | 'title_id' | 'half_stars' | 'created_at'>
const viewingTold = (type: Told['type'], { viewing_id, profile_id, title_id, half_stars, created_at }: TellableViewing, version: number): Told => ({
  activity_id: `watched:${viewing_id}`,
  profile_id, type, kind: 'watched', title_id, subject_kind: 'viewing', subject_id: viewing_id, other_id: null, half_stars,
  occurred_at: created_at, version,
})

/** A row before and after. */
export interface Change<T> {
  readonly before: T | undefined
  readonly after: T | undefined
  /** Of what is withdrawn: above `before`'s and below `after`'s. */
  readonly version: number
  /** Whether a person did it, who is no child. */
  readonly isTold: boolean
}

/** The events that a change of a rating leads to. */
export function ofRating(key: RatingKey, { before, after, version, isTold }: Change<Rating>): readonly Told[] {
  if (before?.version === after?.version) return []
  const stands = isTold && before !== undefined && after !== undefined && instantOfRating(before) === instantOfRating(after)
  return [
    ...(before === undefined || stands ? [] : [ratingTold('ActivityWithdrawn', key, before, version)]),
    ...(after === undefined || !isTold ? [] : [ratingTold('ActivityRecorded', key, after, after.version)]),
  ]
}

/** The events that a change of a viewing leads to; one that leaves alone what was told leads to none. */
export function ofViewing({ before, after, version, isTold }: Change<TellableViewing & Pick<Viewing, 'version'>>): readonly Told[] {
  if (after === undefined) return before === undefined ? [] : [viewingTold('ActivityWithdrawn', before, version)]
  if (before?.half_stars === after.half_stars) return []
  if (isTold) return [viewingTold('ActivityRecorded', after, after.version)]
  return before === undefined ? [] : [viewingTold('ActivityWithdrawn', before, version)]
}

const atOnce = 1_000
type RatingLeft = RatingKey & { readonly half_stars: number; readonly rated_at: Date; readonly version: number }
type ViewingLeft = Omit<TellableViewing, 'created_at'> & { readonly created_at: Date; readonly version: number }

/** Removes some of a profile's ratings and viewings, and what they told; the caller holds the profile's lock. Answers whether none is left. */
export async function removeSome(activity: Activity, sql: Sql, profile_id: string): Promise<boolean> {
  const ratings = await sql.rows<RatingLeft>(
    `SELECT profile_id, title_id, half_stars, rated_at, version FROM ratings WHERE profile_id = ? ORDER BY title_id LIMIT ${atOnce}`, [profile_id])
  const viewings = await sql.rows<ViewingLeft>(
    `SELECT viewing_id, profile_id, title_id, half_stars, created_at, version FROM viewings WHERE profile_id = ? ORDER BY viewing_id LIMIT ${atOnce}`, [profile_id])
  const [rating, viewing] = [ratings.at(-1), viewings.at(-1)]
  if (rating !== undefined) await sql.run('DELETE FROM ratings WHERE profile_id = ? AND title_id <= ?', [profile_id, rating.title_id])
  if (viewing !== undefined) await sql.run('DELETE FROM viewings WHERE profile_id = ? AND viewing_id <= ?', [profile_id, viewing.viewing_id])
  await activity.write(
    sql,
    ...ratings.map((row) => ratingTold('ActivityWithdrawn', row, { ...row, rated_at: row.rated_at.getTime() }, row.version + 1)),
    ...viewings.map((row) => viewingTold('ActivityWithdrawn', { ...row, created_at: row.created_at.getTime() }, row.version + 1)),
  )
  return ratings.length < atOnce && viewings.length < atOnce
}
