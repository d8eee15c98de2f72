/**
 * What the load has written, and what must therefore be there.
 *
 * A *try* is a write that was sent; an *acknowledgement* its answer, with the row's new version. A write that had no answer, or one that
 * it was refused, may have been done all the same (a commit whose word was lost): a row then holds what was acknowledged last, or something tried since.
 */

export type Kind = 'title' | 'account' | 'profile' | 'rating'
/** A title's name, an account's country, a profile's language, a rating's half stars; null where the row was removed. */
export type Value = string | number | null

interface Write { readonly at: number; readonly kind: Kind; readonly id: string; readonly value: Value }
export type Entry =
  | { readonly do: 'try' } & Write
  /** `version` is the row's; of a removal that of the row that was removed. */
  | { readonly do: 'ack'; readonly version: number } & Write
  | { readonly do: 'fail'; readonly how: Failure; readonly why: string } & Write
/** `refused`: the service, or nobody, took it. `cut_off`: the connection broke before the answer. */
export type Failure = 'refused' | 'cut_off'

export interface Acknowledged { readonly id: string; readonly value: Value; readonly version: number }
/** What may be in a row: `acknowledged`, or any of `tried`. */
export interface Known { readonly acknowledged: Acknowledged | undefined; readonly tried: readonly Value[] }

export interface Ledger {
  record(entry: Entry): void
  known(kind: Kind): ReadonlyMap<string, Known>
  /** Every acknowledged write, in order. */
  acknowledged(kind: Kind): readonly Acknowledged[]
  counts(): { readonly acknowledged: number; readonly refused: number; readonly cut_off: number }
}

export const kinds: readonly Kind[] = ['title', 'account', 'profile', 'rating']

/** A ledger that starts with these entries; `keep` is told of every later one. */
export function createLedger(entries: Iterable<Entry> = [], keep: (entry: Entry) => void = () => {}): Ledger {
  const known: Record<Kind, Map<string, Known>> = { title: new Map(), account: new Map(), profile: new Map(), rating: new Map() }
  const acknowledged: Record<Kind, Acknowledged[]> = { title: [], account: [], profile: [], rating: [] }
  const failures: Record<Failure, number> = { refused: 0, cut_off: 0 }
  const apply = (entry: Entry): void => {
    const { kind, id, value } = entry
    const before = known[kind].get(id)
    if (entry.do === 'try') known[kind].set(id, { acknowledged: before?.acknowledged, tried: [...before?.tried ?? [], value] })
    else if (entry.do === 'fail') failures[entry.how]++
    else {
      // writes to a row are sent one at a time, and the row's lock is held until a commit: an answer settles all that was tried before
      const ack = { id, value, version: entry.version }
      known[kind].set(id, { acknowledged: ack, tried: [] })
      acknowledged[kind].push(ack)
    }
  }
  for (const entry of entries) apply(entry)
  return {
    record(entry) {
      apply(entry)
      keep(entry)
    },
    known: (kind) => known[kind],
    acknowledged: (kind) => acknowledged[kind],
    counts: () => ({ acknowledged: kinds.reduce((sum, kind) => sum + acknowledged[kind].length, 0), ...failures }),
  }
}
