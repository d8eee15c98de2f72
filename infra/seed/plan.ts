/** What is to be written, worked out beforehand from the sets and the facts: pure, and the same every time. */
import { crewRoles, type Facts, type Screenwork } from './facts.ts'
import { detailsFinder, type VegaMovie } from './join.ts'
import type { MovieLens } from './movielens.ts'
import { nameKey, slug } from './names.ts'

export interface SeedTitle {
  readonly source_ref: string
  readonly kind: 'movie' | 'series'
  readonly name: string
  readonly original_name: string | null
  readonly release_year: number | null
  readonly released_on: string | null
  readonly runtime_minutes: number | null
  readonly mpaa_rating: string | null
  readonly studio: string | null
  readonly genres: readonly string[]
  readonly countries: readonly string[]
  readonly seasons: readonly SeedSeason[]
}

export interface SeedSeason {
  readonly season_number: number
  readonly released_on: string
  readonly episodes: readonly { readonly episode_number: number; readonly name: string; readonly aired_on: string }[]
}

export interface SeedPerson {
  readonly source_ref: string
  readonly name: string
  readonly born_on: string | null
  readonly died_on: string | null
  readonly birthplace: string | null
}

export interface SeedCredit {
  /** `source_ref` of each. */
  readonly title: string
  readonly person: string
  readonly role: string
  readonly character_name: string
  /** From 1 within the role. */
  readonly billing: number
}

export interface SeedPlan {
  readonly titles: readonly SeedTitle[]
  readonly people: readonly SeedPerson[]
  readonly credits: readonly SeedCredit[]
  /** Films joined with movies.json, and what that gave; films that have facts. */
  readonly matched: Readonly<Record<'films' | 'director' | 'studio' | 'runtime_minutes' | 'mpaa_rating' | 'facts', number>>
}

/** One key per film of the same name and year. */
export const filmKey = (name: string, year: number | null): string => `${nameKey(name)} ${year ?? ''}`

/** Joins the sets; where facts know a film's crew they win over movies.json, which contains errors on purpose. */
export function seedPlan(movielens: MovieLens, vega: readonly VegaMovie[], facts: Facts): SeedPlan {
  const detailsOf = detailsFinder(vega)
  const factsOf = new Map(facts.films.map((film) => [filmKey(film.name, film.year), film]))
  const people = new Map<string, SeedPerson>()
  const credits: SeedCredit[] = []
  const matched = { films: 0, director: 0, studio: 0, runtime_minutes: 0, mpaa_rating: 0, facts: 0 }

  const credit = (title: string, name: string, role: string, character_name: string, billing: number): void => {
    const person = `name:${slug(name)}`
    const known = facts.people[name]
    if (!people.has(person)) {
      people.set(person, { source_ref: person, name, born_on: known?.born_on ?? null, died_on: known?.died_on ?? null, birthplace: known?.birthplace ?? null })
    }
    credits.push({ title, person, role, character_name, billing })
  }
  const creditAll = (title: string, work: Screenwork): void => {
    for (const role of crewRoles) for (const [index, name] of (work[role] ?? []).entries()) credit(title, name, role, '', index + 1)
    for (const [index, [name, character]] of Object.entries(work.cast).entries()) credit(title, name, 'cast', character, index + 1)
  }

  // Known people first: where spellings differ by accents alone, theirs is the name that stands.
  const films = movielens.films.map((film) => ({ film, known: factsOf.get(filmKey(film.name, film.release_year)) }))
  for (const { film, known } of films) if (known !== undefined) creditAll(`movielens:${film.item_id}`, known)
  const titles = films.map(({ film, known }): SeedTitle => {
    const details = detailsOf(film) ?? (known?.also === undefined ? null : detailsOf({ ...film, name: known.also }))
    const source_ref = `movielens:${film.item_id}`
    if (details !== null) matched.films += 1
    for (const field of ['director', 'studio', 'runtime_minutes', 'mpaa_rating'] as const) if ((details?.[field] ?? null) !== null) matched[field] += 1
    if (known !== undefined) matched.facts += 1
    else if (details !== null && details.director !== null) credit(source_ref, details.director, 'director', '', 1)
    return {
      source_ref, kind: 'movie', name: film.name, original_name: film.original_name, release_year: film.release_year,
      released_on: details?.released_on ?? null, runtime_minutes: details?.runtime_minutes ?? null,
      mpaa_rating: details?.mpaa_rating ?? null, studio: details?.studio ?? null, genres: film.genres, countries: known?.countries ?? [], seasons: [],
    }
  })
  const series = facts.series.map((each): SeedTitle => {
    const source_ref = `series:${slug(each.name)}`
    creditAll(source_ref, each)
    return {
      source_ref, kind: 'series', name: each.name, original_name: null, release_year: each.year, released_on: each.seasons[0]?.released_on ?? null,
      runtime_minutes: null, mpaa_rating: null, studio: null, genres: each.genres, countries: each.countries ?? [],
      seasons: each.seasons.map((season, index) => ({
        season_number: index + 1, released_on: season.released_on,
        episodes: season.episodes.map((episode, place) => ({ episode_number: place + 1, ...episode })),
      })),
    }
  })
  return { titles: [...titles, ...series], people: [...people.values()], credits, matched }
}
