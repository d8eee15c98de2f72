/** What actor needs from outside. */
import type { PathStep } from '@cdlc/streams/views/content/catalogue.ts'
import type { FilmographyCredit, Person as PersonRow } from '@cdlc/streams/views/content/person-filmography.ts'
import type { TitleCard } from '@cdlc/streams/views/content/title.ts'
import type { Clock } from '../shared/clock.ts'
import type { Database } from '../shared/mysql.ts'
import type { FindTitles } from '../shared/titles.ts'

export interface Slice {
  readonly limit: number
  readonly offset: number
}

/** Questions to views; each may throw Unavailable. */
export interface ActorViews {
  readonly titles: FindTitles
  cards(title_ids: readonly string[]): Promise<readonly (TitleCard | undefined)[]>
  person(person_id: string): Promise<PersonRow | undefined>
  credits(person_id: string, slice: Slice): Promise<readonly FilmographyCredit[]>
  /** The shortest way from one person to another over the titles that they share with others; undefined where there is none. */
  path(person_id: string, other_id: string): Promise<readonly PathStep[] | undefined>
  search(q: string, slice: Slice): Promise<readonly { readonly person_id: string; readonly name: string }[]>
}

export interface ActorPorts {
  readonly database: Database
  readonly clock: Clock
  readonly views: ActorViews
}
