/** What becomes of a row of an import: by what it says, the title that it was matched with, and what is there already. Pure. */
import { counted } from './day.ts'
import type { ImportRow } from './interchange/rows.ts'

/**
 * - `waiting` to be matched; `matched`: will be applied; `unmatched`: no title yet; `conflict`: something else stands in its place; `present`: it is there
 * - `kept`: the platform has no place for it, and gives it back at export; `problem`: it cannot be read, and is kept likewise
 * - `applied`, `skipped`, `refused` (and why), `needs_card`: what came of applying it; all but the first may be applied again
 */
export const rowStates = ['waiting', 'matched', 'unmatched', 'conflict', 'present', 'kept', 'problem', 'applied', 'skipped', 'refused', 'needs_card'] as const
export type RowState = (typeof rowStates)[number]
export const rowKinds = ['viewing', 'rating', 'review', 'like', 'watchlist_entry', 'list', 'list_entry', 'kept'] as const
export type RowKind = (typeof rowKinds)[number]
export type Resolution = 'take' | 'skip'

/** States that an application works on. */
export const applicable: readonly RowState[] = ['matched', 'conflict', 'skipped', 'refused', 'needs_card']
/** States in which a person may decide about a row. */
export const open: ReadonlySet<RowState> = new Set(['waiting', 'matched', 'unmatched', 'conflict', 'present', 'skipped', 'refused', 'needs_card'])

/** What a row says; null where it could not be read as a row at all, and `message` is all there is. */
export interface Said {
  readonly row: ImportRow | null
  readonly message: string | null
}
/** A row of an import, as it stands. */
export interface Row extends Said {
  readonly row_number: number
  readonly kind: RowKind
  readonly state: RowState
  readonly item_id: string
  readonly of_row: number | null
  readonly title_id: string | null
  readonly matched: 'exact' | 'near' | 'hand' | null
  readonly alternatives: readonly string[]
  readonly found_id: string | null
  readonly resolution: Resolution | null
  readonly outcome: string | null
  readonly why: string | null
}

/** A viewing that is in the diary. Days are counted from the epoch. */
export interface KnownViewing {
  readonly viewing_id: string
  readonly title_id: string
  readonly watched_on: number | null
  readonly half_stars: number | null
}
/** What a profile has of the titles concerned. */
export interface There {
  readonly viewings: readonly KnownViewing[]
  /** By title. */
  readonly ratings: ReadonlyMap<string, { readonly half_stars: number }>
  /** What it has at social, as `atSocial` spells it. */
  readonly social: ReadonlySet<string>
}

/** One word for a thing at social: the same of a row and of what is there. */
export const atSocial = {
  review: (review_id: string): string => `review ${review_id}`,
  list: (list_id: string): string => `list ${list_id}`,
  like: (title_id: string): string => `like ${title_id}`,
  watchlist_entry: (title_id: string): string => `watchlist ${title_id}`,
  list_entry: (list_id: string, title_id: string): string => `entry ${list_id} ${title_id}`,
}

const day_ms = 86_400_000

/** The film that a row is of; undefined where it is of none. */
export const filmOf = ({ row }: Said) => (row !== null && 'film' in row ? row.film : undefined)

type Settled = Pick<Row, 'state' | 'found_id'>
const matched: Settled = { state: 'matched', found_id: null }
const present = (found_id: string | null = null): Settled => ({ state: 'present', found_id })

function viewingSettled(item_id: string, title_id: string, { watched_on, half_stars }: { readonly watched_on: string | null; readonly half_stars: number | null }, { viewings }: There): Settled {
  if (viewings.some(({ viewing_id }) => viewing_id === item_id)) return present(item_id)
  const day = counted(watched_on)
  const same = viewings.filter((one) => one.title_id === title_id && (day === null || one.watched_on === day))
  const [first] = same
  if (first === undefined) return matched
  const alike = same.find((one) => half_stars === null || one.half_stars === half_stars)
  return alike === undefined ? { state: 'conflict', found_id: first.viewing_id } : present(alike.viewing_id)
}

/** How a row stands that has its title; `list_id` is that of an entry's list. */
export function decideStanding({ row, item_id }: Pick<Row, 'row' | 'item_id'>, title_id: string | null, there: There, list_id: string | undefined): Settled {
  const has = (word: string): Settled => (there.social.has(word) ? present() : matched)
  if (row === null) return { state: 'problem', found_id: null }
  if (row.kind === 'kept') return { state: row.what === 'unreadable' ? 'problem' : 'kept', found_id: null }
  if (row.kind === 'list') return has(atSocial.list(item_id))
  // by its id it is known to be there, whatever title it is of
  if (row.kind === 'review' && there.social.has(atSocial.review(item_id))) return present()
  if (row.kind === 'viewing' && there.viewings.some(({ viewing_id }) => viewing_id === item_id)) return present(item_id)
  if (title_id === null) return { state: 'unmatched', found_id: null }
  switch (row.kind) {
    case 'viewing': return viewingSettled(item_id, title_id, row, there)
    case 'rating': {
      const known = there.ratings.get(title_id)
      return known === undefined ? matched : known.half_stars === row.half_stars ? present() : { state: 'conflict', found_id: null }
    }
    case 'review': return matched
    case 'like': return has(atSocial.like(title_id))
    case 'watchlist_entry': return has(atSocial.watchlist_entry(title_id))
    case 'list_entry': return has(atSocial.list_entry(list_id ?? '', title_id))
  }
}

/** Whether a rating that is brought takes the place of the one that is there; by itself the newer does, and of one day the one that is there. */
export function decideRating(
  { half_stars, rated_on }: { readonly half_stars: number; readonly rated_on: string | null },
  known: { readonly half_stars: number; readonly rated_at: number } | undefined, resolution: Resolution | null,
): 'rate' | 'present' | 'skipped' {
  if (resolution === 'skip') return 'skipped'
  if (known === undefined) return 'rate'
  if (known.half_stars === half_stars) return 'present'
  if (resolution === 'take') return 'rate'
  const day = counted(rated_on)
  return day !== null && day * day_ms > known.rated_at ? 'rate' : 'skipped'
}

/** What is done about a viewing: it is added; or, where another of its title and day is there, that one is changed, or left as it is. */
export function decideViewing({ resolution, found_id }: Pick<Row, 'resolution' | 'found_id'>, isThere: boolean): 'add' | 'revise' | 'present' | 'skipped' {
  if (isThere) return 'present'
  if (resolution === 'skip') return 'skipped'
  if (found_id === null) return 'add'
  return resolution === 'take' ? 'revise' : 'skipped'
}
