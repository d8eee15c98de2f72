/** An upload to rows: a zip of Letterboxd's, or one CSV file out of it, or one of IMDb's. Reads bytes in memory, and nothing else. */
import { baseName, columnNames as letterboxdNames, entryHeader, fileKind, isListVersion, mostListName, readEntry, readers, readList } from './letterboxd.ts'
import { cut, filmKey, rowsOf } from './cells.ts'
import { columnsOf, fairly, headerOf, linesOf, type Budget, type Line } from './csv.ts'
import { textOf } from './encoding.ts'
import { columnNames as imdbNames, imdbKind, isImdb, looksImdb, notTaken, readImdb, unnamed } from './imdb.ts'
import { most, unreadable } from './refuse.ts'
import type { ImportRow, Kept, Place, Problem, Review, Upload, Viewing } from './rows.ts'
import { filesOf, isZip } from './zip.ts'

const expected = 'send the zip that Letterboxd exports, or one CSV file out of it, or the ratings, the watchlist or a list that IMDb exports'
const alike = 'watched.csv, watchlist.csv and likes/films.csv have the same header; send the name of the file with it'

/** What one file says. `source` is undefined where the file is none that is known. */
interface Read {
  readonly source: Upload['source'] | undefined
  readonly rows: readonly ImportRow[]
}

/**
 * Reads an upload: at most 50,000 rows, 64 MiB inflated; `name` is the file's, which alone tells some single CSV files apart. Nothing is dropped: a row that is
 * not understood is `kept`, and told among the problems. Throws Refused, `import_unreadable` or `import_too_large`, where the upload as a whole is not to be read.
 */
export async function readUpload(bytes: Buffer, name: string = unnamed): Promise<Upload> {
  const zipped = isZip(bytes)
  const { files, problems: left } = zipped ? await filesOf(bytes) : { files: [{ path: `${cut(baseName(name.replaceAll(/[\p{Cc}\p{Cs}]/gu, '')), 100)}.csv`, bytes }], problems: [] }
  const problems: Problem[] = [...left]
  const budget: Budget = { rows: most.rows }
  const read: Read[] = []
  for (const file of files) {
    const text = textOf(file.bytes, file.path, looksImdb)
    read.push(await fileOf(file.path, await linesOf(text, file.path, budget), problems, !zipped))
  }
  const source = read.find((file) => file.source === 'letterboxd')?.source ?? read.find((file) => file.source !== undefined)?.source
  if (source === undefined) throw unreadable(`reading the upload: ${zipped ? 'no file in the zip is one' : 'it is no file'} of Letterboxd or IMDb; ${expected}`)
  return { source, rows: linked(read.flatMap(({ rows }) => rows)), problems }
}

async function fileOf(path: string, lines: readonly Line[], problems: Problem[], isSingle: boolean): Promise<Read> {
  const [first, ...rest] = lines
  if (first === undefined) return { source: undefined, rows: [] }
  const folder = path.toLowerCase().split('/')[0]
  if (folder === 'deleted' || folder === 'orphaned') return { source: 'letterboxd', rows: keptOf(path, lines, folder) }
  if (isListVersion(first.cells[0] ?? '')) return { source: 'letterboxd', rows: await listOf(path, rest, problems) }
  const imdb = headerOf(first.cells, imdbNames)
  if (isImdb(imdb)) return { source: 'imdb', rows: await imdbOf(path, places(path, imdb, rest), imdb, problems) }
  const header = headerOf(first.cells, letterboxdNames)
  const kind = fileKind(path, header)
  if (kind === 'comments.csv' || kind === 'profile.csv') return { source: 'letterboxd', rows: keptOf(path, lines, kind === 'profile.csv' ? 'profile' : 'comment') }
  if (kind !== undefined && kind !== 'unclear') return { source: 'letterboxd', rows: await fairly(places(path, header, rest), (place) => rowsOf(place, readers[kind], problems)) }
  if (isSingle && kind === 'unclear') throw unreadable(`reading '${path}': ${alike}`)
  if (kind === 'unclear') problems.push({ file: path, line: null, message: `${alike}. Its rows are kept, and not imported` })
  // what a person liked of others' has a header of any file's: it is known by its path
  else if (folder !== 'likes') problems.push({ file: path, line: null, message: 'its header is of no file that is known. Its rows are kept, and not imported' })
  return { source: folder === 'likes' ? 'letterboxd' : undefined, rows: keptOf(path, lines, 'other') }
}

const places = (file: string, header: readonly string[], lines: readonly Line[]): readonly Place[] =>
  lines.map(({ line, cells }) => ({ file, line, columns: columnsOf(header, cells) }))

/** Rows of a file that the platform has no place for; one of a list has two headers. */
function keptOf(path: string, lines: readonly Line[], what: Kept['what']): readonly ImportRow[] {
  const kept = (read: readonly Place[]): readonly ImportRow[] => read.map((place) => ({ kind: 'kept', what, ...place }))
  const [first, ...rest] = lines
  if (!isListVersion(first?.cells[0] ?? '')) return kept(places(path, headerOf(first?.cells ?? [], letterboxdNames), rest))
  const { head, entries } = partsOf(path, rest)
  return kept([...head, ...entries])
}

/** A list's file after its first line: a header and one row; then another header, and the entries. */
function partsOf(path: string, lines: readonly Line[]): { readonly head: readonly Place[]; readonly entries: readonly Place[] } {
  const at = lines.findIndex(({ cells }, index) => index > 0 && headerOf(cells, letterboxdNames)[0] === entryHeader[0] && headerOf(cells, letterboxdNames)[1] === entryHeader[1])
  const end = at < 0 ? lines.length : at
  const part = (rows: readonly Line[]): readonly Place[] => places(path, headerOf(rows[0]?.cells ?? [], letterboxdNames), rows.slice(1))
  return { head: part(lines.slice(0, end)), entries: part(lines.slice(end)) }
}

async function listOf(path: string, lines: readonly Line[], problems: Problem[]): Promise<readonly ImportRow[]> {
  const { head, entries } = partsOf(path, lines)
  const place = head[0] ?? { file: path, line: 1, columns: {} }
  return [
    ...rowsOf(place, readList(path), problems, { lenient: true }),
    ...await fairly(entries, (entry, at) => rowsOf(entry, readEntry(path, at + 1), problems)),
  ]
}

async function imdbOf(path: string, rows: readonly Place[], header: readonly string[], problems: Problem[]): Promise<readonly ImportRow[]> {
  const kind = imdbKind(path, header, rows.map(({ columns }) => columns))
  const list: readonly ImportRow[] = kind !== 'list' ? [] : [
    { kind: 'list', key: path, name: cut(baseName(path), mostListName), description: '', tags: [], ranked: false, created_on: null, file: path, line: 1, columns: {} },
  ]
  return [...list, ...await fairly(rows, (place, at): readonly ImportRow[] => {
    const words = notTaken(place.columns)
    if (words === undefined) return rowsOf(place, readImdb(kind, path, at + 1), problems)
    problems.push({ file: path, line: place.line, message: words })
    return [{ kind: 'kept', what: 'other', ...place }]
  })]
}

type Row<T> = T & Place
const isViewing = (row: ImportRow): row is Row<Viewing> => row.kind === 'viewing'
const isWatched = ({ file, columns }: ImportRow): boolean => fileKind(file, Object.keys(columns)) === 'watched.csv'

/**
 * One viewing for each time: what watched.csv says of a film that has another viewing is dropped, as that file tells each film once; a review of a day without a
 * viewing brings one. Each review is of one viewing of its film and day, by the entry's address where there are several.
 */
function linked(rows: readonly ImportRow[]): readonly ImportRow[] {
  const told = new Set(rows.flatMap((row) => (isViewing(row) && !isWatched(row) ? [filmKey(row.film)] : row.kind === 'review' && row.watched_on !== null ? [filmKey(row.film)] : [])))
  // films' addresses, which a diary does not tell
  const addresses = new Map(rows.flatMap((row): [string, string][] => ('film' in row && row.film.letterboxd_uri !== undefined ? [[filmKey(row.film), row.film.letterboxd_uri]] : [])))
  const all: ImportRow[] = []
  const reviews: Row<Review>[] = []
  for (const row of rows) {
    if (isViewing(row) && isWatched(row) && told.has(filmKey(row.film))) continue
    const uri = 'film' in row ? addresses.get(filmKey(row.film)) : undefined
    const known = 'film' in row && uri !== undefined ? { ...row, film: { ...row.film, letterboxd_uri: uri } } : row
    if (known.kind === 'review') reviews.push(known)
    else all.push(known)
  }
  const key = ({ film, watched_on }: Pick<Viewing, 'film' | 'watched_on'>): string => `${filmKey(film)}|${watched_on ?? ''}`
  const free = freeViewings(all, key)
  // those that say which entry they are of choose first
  const chosen = new Map(reviews.map((review) => [review, free.ofEntry(review)]))
  for (const review of reviews) all.push({ ...review, viewing: chosen.get(review) ?? free.next(key(review)) ?? broughtBy(review, all) })
  return all
}

/** Numbers of viewings that no review is of yet. */
function freeViewings(rows: readonly ImportRow[], key: (viewing: Viewing) => string) {
  const byKey = new Map<string, number[]>()
  const byEntry = new Map<string, number>()
  const taken = new Set<number>()
  for (const [at, row] of [...rows.entries()].reverse()) {
    if (!isViewing(row)) continue
    const same = byKey.get(key(row))
    if (same === undefined) byKey.set(key(row), [at])
    else same.push(at)
    if (row.entry_uri !== undefined) byEntry.set(row.entry_uri, at)
  }
  const take = (at: number | undefined): number | undefined => {
    if (at === undefined || taken.has(at)) return undefined
    taken.add(at)
    return at
  }
  return {
    ofEntry: ({ entry_uri }: Review): number | undefined => take(byEntry.get(entry_uri ?? '')),
    next: (of: string): number | undefined => {
      const same = byKey.get(of) ?? []
      for (let at = same.pop(); at !== undefined; at = same.pop()) if (!taken.has(at)) return take(at)
      return undefined
    },
  }
}

/** The number of the viewing that a review brings along; null where it tells no day. */
function broughtBy({ viewing: _none, body: _body, spoiler: _spoiler, written_on, kind: _kind, ...review }: Row<Review>, rows: ImportRow[]): number | null {
  if (review.watched_on === null) return null
  return rows.push({ ...review, kind: 'viewing', liked: false, logged_on: written_on }) - 1
}
