/** What may happen to a profile, one person's place within an account. Pure: no clock, no store. */
import { instantOf, nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'

/** Keys of pictures that apps have. */
export const avatars = ['reel', 'clapper', 'popcorn', 'ticket', 'projector', 'spotlight', 'robot', 'astronaut', 'detective', 'pirate', 'dragon', 'cat'] as const
export type Avatar = (typeof avatars)[number]
/** From which age on. */
export const maturities = [0, 7, 12, 16, 18] as const
export type Maturity = (typeof maturities)[number]

export interface ProfileFields {
  readonly name: string
  readonly language: string
  readonly kids: boolean
  readonly avatar: Avatar
  /** What is for people older than this is not shown. */
  readonly maturity_limit: Maturity
}
export interface Profile extends ProfileFields {
  readonly profile_id: string
  readonly account_id: string
  readonly version: number
  readonly created_at: number
  readonly updated_at: number
}

/** The most that a kids' profile may watch. */
const kidsLimit = 12
/** Of what nothing was said. */
export const usual = (kids: boolean): { readonly avatar: Avatar; readonly maturity_limit: Maturity } => ({ avatar: 'reel', maturity_limit: kids ? kidsLimit : 18 })
export const mostProfiles = 8

interface Given {
  readonly now_us: number
  readonly expected?: readonly number[] | undefined
}
export type ProfileCommand = Given &
  (
    | {
        readonly do: 'add'
        readonly profile_id: string
        readonly account_id: string
        readonly fields: ProfileFields
        readonly account_exists: boolean
        /** How many the account has. */
        readonly profiles: number
      }
    /** `guarded`: there is a PIN, and it was not given with the command. */
    | { readonly do: 'revise'; readonly changes: Partial<ProfileFields>; readonly guarded: boolean }
    | { readonly do: 'remove' }
  )

type Revised = Omit<ProfileFields, 'name'>
export type ProfileEvent =
  | { readonly type: 'ProfileAdded'; readonly profile: Profile }
  | (Revised & {
      readonly type: 'ProfileRevised'
      readonly version: number
      /** Only where it changed. */ readonly name?: string
    })
  /** Takes the profile's ratings with it; `version` is that of the profile removed. */
  | { readonly type: 'ProfileRemoved'; readonly version: number }

/** The answer to who adds a profile to an account that is not there, or not theirs. */
export const unknownAccount: Refusal = { code: 'unknown_account', message: 'no account has this id', field: 'account_id' }

const tooMature = ({ kids, maturity_limit }: Revised): Refusal | undefined =>
  kids && maturity_limit > kidsLimit
    ? { code: 'too_mature_for_kids', message: `must be at most ${kidsLimit} where the profile is for kids`, field: 'maturity_limit' }
    : undefined

/** The events a command leads to; none where it changes nothing. */
export function decide(profile: Profile | undefined, command: ProfileCommand): readonly ProfileEvent[] | Refusal {
  if (command.do === 'add') return add(command)
  if (profile === undefined) return { code: 'profile_not_found', message: 'no profile has this id' }
  if (command.expected !== undefined && !command.expected.includes(profile.version)) {
    return { code: 'version_mismatch', message: 'the profile has changed since the version in If-Match', field: 'header.if-match' }
  }
  return command.do === 'remove' ? [{ type: 'ProfileRemoved', version: profile.version }] : revise(profile, command)
}

function add({ profile_id, account_id, fields, account_exists, profiles, now_us }: Extract<ProfileCommand, { do: 'add' }>): readonly ProfileEvent[] | Refusal {
  if (!account_exists) return unknownAccount
  if (profiles >= mostProfiles) return { code: 'too_many_profiles', message: `an account has at most ${mostProfiles} profiles` }
  const version = nextVersion(undefined, now_us)
  const profile = { profile_id, account_id, ...fields, version, created_at: instantOf(version), updated_at: instantOf(version) }
  return tooMature(fields) ?? [{ type: 'ProfileAdded', profile }]
}

function revise(profile: Profile, { changes, guarded, now_us }: Extract<ProfileCommand, { do: 'revise' }>): readonly ProfileEvent[] | Refusal {
  const { language = profile.language, kids = profile.kids, avatar = profile.avatar, name } = changes
  // who makes a profile one for kids, and says no more, lowers its limit
  const { maturity_limit = kids ? (Math.min(profile.maturity_limit, kidsLimit) as Maturity) : profile.maturity_limit } = changes
  const after = { language, kids, avatar, maturity_limit }
  const newName = name === undefined || name === profile.name ? {} : { name }
  const isSame = (Object.keys(after) as (keyof Revised)[]).every((field) => after[field] === profile[field])
  if (isSame && newName.name === undefined) return []
  const refusal = tooMature(after)
  if (refusal !== undefined) return refusal
  const opens = maturity_limit > profile.maturity_limit || (profile.kids && !kids)
  if (opens && guarded) return { code: 'pin_needed', message: 'this needs the PIN of the profile', field: 'pin' }
  return [{ type: 'ProfileRevised', ...after, ...newName, version: nextVersion(profile.version, now_us) }]
}

/** The profile after an event; undefined once it is removed. */
export function evolve(profile: Profile | undefined, event: ProfileEvent): Profile | undefined {
  if (event.type === 'ProfileAdded') return event.profile
  if (profile === undefined || event.type === 'ProfileRemoved') return undefined
  const { type: _, ...revised } = event
  return { ...profile, ...revised, updated_at: instantOf(event.version) }
}
