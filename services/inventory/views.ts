/** Inventory's questions, put to the real views. */
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import catalogue, { genres, searchTitles } from '@cdlc/streams/views/content/catalogue.ts'
import title, { titleCardJson, titleCards } from '@cdlc/streams/views/content/title.ts'
import ratedTogether, { ratedTogether as together } from '@cdlc/streams/views/user/rated-together.ts'
import titleStats, { ratingVersion, titleStats as statsOf, topTitles } from '@cdlc/streams/views/user/title-stats.ts'
import trending, { trending as hottest } from '@cdlc/streams/views/user/trending.ts'
import { asker, coalesced } from '../shared/views.ts'
import type { InventoryViews } from './ports.ts'

/** The views that are asked. */
export const viewsAsked: readonly View[] = [title, titleStats, trending, catalogue, ratedTogether]

/** Opens no store yet. */
export function inventoryViews(sinks: Sinks): InventoryViews {
  const titles = asker(sinks, title)
  const stats = asker(sinks, titleStats)
  const heat = asker(sinks, trending)
  const graph = asker(sinks, catalogue)
  const fans = asker(sinks, ratedTogether)
  return {
    titleJson: coalesced((title_id) => titles((reader) => titleCardJson(reader, title_id))),
    titles: (title_ids) => (title_ids.length === 0 ? Promise.resolve([]) : titles((reader) => titleCards(reader, title_ids))),
    stats: (title_id) => stats((reader) => statsOf(reader, title_id)),
    ratingVersion: (title_id, profile_id) => stats((reader) => ratingVersion(reader, title_id, profile_id)),
    top: (by, slice) => stats((reader) => topTitles(reader, { by, ...slice })),
    trending: (window, limit) => heat((reader) => hottest(reader, { window, limit })),
    ratedTogether: (title_id, limit) => fans((reader) => together(reader, title_id, { limit })),
    genres: () => graph(genres),
    search: ({ q, kind, genre, year, decade, country, sort }, slice) =>
      graph((reader) =>
        searchTitles(reader, {
          ...(q === undefined ? {} : { q }),
          ...(kind === undefined ? {} : { kind }),
          ...(genre === undefined ? {} : { genre }),
          ...(year === undefined ? {} : { year }),
          ...(decade === undefined ? {} : { decade }),
          ...(country === undefined ? {} : { country }),
          sort,
          ...slice,
        }),
      ),
  }
}
