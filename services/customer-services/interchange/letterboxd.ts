/**
 * Letterboxd's files (Settings, Data, "Export your data"): which there are, by path and header, and what their rows say. Three columns are ours: `Liked` in the
 * diary, `Spoiler` in reviews, `Ranked` of a list, written where there is something to say, as Letterboxd's own files have no place for it.
 */
import { cut, filmOf, type Cells } from './cells.ts'
import { markdownOf } from './markup.ts'
import type { Item } from './rows.ts'

/** First cell of a list's file. */
export const listVersion = 'Letterboxd list export v7'
export const isListVersion = (cell: string): boolean => /^Letterboxd list export v\d+$/.test(cell.trim())

const film = ['Date', 'Name', 'Year', 'Letterboxd URI'] as const
/** Headers by path, as Letterboxd writes them. */
export const headers = {
  'watched.csv': film,
  'diary.csv': [...film, 'Rating', 'Rewatch', 'Tags', 'Watched Date'],
  'ratings.csv': [...film, 'Rating'],
  'reviews.csv': [...film, 'Rating', 'Rewatch', 'Review', 'Tags', 'Watched Date'],
  'watchlist.csv': film,
  'likes/films.csv': film,
} as const
export const listHeader = ['Date', 'Name', 'Tags', 'URL', 'Description'] as const
export const entryHeader = ['Position', 'Name', 'Year', 'URL', 'Description'] as const
const others = ['Content', 'Comment', 'Date Joined', 'Liked', 'Spoiler', 'Ranked']
/** Every column's name that means something, by its lower case. */
export const columnNames: ReadonlyMap<string, string> = new Map([...Object.values(headers), listHeader, entryHeader, others].flat().map((name) => [name.toLowerCase(), name]))

/** What a file holds. */
export type FileKind = keyof typeof headers | 'comments.csv' | 'profile.csv'

/** What a file with this header is, and what its path says where headers are alike. `unclear`: one of three, and its name tells not which. */
export function fileKind(path: string, header: readonly string[]): FileKind | 'unclear' | undefined {
  const has = (...names: readonly string[]): boolean => names.every((name) => header.includes(name))
  if (has('Date Joined')) return 'profile.csv'
  if (has('Date', 'Content', 'Comment')) return 'comments.csv'
  if (!has('Name', 'Year', 'Letterboxd URI')) return undefined
  if (has('Review')) return 'reviews.csv'
  if (has('Watched Date')) return 'diary.csv'
  if (has('Rating')) return 'ratings.csv'
  const name = path.toLowerCase()
  if (/watchlist[^/]*$/.test(name)) return 'watchlist.csv'
  if (/watched[^/]*$/.test(name)) return 'watched.csv'
  return /(?:likes|films)[^/]*$/.test(name) ? 'likes/films.csv' : 'unclear'
}

const named = { name: 'Name', uri: 'Letterboxd URI' }
const address = (cells: Cells): { readonly entry_uri?: string } => (cells.text('Letterboxd URI') === '' ? {} : { entry_uri: cells.text('Letterboxd URI') })

/** What a row of a file says. A review's viewing is found afterwards, among all rows. */
export const readers: Readonly<Record<keyof typeof headers, (cells: Cells) => readonly Item[]>> = {
  'watched.csv': (cells) => [{
    kind: 'viewing', film: filmOf(cells, named), watched_on: null, half_stars: null, liked: false, rewatch: false, tags: [], logged_on: cells.day('Date'),
  }],
  'diary.csv': (cells) => [{
    kind: 'viewing', film: filmOf(cells, { name: 'Name' }), watched_on: cells.day('Watched Date'), half_stars: cells.stars('Rating'), liked: cells.yes('Liked'),
    rewatch: cells.yes('Rewatch'), tags: cells.tags('Tags'), logged_on: cells.day('Date'), ...address(cells),
  }],
  'ratings.csv': (cells) => {
    const half_stars = cells.stars('Rating')
    if (half_stars === null) cells.fault('Rating is empty')
    return [{ kind: 'rating', film: filmOf(cells, named), half_stars: half_stars ?? 0, rated_on: cells.day('Date') }]
  },
  'reviews.csv': (cells) => {
    const body = cells.prose('Review', markdownOf)
    if (body === '') cells.fault('Review is empty')
    return [{
      kind: 'review', film: filmOf(cells, { name: 'Name' }), body, half_stars: cells.stars('Rating'), watched_on: cells.day('Watched Date'), rewatch: cells.yes('Rewatch'),
      tags: cells.tags('Tags'), written_on: cells.day('Date'), spoiler: cells.yes('Spoiler'), ...address(cells), viewing: null,
    }]
  },
  'watchlist.csv': (cells) => [{ kind: 'watchlist_entry', film: filmOf(cells, named), added_on: cells.day('Date') }],
  'likes/films.csv': (cells) => [{ kind: 'like', film: filmOf(cells, named), liked_on: cells.day('Date') }],
}

/** As `services/social` takes them, in characters. */
export const mostListName = 120
const [mostDescription, mostNote] = [2_000, 1_000]

/** What the head of a list's file says; one without a name is called by its file. */
export const readList = (key: string) => (cells: Cells): readonly Item[] => [{
  kind: 'list', key, name: cut(cells.name('Name') || baseName(key), mostListName), description: cells.prose('Description', markdownOf, mostDescription),
  tags: cells.tags('Tags'), ranked: cells.yes('Ranked'), created_on: cells.day('Date'), ...(cells.text('URL') === '' ? {} : { uri: cells.text('URL') }),
}]
/** The last part of a path, without `.csv`. */
export const baseName = (path: string): string => path.replace(/^.*\//, '').replace(/\.csv$/i, '') || 'list'
/** What an entry of a list says. Positions that are not told are those of the rows. */
export const readEntry = (list: string, position: number) => (cells: Cells): readonly Item[] => [{
  kind: 'list_entry', list, position: cells.whole('Position', 1, 999_999) ?? position, film: filmOf(cells, { name: 'Name', uri: 'URL' }),
  note: cells.prose('Description', markdownOf, mostNote),
}]
