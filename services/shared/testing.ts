/** Small things that tests of several components need. */
import type { TitleCard } from '@cdlc/streams/views/content/title.ts'

/** A card with little on it. */
export const cardOf = (title_id: string, some: Partial<TitleCard> = {}): TitleCard => ({
  title_id,
  kind: 'movie',
  name: title_id,
  original_name: null,
  release_year: null,
  released_on: null,
  runtime_minutes: null,
  mpaa_rating: null,
  studio: null,
  synopsis: null,
  genres: [],
  credits: [],
  seasons: [],
  version: 1,
  updated_at: '2026-01-01T00:00:00.000Z',
  ...some,
})
