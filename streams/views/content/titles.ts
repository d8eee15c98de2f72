/** Dimension for analysis: titles, and the genres and countries of each. */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import type { ClickHouseReader } from '../../runtime/readers.ts'
import { defineView } from '../../runtime/view.ts'
import { isoDateOrNull } from '../dates.ts'
import { mirror } from '../mirror.ts'

export default defineView(import.meta.url, {
  version: 2,
  store: 'clickhouse',
  from: {
    'cdc.content.titles': [
      'title_id', 'kind', 'name', 'release_year', 'released_on', 'runtime_minutes', 'mpaa_rating', 'studio', 'version',
      'created_at', 'updated_at',
    ],
    'cdc.content.title_genres': ['title_id', 'genre'],
    'cdc.content.title_countries': ['title_id', 'country'],
  },
  rows: {
    titles: {
      source: 'cdc.content.titles',
      key: ['title_id'],
      columns: {
        title_id: 'text', kind: 'text', name: 'text', release_year: 'int?', released_on: 'text?', runtime_minutes: 'int?',
        mpaa_rating: 'text?', studio: 'text?', version: 'long', created_at: 'timestamp', updated_at: 'timestamp',
      },
    },
    title_genres: { source: 'cdc.content.title_genres', key: ['title_id', 'genre'], columns: { title_id: 'text', genre: 'text' } },
    title_countries: { source: 'cdc.content.title_countries', key: ['title_id', 'country'], columns: { title_id: 'text', country: 'text' } },
  },
  apply: (event) => {
    switch (event.topic) {
      case 'cdc.content.titles': return mirror('titles', event, ({ title_id }) => ({ title_id }), (title) => ({
        title_id: title.title_id, kind: title.kind, name: title.name, release_year: title.release_year,
        released_on: isoDateOrNull(title.released_on), runtime_minutes: title.runtime_minutes, mpaa_rating: title.mpaa_rating,
        studio: title.studio, version: title.version, created_at: title.created_at, updated_at: title.updated_at,
      }))
      case 'cdc.content.title_genres': return mirror('title_genres', event, genreOf, genreOf)
      case 'cdc.content.title_countries': return mirror('title_countries', event, countryOf, countryOf)
    }
  },
})

const genreOf = ({ title_id, genre }: CdcRows['cdc.content.title_genres']) => ({ title_id, genre })
const countryOf = ({ title_id, country }: CdcRows['cdc.content.title_countries']) => ({ title_id, country })

/** How many titles there are of each kind. */
export const titleCounts = (reader: ClickHouseReader): Promise<readonly { readonly kind: string; readonly titles: number }[]> =>
  reader.run(`SELECT kind, count() AS titles FROM ${reader.table('titles')} GROUP BY kind ORDER BY kind`, {})

/** How many titles each genre has, most first; a genre waits for its title as everything does. */
export const genreCounts = (reader: ClickHouseReader): Promise<readonly { readonly genre: string; readonly titles: number }[]> =>
  reader.run(`SELECT genre, count() AS titles FROM ${reader.table('title_genres')}
    WHERE title_id IN (SELECT title_id FROM ${reader.table('titles')}) GROUP BY genre ORDER BY titles DESC, genre`, {})
