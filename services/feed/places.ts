/** Cursors of feeds: where the next page begins, for the profile and order that they were given for. */
import { cursorTo, placeOf } from '../shared/pagination.ts'
import type { Place } from './ports.ts'

/** Where ranked reading goes on: after this one, in the order as it was at `as_of`. */
export interface RankedPlace {
  readonly as_of: number
  readonly score: number
  readonly activity_id: string
}
type Stored = readonly [number, string]
type StoredRanked = readonly [number, number, string]

const isInstant = (value: unknown): boolean => Number.isSafeInteger(value) && Math.abs(value as number) < 8e12
const isPlace = (place: readonly unknown[]): place is Stored => place.length === 2 && isInstant(place[0]) && typeof place[1] === 'string'
const isRankedPlace = (place: readonly unknown[]): place is StoredRanked => place.length === 3 && isInstant(place[0]) && Number.isFinite(place[1]) && typeof place[2] === 'string'

/** What a cursor belongs to: a profile and one of these. */
export type Reading = 'chronological' | 'ranked' | 'head' | 'by'

export const cursorOf = (profile_id: string, reading: Exclude<Reading, 'ranked'>, { occurred_at, activity_id }: Place): string => cursorTo([profile_id, reading], [occurred_at, activity_id])
export const rankedCursorOf = (profile_id: string, { as_of, score, activity_id }: RankedPlace): string => cursorTo([profile_id, 'ranked'], [as_of, score, activity_id])

/** Refused `invalid_cursor` where it is none of these; undefined without one. */
export function readCursor(profile_id: string, reading: Exclude<Reading, 'ranked'>, cursor: string | undefined): Place | undefined {
  const place = placeOf([profile_id, reading], cursor, isPlace)
  return place === undefined ? undefined : { occurred_at: place[0], activity_id: place[1] }
}
export function readRankedCursor(profile_id: string, cursor: string | undefined): RankedPlace | undefined {
  const place = placeOf([profile_id, 'ranked'], cursor, isRankedPlace)
  return place === undefined ? undefined : { as_of: place[0], score: place[1], activity_id: place[2] }
}
