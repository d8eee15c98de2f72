/** Cast and crew of well-known films, a few series with their episodes, and people's dates: facts of general knowledge, in facts/*.json. */
import { readFileSync } from 'node:fs'

/** The crew's roles in a facts file, which are the roles of a credit; `cast` stands beside them. */
export const crewRoles = ['creator', 'director', 'writer', 'composer', 'cinematographer', 'editor'] as const
export type CrewRole = (typeof crewRoles)[number]

export interface Screenwork extends Partial<Readonly<Record<CrewRole, readonly string[]>>> {
  readonly name: string
  readonly year: number
  /** Of origin: ISO 3166-1 alpha-2, sorted; left out where they are not certain. */
  readonly countries?: readonly string[]
  /** Person to character, in the order of billing. */
  readonly cast: Readonly<Record<string, string>>
}

export interface FilmFacts extends Screenwork {
  /** The name vega-datasets has it under. */
  readonly also?: string
}

export interface SeriesFacts extends Screenwork {
  readonly genres: readonly string[]
  /** In order, from season and episode 1; dates are ISO days of the first broadcast. */
  readonly seasons: readonly { readonly released_on: string; readonly episodes: readonly { readonly name: string; readonly aired_on: string }[] }[]
}

export interface PersonFacts {
  readonly born_on?: string
  readonly died_on?: string
  readonly birthplace?: string
}

export interface Facts {
  readonly films: readonly FilmFacts[]
  readonly series: readonly SeriesFacts[]
  /** By full name. */
  readonly people: Readonly<Record<string, PersonFacts>>
}

/** Reads the three files beside this one. */
export function readFacts(): Facts {
  const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`./facts/${name}.json`, import.meta.url), 'utf8')) as T
  return { films: read<FilmFacts[]>('films'), series: read<SeriesFacts[]>('series'), people: read<Record<string, PersonFacts>>('people') }
}
