/** Runs commands on ratings, one or many, in the caller's transaction. */
import { accepted, isRefusal, Refused, type ErrorCode } from '../shared/errors.ts'
import type { Clock } from '../shared/clock.ts'
import type { Sql } from '../shared/mysql.ts'
import { ofRating, type Activity } from './activity.ts'
import { append, idOf, lockRatings, type KeyedEvent, type RatingKey } from './rating-store.ts'
import { decide, evolve, type Rating, type RatingCommand } from './rating.ts'

type Unready<C> = C extends RatingCommand ? Omit<C, 'now_us'> : never
export type RatingRequest = Unready<RatingCommand>
export interface Outcome {
  readonly before: Rating | undefined
  readonly after: Rating | undefined
}
/** `activity` is prepared before the transaction. */
export interface Means {
  readonly clock: Clock
  readonly activity: Activity
}

/** Those who follow hear of it where `isTold`, unless the profile is for kids. Throws Refused. */
export async function run({ clock, activity }: Means, sql: Sql, key: RatingKey, request: RatingRequest, isTold: boolean): Promise<Outcome> {
  const { profiles, ratings } = await lockRatings(sql, [key])
  const profile = profiles.get(key.profile_id)
  if (profile === undefined)
    throw new Refused({ code: 'profile_not_found', message: 'no profile has this id', field: 'path.profile_id' })
  const before = ratings.get(idOf(key))
  clock.saw(before?.version ?? 0)
  const version = clock.micros()
  const events = accepted(decide(before, { ...request, now_us: clock.micros() }))
  await append(
    sql,
    events.map((event) => ({ ...key, event })),
  )
  const after = events.reduce(evolve, before)
  await activity.write(sql, ...ofRating(key, { before, after, version, isTold: isTold && !profile.kids }))
  return { before, after }
}

export interface ImportItem extends RatingKey {
  readonly half_stars: number
  readonly rated_at: number
}
export interface Imported {
  readonly applied: number
  readonly unchanged: number
  readonly rejected: readonly { readonly index: number; readonly code: ErrorCode }[]
}

/** Rates in the order given; what cannot be is told, and does not hinder the rest. Those who follow hear of none of it. */
export async function runAll({ clock, activity }: Means, sql: Sql, items: readonly ImportItem[], titles: ReadonlySet<string>): Promise<Imported> {
  const { profiles, ratings } = await lockRatings(sql, items)
  for (const { version } of ratings.values()) clock.saw(version)
  const rejected: { index: number; code: ErrorCode }[] = []
  const events: KeyedEvent[] = []
  const withdrawn: Parameters<Activity['write']>[1][] = []
  let applied = 0
  for (const [index, { half_stars, rated_at, ...key }] of items.entries()) {
    const id = idOf(key)
    const before = ratings.get(id)
    const version = clock.micros()
    const decision = !profiles.has(key.profile_id)
      ? ({ code: 'unknown_profile', message: 'no profile has this id' } as const)
      : !titles.has(key.title_id)
        ? ({ code: 'unknown_title', message: 'no title has this id' } as const)
        : decide(before, { do: 'rate', half_stars, rated_at, now_us: clock.micros() })
    if (isRefusal(decision)) {
      rejected.push({ index, code: decision.code })
      continue
    }
    const after = decision.reduce(evolve, before)
    withdrawn.push(...ofRating(key, { before, after, version, isTold: false }))
    if (after !== undefined) ratings.set(id, after)
    if (decision.length > 0) applied += 1
    events.push(...decision.map((event) => ({ ...key, event })))
  }
  await append(sql, events)
  await activity.write(sql, ...withdrawn)
  return { applied, unchanged: items.length - applied - rejected.length, rejected }
}
