/** What customer-services needs from outside. */
import type { DiaryEntry } from '@cdlc/streams/views/user/profile-diary.ts'
import type { Clock } from '../shared/clock.ts'
import type { Database } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'
import type { FindTitles } from '../shared/titles.ts'
import type { AccountOf } from './ownership.ts'

export interface Place {
  readonly rated_at: number
  readonly title_id: string
}

/** Questions to views; each may throw Unavailable. */
export interface CustomerViews {
  readonly titles: FindTitles
  diary(profile_id: string, limit: number, after: Place | undefined): Promise<readonly DiaryEntry[]>
  entry(profile_id: string, title_id: string): Promise<DiaryEntry | undefined>
}

/** Where an account is signed in. */
export interface Session {
  readonly session_id: string
  readonly client_id: string
  readonly device: string
  /** ms since the epoch. */
  readonly signed_in_at: number
  readonly last_used_at: number
}

/** What the authorization server does for an account; each may throw Unavailable. */
export interface Credentials {
  /** Newest first, 100 at most. */
  sessions(account_id: string): Promise<readonly Session[]>
  /** Ends one session, or all; answers how many. */
  end(account_id: string, session_id: string | undefined): Promise<number>
  /** Passwords, passkeys, codes, sessions and grants; may be repeated. */
  erase(account_id: string): Promise<void>
}

export interface CustomerPorts {
  readonly database: Database
  readonly clock: Clock
  readonly vault: Vault
  readonly views: CustomerViews
  readonly accountOf: AccountOf
  readonly credentials: Credentials
  /** Where people change how they sign in, their address included. */
  readonly accountPage: string
}
