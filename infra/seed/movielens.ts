/** Reads MovieLens-100k in the tab-separated form with typed headers that the recbole project ships. */
import { filmName } from './names.ts'

export interface MovieLensFilm {
  readonly item_id: string
  readonly name: string
  readonly original_name: string | null
  readonly release_year: number | null
  /** Slugs of `genres`. */
  readonly genres: readonly string[]
}

export interface MovieLensUser {
  readonly user_id: string
  readonly occupation: string
}

export interface MovieLensRating {
  readonly user_id: string
  readonly item_id: string
  /** 1 to 5. */
  readonly stars: number
  readonly rated_at_ms: number
}

export interface MovieLens {
  readonly films: readonly MovieLensFilm[]
  readonly users: readonly MovieLensUser[]
  /** Oldest first; ties in the order of user and film, so that every load is the same. */
  readonly ratings: readonly MovieLensRating[]
}

/** MovieLens' genres as slugs of the platform's vocabulary. */
export const genres = [
  'action', 'adventure', 'animation', 'children', 'comedy', 'crime', 'documentary', 'drama', 'fantasy', 'film-noir', 'horror', 'musical', 'mystery',
  'romance', 'science-fiction', 'thriller', 'war', 'western',
] as const
const genreSlugs = new Map<string, string>([...genres.map((genre) => [genre, genre] as const), ["children's", 'children'], ['sci-fi', 'science-fiction']])

/** UTF-8, or Latin-1 where the bytes are not UTF-8 (GroupLens's own files are). */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

/** Rows of a table whose first line names its columns (`item_id:token`), in whatever order; missing columns are an error. */
export function parseTable<C extends string>(file: string, text: string, columns: readonly C[]): readonly Record<C, string>[] {
  const [header = '', ...lines] = text.split(/\r?\n/u)
  const names = header.split('\t').map((cell) => cell.replace(/:.*$/u, '').trim())
  const places = columns.map((column) => {
    const at = names.indexOf(column)
    if (at < 0) throw new Error(`reading '${file}': no column '${column}' in its header '${header}'`)
    return [column, at] as const
  })
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return []
    const cells = line.split('\t')
    return [Object.fromEntries(places.map(([column, at]) => {
      const cell = cells[at]
      if (cell === undefined) throw new Error(`reading '${file}' line ${index + 2}: no value for '${column}' in '${line}'`)
      return [column, cell.trim()]
    })) as Record<C, string>]
  })
}

function parseFilm(row: { readonly item_id: string; readonly movie_title: string; readonly release_year: string; readonly class: string }): MovieLensFilm {
  const { name, original_name, year } = filmName(row.movie_title)
  // MovieLens lost one film's name, and spells that 'unknown' in two ways.
  const known = !/^unk(?:nown|onwn)$/u.test(name)
  return {
    item_id: row.item_id,
    name: known ? name : 'Unknown Title',
    original_name,
    release_year: /^\d{4}$/u.test(row.release_year) ? Number(row.release_year) : year,
    genres: row.class.split(/\s+/u).flatMap((genre) => genreSlugs.get(genre.toLowerCase()) ?? []).sort(),
  }
}

function whole(file: string, field: string, value: string, least: number, most: number): number {
  const number = Number(value)
  if (value !== '' && Number.isInteger(number) && number >= least && number <= most) return number
  throw new Error(`reading '${file}': ${field} '${value}' is not a whole number from ${least} to ${most}`)
}

/** Parses the three files' texts; throws on a rating of an unknown film or user. */
export function parseMovieLens(texts: { readonly item: string; readonly user: string; readonly inter: string }): MovieLens {
  const films = parseTable('ml-100k.item', texts.item, ['item_id', 'movie_title', 'release_year', 'class']).map(parseFilm)
  const users = parseTable('ml-100k.user', texts.user, ['user_id', 'occupation'])
  const [filmIds, userIds] = [new Set(films.map((film) => film.item_id)), new Set(users.map((user) => user.user_id))]
  const ratings = parseTable('ml-100k.inter', texts.inter, ['user_id', 'item_id', 'rating', 'timestamp']).map((row) => {
    if (!filmIds.has(row.item_id)) throw new Error(`reading 'ml-100k.inter': film '${row.item_id}' is not in 'ml-100k.item'`)
    if (!userIds.has(row.user_id)) throw new Error(`reading 'ml-100k.inter': user '${row.user_id}' is not in 'ml-100k.user'`)
    return {
      user_id: row.user_id, item_id: row.item_id,
      stars: whole('ml-100k.inter', 'rating', row.rating, 1, 5),
      rated_at_ms: whole('ml-100k.inter', 'timestamp', row.timestamp, 0, 4_102_444_800) * 1000,
    }
  })
  ratings.sort((a, b) => a.rated_at_ms - b.rated_at_ms || Number(a.user_id) - Number(b.user_id) || Number(a.item_id) - Number(b.item_id))
  return { films, users, ratings }
}
