/** What may happen to the entries of a list. Pure: it sees the entry and its neighbours to be, not all of the list. */
import type { Refusal } from '../shared/errors.ts'
import { placeBetween } from './place.ts'

export interface Entry {
  readonly title_id: string
  readonly place: string
}
/** What is to be known of a list to put a title somewhere in it. The title itself is no neighbour of its. */
export interface Surroundings {
  readonly entry: Entry | undefined
  readonly count: number
  /** The places it is to stand between; null at an end; `unknown`: next to a title that is not in the list. */
  readonly between: readonly [below: string | null, above: string | null] | 'unknown'
  readonly most: number
}
/** Where a title goes: next to another, or (`after` null) first; `keep_or_first`, `keep_or_last`: where it is, or there if it is not in the list. */
export type Where = { readonly after: string | null } | { readonly before: string } | 'keep_or_first' | 'keep_or_last'

export type EntryEvent =
  | { readonly type: 'Placed'; readonly place: string }
  /** No place is left between the two: the list is to be placed anew, and the command decided again. */
  | { readonly type: 'Crowded' }

/** The events of putting a title there; none where it is there. */
export function decidePut({ entry, count, between, most }: Surroundings, where: Where): readonly EntryEvent[] | Refusal {
  if (between === 'unknown') {
    const field = typeof where === 'object' && 'before' in where ? 'before' : 'after'
    return { code: 'entry_not_found', message: 'the list does not have the title that this one is to stand next to', field }
  }
  if (entry === undefined && count >= most) return { code: 'list_full', message: `this list holds ${most} titles at most; remove one first` }
  const [below, above] = between
  if (entry !== undefined && (typeof where === 'string' || isBetween(entry.place, below, above))) return []
  const place = placeBetween(below, above)
  return [place === undefined ? { type: 'Crowded' } : { type: 'Placed', place }]
}

const isBetween = (place: string, below: string | null, above: string | null): boolean => (below === null || below < place) && (above === null || place < above)
