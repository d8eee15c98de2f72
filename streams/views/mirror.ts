/** One row of a view for each row of a table: the whole apply of most projections. */
import type { Change } from '../runtime/view.ts'

/** What a row was and what it is, whatever happened. */
export type BeforeAfter<V> = Pick<Change<string, V>, 'before' | 'after'>

/**
 * Puts the row of `after`, and removes what is gone or has moved to another key. A `rowOf` that answers undefined says
 * that this table row has no row in the view. Needs no earlier state, so a snapshot repeated mid-stream changes nothing.
 */
export function mirror<V, const N extends string, K extends object, W>(
  row: N, { before, after }: BeforeAfter<V>, keyOf: (value: V) => K, rowOf: (value: V) => W | undefined,
): readonly ({ readonly remove: N; readonly key: K } | { readonly put: N; readonly row: W })[] {
  const moved = before !== null && (after === null || !sameKey(keyOf(before), keyOf(after)))
  const gone = moved ? [{ remove: row, key: keyOf(before) }] : []
  if (after === null) return gone
  const value = rowOf(after)
  return [...gone, value === undefined ? { remove: row, key: keyOf(after) } : { put: row, row: value }]
}

const sameKey = <K extends object>(a: K, b: K): boolean => (Object.keys(a) as (keyof K)[]).every((column) => a[column] === b[column])
