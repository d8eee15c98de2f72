/**
 * What the load has written, and what must therefore be there.
 *
 * A *try* is a write that was sent; an *acknowledgement* its answer, with the row's new version. A write that had no answer, or one that
 * it was refused, may have been done all the same (a commit whose word was lost): a row then holds what was acknowledged last, or something tried since.
 * A *post* makes a row whose id nobody knows before the answer: it is sent under one key until it is answered, or *dropped* as surely not done.
 */

export const kinds = ['title', 'account', 'profile', 'rating', 'viewing', 'card', 'relation', 'review', 'comment', 'like', 'list', 'entry'] as const
export type Kind = (typeof kinds)[number]
/** What `kinds.ts` says of each kind; null where the row was removed. */
export type Value = string | number | null

interface Write {
  readonly at: number
  readonly kind: Kind
  readonly id: string
  readonly value: Value
  /** The profile that did it, of what somebody makes. */
  readonly by?: string
}
/** A write whose row's id is not known yet; `id` is the key that it is sent under. */
export type Post = Write & { readonly url: string; readonly body: unknown }
export type Entry =
  | { readonly do: 'try' } & Write
  | { readonly do: 'post' } & Post
  /** `version` is the row's; of a removal that of the row that was removed. `key` is of the post that is answered. */
  | { readonly do: 'ack'; readonly version: number; readonly key?: string } & Write
  | { readonly do: 'fail'; readonly how: Failure; readonly why: string } & Write
  | { readonly do: 'drop' } & Write
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
  /** Who made a row, where that was told. */
  madeBy(id: string): string | undefined
  /** Posts of a kind that were ever begun, and those of all kinds that are neither answered nor dropped. */
  posted(kind: Kind): number
  unanswered(): readonly Post[]
  counts(): { readonly acknowledged: number; readonly refused: number; readonly cut_off: number }
}

interface Kept { readonly known: Map<string, Known>; readonly acknowledged: Acknowledged[]; posted: number }

/** A ledger that starts with these entries; `keep` is told of every later one. */
export function createLedger(entries: Iterable<Entry> = [], keep: (entry: Entry) => void = () => {}): Ledger {
  const all = Object.fromEntries(kinds.map((kind) => [kind, { known: new Map(), acknowledged: [], posted: 0 }])) as unknown as Readonly<Record<Kind, Kept>>
  const failures: Record<Failure, number> = { refused: 0, cut_off: 0 }
  const posts = new Map<string, Post>()
  const makers = new Map<string, string>()
  const apply = (entry: Entry): void => {
    const { kind, id, value } = entry
    const { known, acknowledged } = all[kind]
    const before = known.get(id)
    switch (entry.do) {
      case 'try':
        known.set(id, { acknowledged: before?.acknowledged, tried: [...before?.tried ?? [], value] })
        break
      case 'post':
        all[kind].posted++
        posts.set(id, entry)
        break
      case 'drop':
        posts.delete(id)
        break
      case 'fail':
        failures[entry.how]++
        break
      case 'ack': {
        // writes to a row are sent one at a time, and the row's lock is held until a commit: an answer settles all that was tried before
        const ack = { id, value, version: entry.version }
        known.set(id, { acknowledged: ack, tried: [] })
        acknowledged.push(ack)
        if (entry.by !== undefined) makers.set(id, entry.by)
        if (entry.key !== undefined) posts.delete(entry.key)
      }
    }
  }
  for (const entry of entries) apply(entry)
  return {
    record(entry) {
      apply(entry)
      keep(entry)
    },
    known: (kind) => all[kind].known,
    acknowledged: (kind) => all[kind].acknowledged,
    madeBy: (id) => makers.get(id),
    posted: (kind) => all[kind].posted,
    unanswered: () => [...posts.values()],
    counts: () => ({ acknowledged: kinds.reduce((sum, kind) => sum + all[kind].acknowledged.length, 0), ...failures }),
  }
}

/** What a row surely holds, null where there surely is none; undefined where that is open. */
export function settled(ledger: Pick<Ledger, 'known'>, kind: Kind, id: string): Value | undefined {
  const known = ledger.known(kind).get(id)
  return known === undefined ? null : known.tried.length > 0 ? undefined : known.acknowledged?.value ?? null
}

/** Whether a row is surely there, whatever it may hold: it may be changed, which settles it. */
export function isThere(ledger: Pick<Ledger, 'known'>, kind: Kind, id: string): boolean {
  const known = ledger.known(kind).get(id)
  return (known?.acknowledged?.value ?? null) !== null && known?.tried.includes(null) === false
}

/** Whether a row may be removed: it is there in the version acknowledged, or may be gone already. Nobody knows the version of one that a change without an answer may have moved on. */
export function isRemovable(ledger: Pick<Ledger, 'known'>, kind: Kind, id: string): boolean {
  const known = ledger.known(kind).get(id)
  return (known?.acknowledged?.value ?? null) !== null && known?.tried.every((value) => value === null) === true
}
