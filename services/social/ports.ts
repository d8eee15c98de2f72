/** What social needs from outside. */
import type { Clock } from '../shared/clock.ts'
import type { Database } from '../shared/mysql.ts'
import type { Outbox } from '../shared/outbox.ts'
import type { Vault } from '../shared/personal-data.ts'
import type { FindTitles } from '../shared/titles.ts'
import type { Keys } from './text-keys.ts'
import type { SocialViews } from './views.ts'

/** Whose a profile is, and whether it is a child's; undefined where there is no such profile. May throw Unavailable. */
export type FindProfile = (profile_id: string) => Promise<{ readonly account_id: string; readonly kids: boolean } | undefined>

/** Whose an entry of the film diary is, and of which title; undefined where there is none. May throw Unavailable. */
export type FindViewing = (viewing_id: string) => Promise<{ readonly profile_id: string; readonly title_id: string } | undefined>

export interface SocialPorts {
  readonly database: Database
  readonly clock: Clock
  readonly vault: Vault
  /** Accounts' keys, for words that come sealed out of a view. */
  readonly keys: Keys
  readonly activity: Outbox<'user.activity'>
  readonly notifications: Outbox<'user.notifications'>
  readonly titles: FindTitles
  /** Both ask customer-services. */
  readonly findProfile: FindProfile
  readonly findViewing: FindViewing
  readonly views: SocialViews
}
