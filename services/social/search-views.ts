/** What search asks of the catalogue, of lists by name and of what is rated most. Members are discovery's to find. */
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import catalogue, { facets, searchPeople, searchTitles, type CatalogueTitle, type Facets, type TitleFilter } from '@cdlc/streams/views/content/catalogue.ts'
import { findNames, type Named } from '@cdlc/streams/views/names.ts'
import listSearch, { findLists, type FoundList } from '@cdlc/streams/views/user/list-search.ts'
import socialGraph from '@cdlc/streams/views/user/social-graph.ts'
import titleStats, { ratingCounts } from '@cdlc/streams/views/user/title-stats.ts'
import { asker } from '../shared/views.ts'

export type { CatalogueTitle, Facets, FoundList, Named, TitleFilter }

/** Each may throw Unavailable. */
export interface SearchViews {
  titles(filter: TitleFilter, limit: number): Promise<readonly CatalogueTitle[]>
  /** Of the same titles, and more than a page of them. */
  facets(filter: TitleFilter): Promise<Facets>
  people(q: string, limit: number): Promise<readonly { readonly person_id: string; readonly name: string }[]>
  /** Public lists, whoever's they are. */
  lists(q: string, limit: number): Promise<readonly FoundList[]>
  /** Of each group so many whose names are being typed, in no certain order. */
  names(q: string, limit: number): Promise<readonly Named[]>
  /** How many have rated each of these titles, 200 at most; who is not there has been rated by nobody. */
  ratings(title_ids: readonly string[]): Promise<ReadonlyMap<string, number>>
}

/** The views that are asked here. */
export const searchViewsAsked: readonly View[] = [catalogue, socialGraph, listSearch, titleStats]

/** Opens no store yet. */
export function searchViews(sinks: Sinks): SearchViews {
  const [offered, known, listed, rated] = [asker(sinks, catalogue), asker(sinks, socialGraph), asker(sinks, listSearch), asker(sinks, titleStats)]
  return {
    titles: (filter, limit) => offered((reader) => searchTitles(reader, { ...filter, limit, offset: 0 })),
    facets: (filter) => offered((reader) => facets(reader, filter)),
    people: (q, limit) => offered((reader) => searchPeople(reader, { q, limit, offset: 0 })),
    lists: (q, limit) => listed((reader) => findLists(reader, q, { limit, offset: 0 })),
    names: (q, limit) => offered((titles) => known((members) => listed((lists) => findNames({ catalogue: titles, members, lists }, q, { limit })))),
    ratings: async (title_ids) => (title_ids.length === 0 ? new Map() : rated((reader) => ratingCounts(reader, title_ids))),
  }
}
