/** Opaque cursors: where the next page begins, bound to the query they were given for. */
import { createHash } from 'node:crypto'
import { Refused } from './errors.ts'

const digest = (query: unknown): string => createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 8)

/** A cursor to `place` within the pages of `query`. */
export const cursorTo = (query: unknown, place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify([digest(query), ...place])).toString('base64url')

/** The place a cursor names; undefined without one. Refused where it is none of ours, or of another query. */
export function placeOf<T extends readonly (string | number)[]>(
  query: unknown,
  cursor: string | undefined,
  isPlace: (place: readonly unknown[]) => place is T,
): T | undefined {
  if (cursor === undefined) return undefined
  try {
    const [bound, ...place] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as readonly unknown[]
    if (bound === digest(query) && isPlace(place)) return place
  } catch {
    /* not ours either */
  }
  throw new Refused({ code: 'invalid_cursor', field: 'query.cursor', message: 'must be the next_cursor of a page of this same query' })
}

/** A place in what is ordered by an instant (ms) and, within it, by an id. */
export const isInstantAndId = (place: readonly unknown[]): place is readonly [number, string] =>
  place.length === 2 && Number.isSafeInteger(place[0]) && Math.abs(place[0] as number) < 8e12 && typeof place[1] === 'string' && /^[0-9A-Z]{26}$/.test(place[1])

/** No page begins further in: deep pages cost what all pages before them cost. */
const deepest = 10_000
const isOffset = (place: readonly unknown[]): place is readonly [number] =>
  place.length === 1 && Number.isSafeInteger(place[0]) && (place[0] as number) >= 0 && (place[0] as number) <= deepest

/** The offset a cursor names, 0 without one. */
export const offsetOf = (query: unknown, cursor: string | undefined): number => placeOf(query, cursor, isOffset)?.[0] ?? 0

/** Cuts a list that was asked for with one item too many into a page. */
export function pageOf<T>(
  query: unknown,
  found: readonly T[],
  { offset, limit }: { readonly offset: number; readonly limit: number },
): { items: T[]; next_cursor: string | null } {
  const more = found.length > limit && offset + limit <= deepest
  return { items: found.slice(0, limit), next_cursor: more ? cursorTo(query, [offset + limit]) : null }
}
