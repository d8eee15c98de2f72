/** What customer-services needs from outside. */
import type { DiaryEntry } from '@cdlc/streams/views/user/profile-diary.ts'
import type { Clock } from '../shared/clock.ts'
import type { Database } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'
import type { FindTitles } from '../shared/titles.ts'

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

export interface CustomerPorts {
  readonly database: Database
  readonly clock: Clock
  readonly vault: Vault
  readonly views: CustomerViews
}
