/** What customer-services needs from outside. */
import type { ImportItem } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItem.ts'
import type { ImportOutcome__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportOutcome.ts'
import type { DiaryEntry } from '@cdlc/streams/views/user/profile-diary.ts'
import type { Viewing } from '@cdlc/streams/views/user/viewings.ts'
import type { Clock } from '../shared/clock.ts'
import type { Database } from '../shared/mysql.ts'
import type { OwnerOf } from '../shared/owners.ts'
import type { Vault } from '../shared/personal-data.ts'
import type { FindTitles } from '../shared/titles.ts'
import type { Activity } from './activity.ts'
import type { Candidate } from './interchange/match.ts'
import type { Film } from './interchange/rows.ts'

export interface Place {
  readonly rated_at: number
  readonly title_id: string
}

/** Where a page of viewings ends; `day` is in days since the epoch, -1 where nobody knows it. */
export interface ViewingPlace {
  readonly day: number
  readonly viewing_id: string
}

export interface TitleName {
  readonly name: string
  readonly release_year: number | null
}

/** Questions to views; each may throw Unavailable. */
export interface CustomerViews {
  readonly titles: FindTitles
  /** Titles that each of these films may be, 100 films at most. */
  candidates(films: readonly Film[]): Promise<readonly (readonly Candidate[])[]>
  /** What these titles are called; those that are not there are left out. */
  named(title_ids: readonly string[]): Promise<ReadonlyMap<string, TitleName>>
  diary(profile_id: string, limit: number, after: Place | undefined): Promise<readonly DiaryEntry[]>
  entry(profile_id: string, title_id: string): Promise<DiaryEntry | undefined>
  viewing(viewing_id: string): Promise<Viewing | undefined>
  /** Newest day first. */
  viewings(profile_id: string, limit: number, after: ViewingPlace | undefined): Promise<readonly Viewing[]>
  /** Of one title, 100 at most, in any order. */
  viewingsOf(profile_id: string, title_id: string): Promise<readonly Viewing[]>
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

/** What a profile has made at social; each may throw Unavailable. */
export interface Social {
  /** Erases an account's part, some of it at a time; answers whether all is done. */
  eraseAccount(account_id: string): Promise<boolean>
  /** The same of one profile. */
  eraseProfile(profile_id: string): Promise<boolean>
  /** Makes what a profile brings along, 100 items at most; answers what came of each. Throws Refused `social_profile_needed` where it has no card. */
  importItems(account_id: string, profile_id: string, items: readonly ImportItem[], signal: AbortSignal): Promise<readonly ImportOutcome__Output[]>
  /** All that an account has there, file by file: each line is a JSON object. */
  exportAccount(account_id: string, signal: AbortSignal): AsyncIterable<{ readonly file: string; readonly line: string }>
}

export interface CustomerPorts {
  readonly database: Database
  readonly clock: Clock
  readonly vault: Vault
  readonly views: CustomerViews
  readonly accountOf: OwnerOf
  readonly credentials: Credentials
  readonly social: Social
  /** What is told to those who follow. */
  readonly activity: Activity
  /** Where people change how they sign in, their address included. */
  readonly accountPage: string
}
