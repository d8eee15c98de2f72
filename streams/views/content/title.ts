/**
 * The whole card that a client shows for a title: its own columns, genres, countries, credits, seasons and episodes.
 *
 * Six topics feed it in no mutual order, so `parts` keeps every table row as it came, and `card` is what they add up to:
 * it is there exactly while the title itself is, and its JSON is the answer of the API as it stands. Episodes wait in
 * `parts` for their season, as everything waits for its title.
 */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import type { RedisReader } from '../../runtime/readers.ts'
import { type ChangeOf, defineView, json, type RowOf, type RowSpecs, type Sources } from '../../runtime/view.ts'
import { isoDateOrNull, isoInstant } from '../dates.ts'
import type { BeforeAfter } from '../mirror.ts'
import { byText } from '../text.ts'

const from = {
  'cdc.content.titles': [
    'title_id', 'kind', 'name', 'original_name', 'release_year', 'released_on', 'runtime_minutes', 'mpaa_rating', 'studio', 'synopsis',
    'version', 'updated_at',
  ],
  'cdc.content.title_genres': ['title_id', 'genre'],
  'cdc.content.title_countries': ['title_id', 'country'],
  'cdc.content.credits': ['credit_id', 'title_id', 'person_id', 'role', 'character_name', 'credited_as', 'billing'],
  'cdc.content.seasons': ['title_id', 'season_number', 'name', 'released_on'],
  'cdc.content.episodes': ['title_id', 'season_number', 'episode_number', 'name', 'runtime_minutes', 'aired_on'],
} as const satisfies Sources
type Event = ChangeOf<typeof from>

type Title = Omit<CdcRows['cdc.content.titles'], 'source_ref' | 'created_at'>
type Genre = CdcRows['cdc.content.title_genres']
type Country = CdcRows['cdc.content.title_countries']
type Credit = Omit<CdcRows['cdc.content.credits'], 'version'>
type Season = CdcRows['cdc.content.seasons']
type Episode = CdcRows['cdc.content.episodes']

export type CardCredit = Readonly<Omit<Credit, 'title_id'>>
export type CardEpisode = Readonly<Pick<Episode, 'episode_number' | 'name' | 'runtime_minutes'> & { aired_on: string | null }>
export type CardSeason = Readonly<Pick<Season, 'season_number' | 'name'> & { released_on: string | null; episodes: readonly CardEpisode[] }>

const rows = {
  card: {
    key: ['title_id'],
    columns: {
      title_id: 'text', kind: 'text', name: 'text', original_name: 'text?', release_year: 'int?', released_on: 'text?',
      runtime_minutes: 'int?', mpaa_rating: 'text?', studio: 'text?', synopsis: 'text?', genres: 'text[]', countries: 'text[]',
      credits: json<readonly CardCredit[]>(), seasons: json<readonly CardSeason[]>(), version: 'long', updated_at: 'text',
    },
  },
  parts: {
    key: ['title_id'],
    columns: {
      title_id: 'text', title: json<Title | null>(), genres: json<readonly Genre[]>(), countries: json<readonly Country[]>(), credits: json<readonly Credit[]>(),
      seasons: json<readonly Season[]>(), episodes: json<readonly Episode[]>(),
    },
  },
} as const satisfies RowSpecs
type Parts = RowOf<typeof rows.parts>
/** What a client shows of a title; dates and instants are ISO text. */
export type TitleCard = RowOf<typeof rows.card>

const nothing: Omit<Parts, 'title_id'> = { title: null, genres: [], countries: [], credits: [], seasons: [], episodes: [] }
const lists = ['genres', 'countries', 'credits', 'seasons', 'episodes'] as const

const view = defineView(import.meta.url, {
  version: 2,
  store: 'redis',
  from,
  rows,
  touches: ({ before, after }) => {
    const title_id = (after ?? before)?.title_id
    return title_id === undefined ? [] : [{ row: 'parts', key: { title_id } }]
  },
  apply: (event, { parts }) => {
    const title_id = (event.after ?? event.before)?.title_id
    if (title_id === undefined) return []
    const old = parts.get({ title_id }) ?? { title_id, ...nothing }
    const next = changed(old, event)
    const empty = next.title === null && lists.every((list) => next[list].length === 0)
    return [
      empty ? { remove: 'parts', key: { title_id } } : { put: 'parts', row: next },
      next.title === null ? { remove: 'card', key: { title_id } } : { put: 'card', row: cardOf(next, next.title) },
    ]
  },
})
export default view

function changed(parts: Parts, event: Event): Parts {
  switch (event.topic) {
    case 'cdc.content.titles': {
      // a snapshot may have run ahead of the stream
      const stale = parts.title !== null && ((event.after ?? event.before)?.version ?? 0) < parts.title.version
      return stale ? parts : { ...parts, title: event.after }
    }
    case 'cdc.content.title_genres': return { ...parts, genres: replaced(parts.genres, event, ({ genre }) => genre) }
    case 'cdc.content.title_countries': return { ...parts, countries: replaced(parts.countries, event, ({ country }) => country) }
    case 'cdc.content.credits': return { ...parts, credits: replaced(parts.credits, event, ({ credit_id }) => credit_id) }
    case 'cdc.content.seasons': return { ...parts, seasons: replaced(parts.seasons, event, ({ season_number }) => String(season_number)) }
    case 'cdc.content.episodes': return { ...parts, episodes: replaced(parts.episodes, event, episodeId) }
  }
}

const episodeId = ({ season_number, episode_number }: Episode): string => `${season_number}:${episode_number}`

/** The list without the row of `before` and with that of `after`, by key: what a list holds does not depend on how it came about. */
function replaced<T>(list: readonly T[], { before, after }: BeforeAfter<T>, idOf: (part: T) => string): readonly T[] {
  const gone = [before, after].flatMap((part) => (part === null ? [] : [idOf(part)]))
  const kept = list.filter((part) => !gone.includes(idOf(part)))
  return after === null ? kept : [...kept, after].toSorted((a, b) => byText(idOf(a), idOf(b)))
}

function cardOf(parts: Parts, title: Title): TitleCard {
  return {
    title_id: title.title_id, kind: title.kind, name: title.name, original_name: title.original_name, release_year: title.release_year,
    released_on: isoDateOrNull(title.released_on), runtime_minutes: title.runtime_minutes, mpaa_rating: title.mpaa_rating,
    studio: title.studio, synopsis: title.synopsis, genres: parts.genres.map(({ genre }) => genre),
    countries: parts.countries.map(({ country }) => country),
    credits: parts.credits.toSorted(byBilling).map(cardCredit),
    seasons: parts.seasons.toSorted((a, b) => a.season_number - b.season_number).map((season) => cardSeason(season, parts.episodes)),
    version: title.version, updated_at: isoInstant(title.updated_at),
  }
}

const roles = ['cast', 'director', 'creator', 'writer', 'producer', 'composer', 'cinematographer', 'editor']
const rank = (role: string): number => (roles.includes(role) ? roles.indexOf(role) : roles.length)
const byBilling = (a: Credit, b: Credit): number =>
  rank(a.role) - rank(b.role) || byText(a.role, b.role) || a.billing - b.billing || byText(a.credit_id, b.credit_id)

const cardCredit = ({ credit_id, person_id, role, character_name, credited_as, billing }: Credit): CardCredit =>
  ({ credit_id, person_id, role, character_name, credited_as, billing })

const cardSeason = ({ season_number, name, released_on }: Season, episodes: readonly Episode[]): CardSeason => ({
  season_number, name, released_on: isoDateOrNull(released_on),
  episodes: episodes.filter((episode) => episode.season_number === season_number)
    .toSorted((a, b) => a.episode_number - b.episode_number).map(cardEpisode),
})

const cardEpisode = ({ episode_number, name, runtime_minutes, aired_on }: Episode): CardEpisode =>
  ({ episode_number, name, runtime_minutes, aired_on: isoDateOrNull(aired_on) })

type Reader = RedisReader<typeof view.rows>

/** The card, or undefined where no such title is known (also while only parts of it have arrived). */
export const titleCard = (reader: Reader, title_id: string): Promise<TitleCard | undefined> => reader.get('card', { title_id })

/** The card's stored JSON: the API's answer with nothing parsed. */
export const titleCardJson = (reader: Reader, title_id: string): Promise<string | undefined> => reader.getRaw('card', { title_id })

/** Cards in the order asked for. */
export const titleCards = (reader: Reader, title_ids: readonly string[]): Promise<readonly (TitleCard | undefined)[]> =>
  reader.getMany('card', title_ids.map((title_id) => ({ title_id })))
