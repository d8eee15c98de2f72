/** Joins MovieLens films with vega-datasets' movies.json, which knows directors, studios, running times and ratings. */
import { nameKey } from './names.ts'

/** A row of movies.json; the set contains wrong and missing values on purpose. */
export interface VegaMovie {
  readonly 'Title': unknown
  readonly 'Release Date': unknown
  readonly 'MPAA Rating': unknown
  readonly 'Running Time min': unknown
  readonly 'Distributor': unknown
  readonly 'Director': unknown
}

export interface FilmDetails {
  readonly director: string | null
  readonly studio: string | null
  readonly runtime_minutes: number | null
  /** G, PG, PG-13, R, NC-17 or NR. */
  readonly mpaa_rating: string | null
  /** ISO day. */
  readonly released_on: string | null
}

interface Candidate extends FilmDetails { readonly year: number }
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const ratings = new Map([['G', 'G'], ['PG', 'PG'], ['PG-13', 'PG-13'], ['R', 'R'], ['NC-17', 'NC-17'], ['Not Rated', 'NR']])
/** The set ends in 2011; later dates are years of the twentieth century read with two digits. */
const lastYear = 2011

const text = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value.trim() : null)

function day(value: unknown): { readonly year: number; readonly iso: string } | null {
  const [, month = '', dayOfMonth = '', written = ''] = /^([A-Z][a-z]{2}) (\d{1,2}) (\d{4})$/u.exec(text(value) ?? '') ?? []
  const number = months.indexOf(month) + 1
  if (number === 0) return null
  const year = Number(written) > lastYear ? Number(written) - 100 : Number(written)
  return { year, iso: `${year}-${String(number).padStart(2, '0')}-${dayOfMonth.padStart(2, '0')}` }
}

function candidate(movie: VegaMovie): Candidate | null {
  const released = day(movie['Release Date'])
  if (released === null) return null
  const minutes = movie['Running Time min']
  return {
    year: released.year,
    // A day of January the first stands for a year whose day is not known.
    released_on: released.iso.endsWith('-01-01') ? null : released.iso,
    director: text(movie['Director'])?.replace(/^Sir /u, '') ?? null,
    studio: text(movie['Distributor']),
    runtime_minutes: typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 20 && minutes <= 600 ? minutes : null,
    mpaa_rating: ratings.get(text(movie['MPAA Rating']) ?? '') ?? null,
  }
}

interface Film { readonly name: string; readonly original_name: string | null; readonly release_year: number | null }

/** Details by film name and year: the nearest year wins and may differ by one, since the sets count festivals differently. */
export function detailsFinder(movies: readonly VegaMovie[]): (film: Film) => FilmDetails | null {
  const byName = new Map<string, Candidate[]>()
  for (const movie of movies) {
    // Some names were written as numbers: 1776.
    const name = typeof movie['Title'] === 'number' ? String(movie['Title']) : text(movie['Title'])
    const found = name === null ? null : candidate(movie)
    if (name === null || found === null) continue
    const key = nameKey(name)
    byName.set(key, [...byName.get(key) ?? [], found])
  }
  return ({ name, original_name, release_year }) => {
    if (release_year === null) return null
    const candidates = [name, original_name].flatMap((each) => (each === null ? [] : byName.get(nameKey(each)) ?? []))
    const best = candidates.sort((a, b) => Math.abs(a.year - release_year) - Math.abs(b.year - release_year))[0]
    if (best === undefined || Math.abs(best.year - release_year) > 1) return null
    const { year, ...details } = best
    return { ...details, released_on: year === release_year ? details.released_on : null }
  }
}
