/**
 * A shelf as the files that Letterboxd and IMDb export, which `read.ts` reads as the same again. Cells that begin with = + - @ are left as they are: they are
 * the person's own words, and any sign before them would come back as a part of them.
 */
import { stringify } from 'csv-stringify/sync'
import { filmKey } from './cells.ts'
import { ratingsHeader, watchlistHeader } from './imdb.ts'
import { entryHeader, headers, listHeader, listVersion } from './letterboxd.ts'
import { htmlOf } from './markup.ts'
import type { Film, Kept, List, Place, Viewing } from './rows.ts'
import type { Shelf, ShelfList, Source } from './shelf.ts'

/** A file of an export, its text in pieces. */
export interface TextFile {
  readonly path: string
  readonly text: AsyncIterable<string>
}
type Columns = Readonly<Record<string, string>>
type Row = Kept & Place

const batch = 200
const day = (value: string | null): string => value ?? ''
const yes = (value: boolean): string => (value ? 'Yes' : '')
const starsOf = (half_stars: number | null): string => (half_stars === null ? '' : String(half_stars / 2))
const csv = (rows: readonly (readonly string[])[]): string => stringify(rows.map((row) => [...row]), { quoted_match: /[\r\n]/ })
/** The names of columns that rows have and a header has not. */
const moreOf = (header: readonly string[], rows: readonly Columns[]): readonly string[] => [...new Set(rows.flatMap((columns) => Object.keys(columns)))].filter((name) => !header.includes(name))

/** A header and rows, those kept last. */
async function* table(header: readonly string[], rows: AsyncIterable<Columns> | Iterable<Columns>, kept: readonly Columns[] = []): AsyncGenerator<string> {
  const names = [...header, ...moreOf(header, kept)]
  let waiting = [names]
  const cells = (columns: Columns): string[] => names.map((name) => columns[name] ?? '')
  for await (const columns of rows) {
    waiting.push(cells(columns))
    if (waiting.length < batch) continue
    yield csv(waiting)
    waiting = []
  }
  yield csv([...waiting, ...kept.map(cells)])
}

async function* mapped<T>(source: Source<T>, columns: (item: T) => Columns): AsyncGenerator<Columns> {
  for await (const item of source()) yield columns(item)
}

/** Whether a viewing says no more than watched.csv can. */
const isBare = ({ watched_on, half_stars, liked, rewatch, tags, entry_uri }: Viewing): boolean =>
  watched_on === null && half_stars === null && !liked && !rewatch && tags.length === 0 && entry_uri === undefined
const film = ({ name, year, letterboxd_uri }: Film): Columns => ({ Name: name, Year: year === null ? '' : String(year), 'Letterboxd URI': letterboxd_uri ?? '' })

interface Seen {
  readonly columns: Columns
  readonly logged_on: string
  readonly viewings: number
}

/** Files as Letterboxd exports them, to be put into a zip. `lists/` and what was kept come where there is any; sources are read more than once. */
export async function* letterboxdFiles(shelf: Shelf): AsyncGenerator<TextFile> {
  const kept = Map.groupBy(shelf.kept.filter((row) => !isImdb(row)), ({ file }) => file)
  const keptIn = (path: string): readonly Columns[] => (kept.get(path) ?? []).map(({ columns }) => columns)
  const written = new Set<string>()
  const file = (path: string, text: AsyncIterable<string>): TextFile => {
    written.add(path)
    return { path, text }
  }
  const plain = <T>(path: keyof typeof headers, source: Source<T>, columns: (item: T) => Columns, more: readonly string[] = []): TextFile =>
    file(path, table([...headers[path], ...more], mapped(source, columns), keptIn(path)))

  const seen = new Map<string, Seen>()
  let anyLiked = false
  for await (const { film: of, logged_on, liked } of shelf.viewings()) {
    const before = seen.get(filmKey(of))
    const first = [before?.logged_on ?? '', day(logged_on)].filter((at) => at !== '').sort()[0] ?? ''
    seen.set(filmKey(of), { columns: before?.columns ?? film(of), logged_on: first, viewings: (before?.viewings ?? 0) + 1 })
    anyLiked ||= liked
  }
  yield plain('watched.csv', () => seen.values(), ({ columns, logged_on }) => ({ Date: logged_on, ...columns }))
  const dated = async function* (): AsyncGenerator<Viewing> {
    for await (const viewing of shelf.viewings()) if (!isBare(viewing) || (seen.get(filmKey(viewing.film))?.viewings ?? 0) > 1) yield viewing
  }
  yield plain('diary.csv', dated, (viewing) => ({
    Date: day(viewing.logged_on), ...film(viewing.film), 'Letterboxd URI': viewing.entry_uri ?? '', Rating: starsOf(viewing.half_stars), Rewatch: yes(viewing.rewatch),
    Tags: viewing.tags.join(', '), 'Watched Date': day(viewing.watched_on), Liked: yes(viewing.liked),
  }), anyLiked ? ['Liked'] : [])
  yield plain('ratings.csv', shelf.ratings, (rating) => ({ Date: day(rating.rated_on), ...film(rating.film), Rating: starsOf(rating.half_stars) }))
  yield plain('reviews.csv', shelf.reviews, (review) => ({
    Date: day(review.written_on), ...film(review.film), 'Letterboxd URI': review.entry_uri ?? '', Rating: starsOf(review.half_stars), Rewatch: yes(review.rewatch),
    Review: htmlOf(review.body), Tags: review.tags.join(', '), 'Watched Date': day(review.watched_on), Spoiler: yes(review.spoiler),
  }), (await some(shelf.reviews, ({ spoiler }) => spoiler)) ? ['Spoiler'] : [])
  yield plain('watchlist.csv', shelf.watchlist, (entry) => ({ Date: day(entry.added_on), ...film(entry.film) }))
  yield plain('likes/films.csv', shelf.likes, (like) => ({ Date: day(like.liked_on), ...film(like.film) }))
  for await (const one of shelf.lists()) {
    const path = listPath(one.list, written)
    yield file(path, listText(one, (kept.get(path) ?? []).map(({ columns }) => columns)))
  }
  for (const [path, rows] of kept) if (!written.has(path)) yield file(path, keptText(path, rows.map(({ columns }) => columns)))
}

async function some<T>(source: Source<T>, is: (item: T) => boolean): Promise<boolean> {
  for await (const item of source()) if (is(item)) return true
  return false
}

/** Where the list came from, or else by its name, told apart from others by a number. */
function listPath({ key, name }: List, written: ReadonlySet<string>): string {
  if (/^lists\/[^/]+\.csv$/.test(key) && !written.has(key)) return key
  const slug = name.normalize('NFKD').toLowerCase().replaceAll(/\p{M}/gu, '').replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '').slice(0, 80) || 'list'
  for (let number = 1; ; number++) {
    const path = `lists/${slug}${number === 1 ? '' : `-${number}`}.csv`
    if (!written.has(path)) return path
  }
}

async function* listText({ list, entries }: ShelfList, kept: readonly Columns[]): AsyncGenerator<string> {
  const head = { Date: day(list.created_on), Name: list.name, Tags: list.tags.join(', '), URL: list.uri ?? '', Description: htmlOf(list.description), Ranked: yes(list.ranked) }
  yield csv([[listVersion]])
  yield* table([...listHeader, ...(list.ranked ? ['Ranked'] : [])], [head])
  yield '\n'
  yield* table(entryHeader, mapped(entries, ({ position, film: { name, year, letterboxd_uri }, note }) => ({
    Position: String(position), Name: name, Year: year === null ? '' : String(year), URL: letterboxd_uri ?? '', Description: htmlOf(note),
  })), kept)
}

/** A file of rows that were kept, as it came: a list's in its two parts. */
async function* keptText(path: string, rows: readonly Columns[]): AsyncGenerator<string> {
  if (!/(?:^|\/)lists\/[^/]+\.csv$/.test(path)) return yield* table([], [], rows)
  const { head = [], entries = [] } = Object.groupBy(rows, (columns) => ('Position' in columns ? 'entries' : 'head'))
  yield csv([[listVersion]])
  yield* table(listHeader, head)
  yield '\n'
  yield* table(entryHeader, [], entries)
}

const isImdb = ({ columns }: Row): boolean => 'Const' in columns
const title = ({ name, year, imdb_id, original_name }: Film): Columns => ({
  Const: imdb_id ?? '', Title: name, 'Original Title': original_name ?? name, Year: year === null ? '' : String(year),
  URL: imdb_id === undefined ? '' : `https://www.imdb.com/title/${imdb_id}/`,
})

/** Ratings as IMDb exports them; what only IMDb knows of a title is left empty. */
export const imdbRatings = (shelf: Shelf): AsyncIterable<string> =>
  table(ratingsHeader, mapped(shelf.ratings, (rating) => ({ ...title(rating.film), 'Your Rating': String(rating.half_stars), 'Date Rated': day(rating.rated_on) })),
    shelf.kept.filter((row) => isImdb(row) && !('Position' in row.columns)).map(({ columns }) => columns))

/** The watchlist as IMDb exports it. */
export async function* imdbWatchlist(shelf: Shelf): AsyncGenerator<string> {
  let position = 0
  yield* table(watchlistHeader, mapped(shelf.watchlist, (entry) => ({
    ...title(entry.film), Position: String(++position), Created: day(entry.added_on), Modified: day(entry.added_on), Description: htmlOf(entry.note ?? ''),
  })), shelf.kept.filter((row) => isImdb(row) && 'Position' in row.columns).map(({ columns }) => columns))
}
