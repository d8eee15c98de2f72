/** What may happen to a title, its seasons and episodes. Pure: no clock, no store. */
import { instantOf, nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'
import { isCountry } from './countries.ts'

export interface TitleFields {
  readonly name: string
  readonly original_name: string | null
  readonly release_year: number | null
  readonly released_on: string | null
  readonly runtime_minutes: number | null
  readonly mpaa_rating: string | null
  readonly studio: string | null
  readonly synopsis: string | null
}
export interface Episode {
  readonly episode_number: number
  readonly name: string
  readonly runtime_minutes: number | null
  readonly aired_on: string | null
}
export interface SeasonFields {
  readonly name: string | null
  readonly released_on: string | null
}
export interface Season extends SeasonFields {
  readonly season_number: number
  readonly episodes: readonly Episode[]
}
export interface Title extends TitleFields {
  readonly title_id: string
  readonly kind: 'movie' | 'series'
  readonly source_ref: string | null
  /** Slugs, sorted. */
  readonly genres: readonly string[]
  /** Of origin: ISO 3166-1 alpha-2, sorted. */
  readonly countries: readonly string[]
  /** By number, as their episodes are. */
  readonly seasons: readonly Season[]
  readonly version: number
  readonly created_at: number
  readonly updated_at: number
}

/** `now_us` is read under the title's lock; `expected` holds the versions the writer may replace. */
interface Given {
  readonly now_us: number
  readonly expected?: readonly number[] | undefined
}
type Genres = { readonly known_genres: ReadonlySet<string> }
/** What of a title is a list. */
type Lists = Pick<Title, 'genres' | 'countries'>
type Changes = Partial<TitleFields & Lists>
export type TitleCommand = Given &
  (
    | ({ readonly do: 'add'; readonly title: TitleFields & Lists & Pick<Title, 'title_id' | 'kind' | 'source_ref'> } & Genres)
    | ({ readonly do: 'revise'; readonly changes: Changes } & Genres)
    | { readonly do: 'remove' }
    | { readonly do: 'put_season'; readonly season_number: number; readonly season: SeasonFields }
    | { readonly do: 'remove_season'; readonly season_number: number }
    | { readonly do: 'put_episode'; readonly season_number: number; readonly episode: Episode }
    | { readonly do: 'remove_episode'; readonly season_number: number; readonly episode_number: number }
  )

/** Each names the version after it; nothing has the version of a removal, yet it counts on from the title's last. */
export type TitleChange =
  | { readonly type: 'TitleAdded'; readonly title: Title }
  | ({ readonly type: 'TitleRevised'; readonly fields: TitleFields; readonly version: number } & Lists)
  | { readonly type: 'TitleRemoved'; readonly version: number }
  | { readonly type: 'SeasonPut'; readonly season_number: number; readonly season: SeasonFields; readonly version: number }
  | { readonly type: 'SeasonRemoved'; readonly season_number: number; readonly version: number }
  | { readonly type: 'EpisodePut'; readonly season_number: number; readonly episode: Episode; readonly version: number }
  | { readonly type: 'EpisodeRemoved'; readonly season_number: number; readonly episode_number: number; readonly version: number }

type Decision = readonly TitleChange[] | Refusal

/** The events a command leads to; none where it changes nothing. */
export function decide(title: Title | undefined, command: TitleCommand): Decision {
  if (command.do === 'add') return title === undefined ? add(command) : []
  if (title === undefined) return { code: 'title_not_found', message: 'no title has this id' }
  if (command.expected !== undefined && !command.expected.includes(title.version)) {
    return { code: 'version_mismatch', message: 'the title has changed since the version in If-Match', field: 'header.if-match' }
  }
  const version = nextVersion(title.version, command.now_us)
  switch (command.do) {
    case 'revise':
      return revise(title, command.changes, command.known_genres, version)
    case 'remove':
      return [{ type: 'TitleRemoved', version }]
    default:
      return title.kind === 'series'
        ? decideParts(title, command, version)
        : { code: 'not_a_series', message: 'a movie has no seasons', field: 'path.title_id' }
  }
}

function unknownGenre(genres: readonly string[], known: ReadonlySet<string>): Refusal | undefined {
  const index = genres.findIndex((genre) => !known.has(genre))
  return index < 0
    ? undefined
    : { code: 'unknown_genre', message: `'${genres[index]}' is none of the genres; see /v1/genres`, field: `genres.${index}` }
}

function unknownCountry(countries: readonly string[]): Refusal | undefined {
  const index = countries.findIndex((country) => !isCountry(country))
  const message = `'${countries[index]}' is no country of today; give its two letters of ISO 3166-1, such as 'FR'`
  return index < 0 ? undefined : { code: 'unknown_country', message, field: `countries.${index}` }
}

const sorted = (list: readonly string[]): readonly string[] => [...new Set(list)].sort()
const sortedLists = ({ genres, countries }: Lists): Lists => ({ genres: sorted(genres), countries: sorted(countries) })

function add({ title, known_genres, now_us }: Extract<TitleCommand, { do: 'add' }>): Decision {
  const version = nextVersion(undefined, now_us)
  const at = instantOf(version)
  return (
    unknownGenre(title.genres, known_genres) ?? unknownCountry(title.countries) ?? [
      { type: 'TitleAdded', title: { ...title, ...sortedLists(title), seasons: [], version, created_at: at, updated_at: at } },
    ]
  )
}

const fieldsOf = ({
  name,
  original_name,
  release_year,
  released_on,
  runtime_minutes,
  mpaa_rating,
  studio,
  synopsis,
}: TitleFields): TitleFields => ({ name, original_name, release_year, released_on, runtime_minutes, mpaa_rating, studio, synopsis })
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

function revise(
  title: Title,
  { genres, countries, ...changes }: Changes,
  known: ReadonlySet<string>,
  version: number,
): Decision {
  const unknown = unknownGenre(genres ?? [], known) ?? unknownCountry(countries ?? [])
  if (unknown !== undefined) return unknown
  const lists = sortedLists({ genres: genres ?? title.genres, countries: countries ?? title.countries })
  const fields = fieldsOf({ ...title, ...changes })
  return same([fields, lists], [fieldsOf(title), sortedLists(title)]) ? [] : [{ type: 'TitleRevised', fields, ...lists, version }]
}

type PartCommand = Extract<TitleCommand, { readonly do: 'put_season' | 'remove_season' | 'put_episode' | 'remove_episode' }>

function decideParts(title: Title, command: PartCommand, version: number): Decision {
  const season_number = command.season_number
  const season = title.seasons.find((one) => one.season_number === season_number)
  if (command.do === 'put_season') {
    const unchanged = season !== undefined && season.name === command.season.name && season.released_on === command.season.released_on
    return unchanged ? [] : [{ type: 'SeasonPut', season_number, season: command.season, version }]
  }
  if (season === undefined) return { code: 'season_not_found', message: 'the series has no season of this number' }
  if (command.do === 'remove_season') return [{ type: 'SeasonRemoved', season_number, version }]
  const episode_number = command.do === 'put_episode' ? command.episode.episode_number : command.episode_number
  const episode = season.episodes.find((one) => one.episode_number === episode_number)
  if (command.do === 'put_episode')
    return same(episode, command.episode) ? [] : [{ type: 'EpisodePut', season_number, episode: command.episode, version }]
  return episode === undefined
    ? { code: 'episode_not_found', message: 'the season has no episode of this number' }
    : [{ type: 'EpisodeRemoved', season_number, episode_number, version }]
}

/** The title after an event; undefined once it is removed. */
export function evolve(title: Title | undefined, event: TitleChange): Title | undefined {
  if (event.type === 'TitleAdded') return event.title
  if (title === undefined || event.type === 'TitleRemoved') return undefined
  const next = { ...title, version: event.version, updated_at: instantOf(event.version) }
  switch (event.type) {
    case 'TitleRevised':
      return { ...next, ...event.fields, genres: event.genres, countries: event.countries }
    case 'SeasonPut':
      return {
        ...next,
        seasons: withSeason(title.seasons, event.season_number, (old) => ({
          season_number: event.season_number,
          ...event.season,
          episodes: old?.episodes ?? [],
        })),
      }
    case 'SeasonRemoved':
      return { ...next, seasons: title.seasons.filter((season) => season.season_number !== event.season_number) }
    case 'EpisodePut':
      return { ...next, seasons: withEpisodes(title.seasons, event.season_number, event.episode.episode_number, [event.episode]) }
    case 'EpisodeRemoved':
      return { ...next, seasons: withEpisodes(title.seasons, event.season_number, event.episode_number, []) }
  }
}

const withSeason = (seasons: readonly Season[], season_number: number, change: (old: Season | undefined) => Season): readonly Season[] =>
  [
    ...seasons.filter((season) => season.season_number !== season_number),
    change(seasons.find((season) => season.season_number === season_number)),
  ].sort((a, b) => a.season_number - b.season_number)

const withEpisodes = (
  seasons: readonly Season[],
  season_number: number,
  episode_number: number,
  put: readonly Episode[],
): readonly Season[] =>
  seasons.map((season) =>
    season.season_number !== season_number
      ? season
      : {
          ...season,
          episodes: [...season.episodes.filter((episode) => episode.episode_number !== episode_number), ...put].sort(
            (a, b) => a.episode_number - b.episode_number,
          ),
        },
  )
