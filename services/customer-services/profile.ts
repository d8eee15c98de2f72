/** What may happen to a profile, one person's place within an account. Pure: no clock, no store. */
import { instantOf, nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'

export interface ProfileFields {
  readonly name: string
  readonly language: string
  readonly kids: boolean
}
export interface Profile extends ProfileFields {
  readonly profile_id: string
  readonly account_id: string
  readonly version: number
  readonly created_at: number
  readonly updated_at: number
}

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
      }
    | { readonly do: 'revise'; readonly changes: Partial<ProfileFields> }
    | { readonly do: 'remove' }
  )

export type ProfileEvent =
  | { readonly type: 'ProfileAdded'; readonly profile: Profile }
  | {
      readonly type: 'ProfileRevised'
      readonly language: string
      readonly kids: boolean
      readonly version: number
      /** Only where it changed. */ readonly name?: string
    }
  /** Takes the profile's ratings with it; `version` is that of the profile removed. */
  | { readonly type: 'ProfileRemoved'; readonly version: number }

/** The events a command leads to; none where it changes nothing. */
export function decide(profile: Profile | undefined, command: ProfileCommand): readonly ProfileEvent[] | Refusal {
  if (command.do === 'add') {
    if (!command.account_exists) return { code: 'unknown_account', message: 'no account has this id', field: 'account_id' }
    const version = nextVersion(undefined, command.now_us)
    const { profile_id, account_id, fields } = command
    return [
      {
        type: 'ProfileAdded',
        profile: { profile_id, account_id, ...fields, version, created_at: instantOf(version), updated_at: instantOf(version) },
      },
    ]
  }
  if (profile === undefined) return { code: 'profile_not_found', message: 'no profile has this id' }
  if (command.expected !== undefined && !command.expected.includes(profile.version)) {
    return { code: 'version_mismatch', message: 'the profile has changed since the version in If-Match', field: 'header.if-match' }
  }
  if (command.do === 'remove') return [{ type: 'ProfileRemoved', version: profile.version }]
  const { language = profile.language, kids = profile.kids, name } = command.changes
  const newName = name === undefined || name === profile.name ? {} : { name }
  if (language === profile.language && kids === profile.kids && newName.name === undefined) return []
  return [{ type: 'ProfileRevised', language, kids, ...newName, version: nextVersion(profile.version, command.now_us) }]
}

/** The profile after an event; undefined once it is removed. */
export function evolve(profile: Profile | undefined, event: ProfileEvent): Profile | undefined {
  if (event.type === 'ProfileAdded') return event.profile
  if (profile === undefined || event.type === 'ProfileRemoved') return undefined
  return {
    ...profile,
    language: event.language,
    kids: event.kids,
    name: event.name ?? profile.name,
    version: event.version,
    updated_at: instantOf(event.version),
  }
}
