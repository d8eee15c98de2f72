/** What one profile has, to be written as files of Letterboxd's or IMDb's: the platform's own, and what imports could not place. */
import type { ImportRow, Kept, Like, List, ListEntry, Place, Rating, Review, Viewing, WatchlistEntry } from './rows.ts'

/** Gives its items from the first one, each time it is asked. */
export type Source<T> = () => AsyncIterable<T> | Iterable<T>
/** A review stands by its viewing's film and day. */
export type ShelfReview = Omit<Review, 'viewing'>
export interface ShelfList {
  readonly list: List
  /** In their order. */
  readonly entries: Source<ListEntry>
}

/** A title that was matched has its name and year from the catalogue; a row that was not has those it came with. */
export interface Shelf {
  readonly viewings: Source<Viewing>
  readonly ratings: Source<Rating>
  readonly reviews: Source<ShelfReview>
  readonly likes: Source<Like>
  readonly watchlist: Source<WatchlistEntry>
  readonly lists: Source<ShelfList>
  /** Rows of `kept`, all of them: they are put back into the files that they came in. */
  readonly kept: readonly (Kept & Place)[]
}

/** A shelf of rows: what comes in, as what goes out. */
export function shelfOf(rows: readonly ImportRow[]): Shelf {
  const of = <K extends ImportRow['kind']>(kind: K) => rows.filter((row): row is Extract<ImportRow, { readonly kind: K }> => row.kind === kind)
  const entries = Map.groupBy(of('list_entry'), ({ list }) => list)
  return {
    viewings: () => of('viewing'),
    ratings: () => of('rating'),
    reviews: () => of('review'),
    likes: () => of('like'),
    watchlist: () => of('watchlist_entry'),
    lists: () => of('list').map((list) => ({ list, entries: () => (entries.get(list.key) ?? []).toSorted((a, b) => a.position - b.position) })),
    kept: of('kept'),
  }
}
