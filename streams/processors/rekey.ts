/** The same changes under another key: the whole apply of a processor that regroups a topic. */
import type { Output } from '../runtime/processor.ts'

/**
 * The change as it is; a change that moves a row from one key to another becomes a removal under the one and a creation under the other,
 * since the two lie in different partitions.
 */
export function rekeyed<V>({ op, before, after }: Output<V>, keyOf: (row: V) => string): readonly { readonly emit: Output<V> }[] {
  if (before === null || after === null || keyOf(before) === keyOf(after)) return [{ emit: { op, before, after } }]
  return [{ emit: { op: 'd', before, after: null } }, { emit: { op: 'c', before: null, after } }]
}
