/**
 * What a file from Letterboxd or IMDb says, row by row, in the platform's units. `read.ts` makes rows of files, `write.ts` files of rows.
 *
 * A row is an item (what it says) and its place (where it stood). One line may say two things: a review of a film seen on a day is a viewing and a
 * review; an IMDb list's line may hold stars. Rows are numbered by where they stand in `readUpload`'s answer; that is what `Review.viewing` refers to.
 */
export interface Film {
  /** As it came, not empty, at most 500 characters. */
  readonly name: string
  readonly year: number | null
  /** Of the film, where the file tells it; a diary tells that of the entry instead. */
  readonly letterboxd_uri?: string
  /** `tt` and digits. */
  readonly imdb_id?: string
  readonly original_name?: string
}

/** One time that a film was seen. Days are `YYYY-MM-DD`, stars are halves from 1 to 10. */
export interface Viewing {
  readonly kind: 'viewing'
  readonly film: Film
  /** null: seen, and nobody knows when. */
  readonly watched_on: string | null
  readonly half_stars: number | null
  readonly liked: boolean
  readonly rewatch: boolean
  readonly tags: readonly string[]
  readonly logged_on: string | null
  /** Letterboxd's address of the entry. */
  readonly entry_uri?: string
}
export interface Rating {
  readonly kind: 'rating'
  readonly film: Film
  readonly half_stars: number
  readonly rated_on: string | null
}
export interface Review {
  readonly kind: 'review'
  readonly film: Film
  /** Markdown. */
  readonly body: string
  readonly half_stars: number | null
  readonly watched_on: string | null
  readonly rewatch: boolean
  readonly tags: readonly string[]
  readonly written_on: string | null
  readonly spoiler: boolean
  readonly entry_uri?: string
  /** The row number (from 0) of the viewing that it is of; null where it is of none. */
  readonly viewing: number | null
}
export interface Like {
  readonly kind: 'like'
  readonly film: Film
  readonly liked_on: string | null
}
export interface WatchlistEntry {
  readonly kind: 'watchlist_entry'
  readonly film: Film
  readonly added_on: string | null
  /** IMDb's alone. */
  readonly note?: string
}
export interface List {
  readonly kind: 'list'
  /** The file that it came in: told apart by it. */
  readonly key: string
  readonly name: string
  /** Markdown. */
  readonly description: string
  readonly tags: readonly string[]
  readonly ranked: boolean
  readonly created_on: string | null
  readonly uri?: string
}
export interface ListEntry {
  readonly kind: 'list_entry'
  /** `key` of the list. */
  readonly list: string
  /** From 1, as the file has it. */
  readonly position: number
  readonly film: Film
  /** Markdown. */
  readonly note: string
}
/** What the platform does not take, or cannot read, and gives back at export: its columns are all that is known of it. */
export interface Kept {
  readonly kind: 'kept'
  readonly what: 'deleted' | 'orphaned' | 'comment' | 'profile' | 'unreadable' | 'other'
}

/** What a row says. */
export type Item = Viewing | Rating | Review | Like | WatchlistEntry | List | ListEntry | Kept

/** Where a row stood, and its cells as they came, by the names in the file's header. */
export interface Place {
  /** Path within the zip, or the file's own name. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly columns: Readonly<Record<string, string>>
}

/** A row of an upload. */
export type ImportRow = Item & Place

/** What could not be read, or is left out: told to the person. The row, where there is one, is `kept`. */
export interface Problem {
  readonly file: string
  readonly line: number | null
  readonly message: string
}

/** An upload, read. `readUpload(bytes, name?)`: some of Letterboxd's CSV files, and IMDb's lists, are told apart by their name alone. */
export interface Upload {
  readonly source: 'letterboxd' | 'imdb'
  readonly rows: readonly ImportRow[]
  readonly problems: readonly Problem[]
}
