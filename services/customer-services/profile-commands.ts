/** Runs commands on profiles and what belongs to them, each in a transaction under the profile's lock. All throw Refused. */
import { accepted, Refused } from '../shared/errors.ts'
import { instantOf, newId, type Clock } from '../shared/clock.ts'
import type { Database, Sql } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'
import { lockAccount } from './account-store.ts'
import { removeSome, type Activity } from './activity.ts'
import { profileErasure } from './erasure.ts'
import { removeOneImport } from './import-store.ts'
import { addJob } from './job-store.ts'
import { noProfile } from './ownership.ts'
import { hashPin, pinHash, proven, writePin } from './pin-store.ts'
import { readPreferences, writePreferences } from './preferences-store.ts'
import { decide as decidePreferences, type Preferences, type PreferencesCommand } from './preferences.ts'
import { append, countProfiles, lockProfile, type LockedProfile } from './profile-store.ts'
import { decide, evolve, usual, type Profile, type ProfileFields } from './profile.ts'

export interface Means {
  readonly database: Database
  readonly clock: Clock
  readonly vault: Vault
}
type NewFields = Pick<ProfileFields, 'name'> & Partial<ProfileFields>
interface Expected {
  readonly expected: readonly number[] | undefined
}
export interface Revision extends Expected {
  readonly changes: Partial<ProfileFields>
  readonly pin: string | undefined
  /** Programs need no PIN: where a person has forgotten theirs, somebody has to help. */
  readonly trusted: boolean
}

/** Adds a profile in the caller's transaction. */
export async function addProfile({ clock, vault }: Omit<Means, 'database'>, sql: Sql, account_id: string, fields: NewFields): Promise<Profile> {
  const account = await lockAccount(sql, vault, account_id)
  const now_us = clock.micros()
  const profile_id = newId(now_us)
  const { language = 'en', kids = false } = fields
  const events = accepted(
    decide(undefined, {
      do: 'add',
      profile_id,
      account_id,
      fields: { ...usual(kids), ...fields, language, kids },
      account_exists: account !== undefined,
      profiles: await countProfiles(sql, account_id),
      now_us,
    }),
  )
  const profile = events.reduce(evolve, undefined as Profile | undefined)
  if (profile === undefined || account === undefined) throw new Error(`adding profile '${profile_id}': it is not there after it was added`)
  await append(sql, vault, profile_id, account.key, events)
  return profile
}

async function locked(vault: Vault, sql: Sql, profile_id: string): Promise<LockedProfile> {
  const found = await lockProfile(sql, vault, profile_id)
  if (found === undefined) throw noProfile()
  return found
}

/** Answers the profile as it is after. */
export async function reviseProfile(means: Means, profile_id: string, { changes, pin, trusted, expected }: Revision): Promise<Profile> {
  const { database, clock, vault } = means
  const right = pin === undefined ? undefined : await proven(database, vault, profile_id, pin, Date.now())
  return database.transact(async (sql) => {
    const { profile, key } = await locked(vault, sql, profile_id)
    clock.saw(profile.version)
    const kept = trusted ? undefined : await pinHash(sql, profile_id)
    const guarded = kept !== undefined && kept !== right
    const events = accepted(decide(profile, { do: 'revise', changes, guarded, expected, now_us: clock.micros() }))
    await append(sql, vault, profile_id, key, events)
    return events.reduce(evolve, profile as Profile | undefined) ?? profile
  })
}

/**
 * Answers the profile as it was before. Its ratings, viewings and imports go with it, and what they told; what it has at social goes by a job that is
 * ordered in the same transaction, so that it is neither lost nor waited for.
 */
export async function removeProfile(means: Means & { readonly activity: Activity }, profile_id: string, { expected }: Expected): Promise<Profile> {
  const { database, clock, vault, activity } = means
  await activity.prepare()
  return database.transact(async (sql) => {
    const { profile, key } = await locked(vault, sql, profile_id)
    clock.saw(profile.version)
    const now_us = clock.micros()
    const events = accepted(decide(profile, { do: 'remove', expected, now_us }))
    while (!(await removeSome(activity, sql, profile_id)));
    while (!(await removeOneImport(sql, profile_id)));
    await append(sql, vault, profile_id, key, events)
    await addJob(sql, { job_id: profile_id, account_id: profile.account_id, kind: profileErasure }, new Date(instantOf(now_us)))
    return profile
  })
}

/** Sets the PIN, or removes it where `pin` is null; where there is one, it has to be given. */
export async function setPin(
  { database, vault }: Means,
  profile_id: string,
  { pin, current, trusted }: { readonly pin: string | null; readonly current: string | undefined; readonly trusted: boolean },
): Promise<void> {
  const right = current === undefined ? undefined : await proven(database, vault, profile_id, current, Date.now())
  const fresh = pin === null ? undefined : await hashPin(vault, pin)
  await database.transact(async (sql) => {
    await locked(vault, sql, profile_id)
    const kept = trusted ? undefined : await pinHash(sql, profile_id)
    if (kept !== undefined && kept !== right) throw new Refused({ code: 'pin_needed', message: 'this needs the PIN there is', field: 'current_pin' })
    await writePin(sql, profile_id, fresh)
  })
}

/** Answers the preferences as they are after. */
export const setPreferences = (
  { database, clock }: Means,
  profile_id: string,
  command: Omit<PreferencesCommand, 'now_us'>,
): Promise<Preferences> =>
  database.transact(async (sql) => {
    const before = await readPreferences(sql, profile_id, 'FOR UPDATE')
    if (before === undefined) throw noProfile()
    clock.saw(before.version)
    const [event] = accepted(decidePreferences(before, { ...command, now_us: clock.micros() }))
    if (event === undefined) return before
    await writePreferences(sql, profile_id, event.preferences)
    return event.preferences
  })
