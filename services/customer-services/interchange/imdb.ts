/** IMDb's files: ratings, the watchlist and lists, as its site gives them since 2017, and as it did before. */
import { filmOf, type Cells } from './cells.ts'
import { markdownOf } from './markup.ts'
import type { Item } from './rows.ts'

const title = ['Title', 'Original Title', 'URL', 'Title Type', 'IMDb Rating', 'Runtime (mins)', 'Year', 'Genres', 'Num Votes', 'Release Date', 'Directors'] as const
/** Headers as IMDb writes them. */
export const ratingsHeader = ['Const', 'Your Rating', 'Date Rated', ...title] as const
export const watchlistHeader = ['Position', 'Const', 'Created', 'Modified', 'Description', ...title, 'Your Rating', 'Date Rated'] as const
/** Columns by the lower case of their names, those of old too. */
export const columnNames: ReadonlyMap<string, string> = new Map([
  ...[...ratingsHeader, ...watchlistHeader].map((name): [string, string] => [name.toLowerCase(), name]), ['you rated', 'Your Rating'], ['num. votes', 'Num Votes'],
])

export const isImdb = (header: readonly string[]): boolean => header.includes('Const') && header.includes('Title') && (header.includes('Your Rating') || header.includes('Position'))

/** What a file of IMDb's is taken for. */
export type ImdbKind = 'ratings' | 'watchlist' | 'list'
/** All of IMDb's files may have one header: the file's name tells, or else that each row has stars. */
export function imdbKind(path: string, header: readonly string[], rows: readonly Readonly<Record<string, string>>[]): ImdbKind {
  if (!header.includes('Position') || /ratings[^/]*$/i.test(path)) return 'ratings'
  if (/watchlist[^/]*$/i.test(path)) return 'watchlist'
  if (path !== unnamed) return 'list'
  return rows.length > 0 && rows.every((columns) => columns['Your Rating'] !== undefined && columns['Your Rating'] !== '') ? 'ratings' : 'watchlist'
}
/** What a single file is called that came without a name. */
export const unnamed = 'upload.csv'

/** Episodes and games are no titles here. */
const foreign = /episode|game|podcast|music/i
/** Why the platform does not take a row, or undefined where it does. */
export const notTaken = (columns: Readonly<Record<string, string>>): string | undefined =>
  foreign.test(columns['Title Type'] ?? '') ? `a title of type '${columns['Title Type']}' is not taken. The row is kept` : undefined

function ratingOf(cells: Cells): readonly Item[] {
  const half_stars = cells.whole('Your Rating', 1, 10)
  return half_stars === null ? [] : [{ kind: 'rating', film: filmIn(cells), half_stars, rated_on: cells.day('Date Rated') }]
}
const filmIn = (cells: Cells) => {
  const id = cells.text('Const')
  if (id !== '' && !/^tt\d{5,12}$/.test(id)) cells.fault(`Const is '${id.slice(0, 20)}'; it must be a title's id such as tt0133093`)
  return filmOf(cells, { name: 'Title', imdb: 'Const', original: 'Original Title' })
}

/** As `services/social` takes it, in characters. */
const mostNote = 1_000

/** What a row says; `list` is the key of the list that the file is, `position` where the row stands in it. */
export const readImdb = (kind: ImdbKind, list: string, position: number) => (cells: Cells): readonly Item[] => {
  const ratings = ratingOf(cells)
  if (kind === 'ratings') {
    if (ratings.length === 0) cells.fault('Your Rating is empty')
    return ratings
  }
  const film = filmIn(cells)
  const note = cells.prose('Description', markdownOf, mostNote)
  const at = cells.whole('Position', 1, 999_999) ?? position
  if (kind === 'list') return [{ kind: 'list_entry', list, position: at, film, note }, ...ratings]
  return [{ kind: 'watchlist_entry', film, added_on: cells.day('Created'), ...(note === '' ? {} : { note }) }, ...ratings]
}

/** Whether a text that is no UTF-8 is of IMDb: its first line says. */
export const looksImdb = (text: string): boolean => /^"?(?:position"?,"?)?const"?,/i.test(text.slice(0, 200))
