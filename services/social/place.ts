/**
 * Where an entry stands among others: a fraction written as text, so that one may be put between two without moving any other. Fractions
 * between the same two grow by a character with every sixth; before one grows too long for its column, all of its list are placed anew.
 */
import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing'

/** No place is longer. */
export const longest = 48

/** A place between two, null being the ends; undefined where it would be too long. */
export function placeBetween(below: string | null, above: string | null): string | undefined {
  const place = generateKeyBetween(below, above)
  return place.length > longest ? undefined : place
}

/** Short places for `count` entries in their order, all above `last`: none of them is taken, whatever the others are. */
export const placesAfter = (last: string | null, count: number): readonly string[] => generateNKeysBetween(last, null, count)
