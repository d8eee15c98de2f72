/** Shapes of inventory's requests and answers. */
import Type from 'typebox'
import { Day, Fields, Instant, Line, Nullable, Slug, SourceRef, Text, Ulid, Version } from '../shared/text.ts'

export const TitleId = Fields({ title_id: Ulid })
const number = (what: string) => Type.Integer({ minimum: 0, maximum: 9_999, description: what })
export const SeasonPath = Fields({ title_id: Ulid, season_number: number('0 holds specials') })
export const EpisodePath = Fields({
  title_id: Ulid,
  season_number: number('0 holds specials'),
  episode_number: number('within the season'),
})

export const Kind = Type.Unsafe<'movie' | 'series'>({ type: 'string', enum: ['movie', 'series'] })
export const Year = Type.Integer({ minimum: 1874, maximum: 2199, examples: [1994] })
export const Decade = Type.Integer({ minimum: 1870, maximum: 2190, multipleOf: 10, description: 'its first year', examples: [1990] })
const Minutes = Type.Integer({ minimum: 1, maximum: 10_000 })
const fields = {
  name: Line(300),
  original_name: Nullable(Line(300)),
  release_year: Nullable(Year),
  released_on: Nullable(Day),
  runtime_minutes: Nullable(Minutes),
  mpaa_rating: Nullable(Type.String({ minLength: 1, maxLength: 16, pattern: '^[!-~]+( [!-~]+)*$', examples: ['PG-13'] })),
  studio: Nullable(Line(200)),
  synopsis: Nullable(Text(4_000)),
}
const genres = Type.Array(Slug(32), { maxItems: 20, description: 'slugs of /v1/genres', examples: [['drama', 'science-fiction']] })
export const Country = Type.String({ pattern: '^[A-Z]{2}$' })
const countries = Type.Array(Country, { maxItems: 20, description: 'of origin, by ISO 3166-1 alpha-2', examples: [['GB', 'US']] })
const { name, ...optional } = fields

export const NewTitle = Fields({
  kind: Kind,
  name,
  ...(Object.fromEntries(Object.entries(optional).map(([key, schema]) => [key, Type.Optional(schema)])) as {
    [K in keyof typeof optional]: ReturnType<typeof Type.Optional<(typeof optional)[K]>>
  }),
  genres: Type.Optional(genres),
  countries: Type.Optional(countries),
  source_ref: Type.Optional(SourceRef(64)),
})
export const TitleChanges = Type.Partial(Fields({ ...fields, genres, countries }), {
  additionalProperties: false,
  minProperties: 1,
  description: 'what is left out stays; null clears',
})
export const NewSeason = Fields({ name: Type.Optional(Nullable(Line(300))), released_on: Type.Optional(Nullable(Day)) })
export const NewEpisode = Fields({
  name: Line(300),
  runtime_minutes: Type.Optional(Nullable(Minutes)),
  aired_on: Type.Optional(Nullable(Day)),
})

const text = Type.String()
const maybeText = Nullable(Type.String())
const maybeNumber = Nullable(Type.Integer())
const Episode = Fields({ episode_number: Type.Integer(), name: text, runtime_minutes: maybeNumber, aired_on: maybeText })
const Season = Fields({ season_number: Type.Integer(), name: maybeText, released_on: maybeText, episodes: Type.Array(Episode) })
const shown = {
  title_id: Ulid,
  kind: text,
  name: text,
  original_name: maybeText,
  release_year: maybeNumber,
  released_on: maybeText,
  runtime_minutes: maybeNumber,
  mpaa_rating: maybeText,
  studio: maybeText,
  synopsis: maybeText,
  genres: Type.Array(text),
  countries: Type.Array(text),
}
const Credit = Fields({ credit_id: Ulid, person_id: Ulid, role: text, character_name: text, credited_as: text, billing: Type.Integer() })
const last = { seasons: Type.Array(Season), version: Version, updated_at: Instant }

/** A title as its own service knows it: the answer to writes. */
export const Title = Fields({ ...shown, source_ref: maybeText, ...last })
/** A title as clients show it: with its credits. */
export const Card = Fields({ ...shown, credits: Type.Array(Credit), ...last })
export const Summary = Fields({
  title_id: Ulid,
  kind: text,
  name: text,
  original_name: maybeText,
  release_year: maybeNumber,
  genres: Type.Array(text),
})
export const Stats = Fields({
  title_id: Ulid,
  count: Type.Integer(),
  mean_stars: Nullable(Type.Number()),
  weighted_stars: Type.Number({ description: 'Bayesian average, to rank by' }),
  histogram: Type.Array(Type.Integer(), { description: 'ratings of 0.5, 1, … 5 stars' }),
})
