/** What inventory needs from outside: its database, the views it answers from, and word of the ratings' owner. */
import type { CatalogueTitle, Genre } from '@cdlc/streams/views/content/catalogue.ts'
import type { TitleCard } from '@cdlc/streams/views/content/title.ts'
import type { TitleStats } from '@cdlc/streams/views/user/title-stats.ts'
import type { Window } from '@cdlc/streams/views/user/trending.ts'
import type { Clock } from '../shared/clock.ts'
import type { Database } from '../shared/mysql.ts'
import type { Outbox } from '../shared/outbox.ts'

export type { Window }

export interface Search {
  readonly q?: string | undefined
  readonly kind?: 'movie' | 'series' | undefined
  readonly genre?: string | undefined
  readonly year?: number | undefined
  /** Its first year. */
  readonly decade?: number | undefined
  /** ISO 3166-1 alpha-2. */
  readonly country?: string | undefined
  readonly sort: 'relevance' | 'title' | 'year'
}
export interface Slice {
  readonly limit: number
  readonly offset: number
}

/** Questions to views; each may throw Unavailable. */
export interface InventoryViews {
  /** The card as stored, to send unparsed. */
  titleJson(title_id: string): Promise<string | undefined>
  titles(title_ids: readonly string[]): Promise<readonly (TitleCard | undefined)[]>
  stats(title_id: string): Promise<TitleStats | undefined>
  /** Version of a profile's rating that stats count now. */
  ratingVersion(title_id: string, profile_id: string): Promise<number | undefined>
  top(by: 'popularity' | 'rating', slice: Slice): Promise<readonly TitleStats[]>
  /** By what people did lately, in the last hours, days or weeks. */
  trending(window: Window, limit: number): Promise<readonly { readonly title_id: string; readonly score: number }[]>
  ratedTogether(
    title_id: string,
    limit: number,
  ): Promise<readonly { readonly title_id: string; readonly score: number; readonly shared: number }[]>
  genres(): Promise<readonly Genre[]>
  search(search: Search, slice: Slice): Promise<readonly CatalogueTitle[]>
}

/** What may be changed while inventory runs. */
export interface InventorySettings {
  /** Related titles that are answered where a request names no limit. */
  relatedTitles(): number
  /** Whether there is a list of trending titles; without, it is empty. */
  showsTrending(): Promise<boolean>
}

export interface InventoryPorts {
  readonly database: Database
  readonly clock: Clock
  readonly outbox: Outbox<'content.title-events'>
  readonly views: InventoryViews
  readonly settings: InventorySettings
  /** Ratings of a title by half stars (ten counts), from the service that owns them. */
  readonly ratingHistogram: (title_id: string) => Promise<readonly number[]>
}
