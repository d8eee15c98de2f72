/** Runs commands on viewings, each in the caller's transaction, under its profile's lock. All throw Refused. */
import { newId, type Clock } from '../shared/clock.ts'
import { accepted } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'
import { ofViewing, type Activity } from './activity.ts'
import { noProfile } from './ownership.ts'
import { lockProfile, type LockedProfile } from './profile-store.ts'
import { run as runRating } from './rating-commands.ts'
import { readRating } from './rating-store.ts'
import { append, countViewings, othersOf, readViewing } from './viewing-store.ts'
import { decide, evolve, verdictOf, type OtherViewing, type Viewing, type ViewingChanges, type ViewingCommand } from './viewing.ts'

/** `activity` is prepared before the transaction. */
export interface Means {
  readonly clock: Clock
  readonly vault: Vault
  readonly activity: Activity
}
export interface Whose {
  readonly profile_id: string
  readonly viewing_id: string
  readonly expected: readonly number[] | undefined
}
type NewFields = Extract<ViewingCommand, { readonly do: 'add' }>['fields']
type Unready<C> = C extends ViewingCommand ? Omit<C, 'now_us'> : never

async function locked({ vault }: Means, sql: Sql, profile_id: string): Promise<LockedProfile> {
  const found = await lockProfile(sql, vault, profile_id)
  if (found === undefined) throw noProfile()
  return found
}

/** Decides, writes, and tells; answers the viewing as it is after. */
async function apply({ clock, vault, activity }: Means, sql: Sql, { profile, key }: LockedProfile, viewing_id: string, before: Viewing | undefined, command: Unready<ViewingCommand>, isTold: boolean) {
  clock.saw(before?.version ?? 0)
  const version = clock.micros()
  const events = accepted(decide(before, { ...command, now_us: clock.micros() }))
  await append(sql, vault, key, viewing_id, events)
  const after = events.reduce(evolve, before)
  await activity.write(sql, ...ofViewing({ before, after, version, isTold: isTold && !profile.kids }))
  return after
}

/** Rates the title by this viewing where its stars are the newest. That is not told: the viewing tells it. */
async function rateBy(means: Means, sql: Sql, { profile_id, title_id, watched_on, half_stars }: Viewing, others: readonly OtherViewing[]): Promise<void> {
  const key = { profile_id, title_id }
  const rating = await readRating(sql, key)
  const verdict = verdictOf({ watched_on, half_stars }, { others, rated_at: rating?.rated_at, now_ms: Math.floor(means.clock.micros() / 1_000) })
  if (verdict !== undefined) await runRating(means, sql, key, { do: 'rate', ...verdict }, false)
}

/** Of a viewing that is brought along: an id that none has, and whether its stars may become the rating of the title. */
export interface Brought {
  readonly viewing_id: string
  readonly rates: boolean
}

/** Adds a viewing, under a new id unless it is brought along. */
export async function addViewing(means: Means, sql: Sql, profile_id: string, fields: NewFields, isTold: boolean, brought?: Brought): Promise<Viewing> {
  const profile = await locked(means, sql, profile_id)
  const viewing_id = brought?.viewing_id ?? newId(means.clock.micros())
  const others = await othersOf(sql, profile_id, fields.title_id, viewing_id)
  const viewing = await apply(means, sql, profile, viewing_id, undefined, { do: 'add', viewing_id, profile_id, fields, others, viewings: await countViewings(sql, profile_id) }, isTold)
  if (viewing === undefined) throw new Error(`adding viewing '${viewing_id}': it is not there after it was added`)
  if (viewing.half_stars !== null && brought?.rates !== false) await rateBy(means, sql, viewing, others)
  return viewing
}

/** Answers the viewing as it is after. */
export async function reviseViewing(means: Means, sql: Sql, { profile_id, viewing_id, expected }: Whose, changes: ViewingChanges, isTold: boolean): Promise<Viewing> {
  const profile = await locked(means, sql, profile_id)
  const before = await readViewing(sql, means.vault, profile.key, profile_id, viewing_id)
  const after = await apply(means, sql, profile, viewing_id, before, { do: 'revise', changes, expected }, isTold)
  if (after === undefined) throw new Error(`changing viewing '${viewing_id}': it is not there after it was changed`)
  const isNews = after.half_stars !== null && (after.half_stars !== before?.half_stars || after.watched_on !== before.watched_on)
  if (isNews) await rateBy(means, sql, after, await othersOf(sql, profile_id, after.title_id, viewing_id))
  return after
}

/** Answers the viewing as it was before; the rating that it gave stays. */
export async function removeViewing(means: Means, sql: Sql, { profile_id, viewing_id, expected }: Whose): Promise<Viewing> {
  const profile = await locked(means, sql, profile_id)
  const before = await readViewing(sql, means.vault, profile.key, profile_id, viewing_id)
  await apply(means, sql, profile, viewing_id, before, { do: 'remove', expected }, false)
  if (before === undefined) throw new Error(`removing viewing '${viewing_id}': it was not there`)
  return before
}
