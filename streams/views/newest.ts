/**
 * The newest of a list that has no end, in a row that has one. Whatever is newer than `cut` is held; of what was cut off, nothing is known, so
 * it stays cut off though what is held is taken out later. Readers go by `cut`: behind it they ask a view that has everything. Pure.
 *
 * What is held follows from the list's events in their order. While nothing was ever cut off, it is the list.
 */
import { byText } from './text.ts'

/** Begins with where it stands: `occurred_at` in ms, and an id that tells apart what happened at once. */
export type Held = readonly [occurred_at: number, id: string, ...rest: readonly unknown[]]
export type Place = readonly [occurred_at: number, id: string]
export interface Newest<E extends Held> {
  /** Newest first, by instant and then by id, as ScyllaDB clusters them. */
  readonly held: readonly E[]
  /** The newest that was ever cut off; null while none was. */
  readonly cut: Place | null
}

/** A list of which nothing was told. */
export const nothingYet: Newest<never> = { held: [], cut: null }

/** Below 0 where `a` comes before `b`. */
const newestFirst = ([a_at, a_id]: Held, [b_at, b_id]: Held): number => b_at - a_at || byText(b_id, a_id)

/** Where an entry stands or would stand, and whether it is there; by halving, since lists change far more often than they are read. */
function find(held: readonly Held[], sought: Held): { readonly index: number; readonly isThere: boolean } {
  let [from, to] = [0, held.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    const one = held[middle]
    if (one !== undefined && newestFirst(one, sought) < 0) from = middle + 1
    else to = middle
  }
  const found = held[from]
  return { index: from, isThere: found !== undefined && newestFirst(found, sought) === 0 }
}

/** Puts an entry in its place, over what stood there; the list itself where it stands behind the cut. Holds `most` at most. */
export function putIn<E extends Held>(list: Newest<E>, entry: E, most: number): Newest<E> {
  const { held, cut } = list
  if (cut !== null && newestFirst(entry, cut) >= 0) return list
  const { index, isThere } = find(held, entry)
  const now = held.toSpliced(index, isThere ? 1 : 0, entry)
  const last = now.length > most ? now.pop() : undefined
  return { held: now, cut: last === undefined ? cut : [last[0], last[1]] }
}

/** Takes out what stands in a place; the list itself where nothing does. */
export function takeOut<E extends Held>(list: Newest<E>, place: Place): Newest<E> {
  const { index, isThere } = find(list.held, place)
  return isThere ? { held: list.held.toSpliced(index, 1), cut: list.cut } : list
}
