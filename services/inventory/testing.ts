/** Doubles of the views that inventory asks, for tests without stores. */
import type { TitleCard } from '@cdlc/streams/views/content/title.ts'
import type { TitleStats } from '@cdlc/streams/views/user/title-stats.ts'
import { statsOf } from './answers.ts'
import type { InventorySettings, InventoryViews } from './ports.ts'

/** What is set where nobody has set anything. */
export const usualSettings: InventorySettings = { relatedTitles: () => 20, showsTrending: async () => true }

/** Views that hold these cards, and these ratings by half stars. */
export function viewsOf({
  cards = [],
  histograms = {},
}: { readonly cards?: readonly TitleCard[]; readonly histograms?: Readonly<Record<string, readonly number[]>> } = {}): InventoryViews {
  const card = (title_id: string): TitleCard | undefined => cards.find((one) => one.title_id === title_id)
  const stats = Object.entries(histograms).map(([title_id, histogram]): TitleStats => {
    const { mean_stars, ...all } = statsOf(title_id, histogram)
    return { ...all, mean_stars: mean_stars ?? 0, sum_half_stars: 0 }
  })
  return {
    titleJson: async (title_id) => {
      const found = card(title_id)
      return found === undefined ? undefined : JSON.stringify(found)
    },
    titles: async (title_ids) => title_ids.map(card),
    stats: async (title_id) => stats.find((one) => one.title_id === title_id),
    ratingVersion: async () => undefined,
    top: async (by, { offset, limit }) =>
      stats
        .toSorted((a, b) => (by === 'popularity' ? b.count - a.count : b.weighted_stars - a.weighted_stars))
        .slice(offset, offset + limit),
    trending: async (_window, limit) => stats.slice(0, limit).map(({ title_id, count }) => ({ title_id, score: count })),
    ratedTogether: async (title_id, limit) =>
      cards
        .filter((one) => one.title_id !== title_id)
        .slice(0, limit)
        .map((one) => ({ title_id: one.title_id, score: 0.5, shared: 2 })),
    genres: async () => [{ genre: 'drama', name: 'Drama', titles: 1 }],
    search: async (_search, { offset, limit }) => cards.slice(offset, offset + limit).map((one) => ({ ...one, added_at: 0 })),
  }
}
