/**
 * Views to simulate. Those of the platform repair themselves: most records say what a row is, whatever it was. So three of our
 * own do not, and show what the runtime does: one record more, less or out of order, and their rows are wrong for ever.
 */
import { views as registered } from '../runtime/registry.ts'
import { defineView, json, type StoreName, type View } from '../runtime/view.ts'

const RATINGS = 'cdc.user.ratings'
const TITLES = 'cdc.content.titles'
const from = { [RATINGS]: ['title_id', 'profile_id', 'version'], [TITLES]: ['title_id', 'version'] } as const

/** Remainder of a digest: small enough that a product of two such is exact. */
const MODULUS = 999_983
export const digest = (so_far: number, version: number): number => (so_far * 31 + version) % MODULUS

const tallies = {
  tally: { key: ['title_id'], columns: { title_id: 'text', count: 'int', sum: 'int', ratings: 'int', titles: 'int' } },
} as const

/**
 * A fold: counts the records of each title, sums them up, and digests those of each topic in their order; both topics meet in one row.
 * A record may tell in `before` what its topic's digest was when it was written; that is so, unless it is folded over rows of another time.
 */
const tally = (store: 'redis' | 'neo4j' | 'memory'): View => defineView(`file:///tally-${store}.ts`, {
  version: 1, store, from, rows: { tally: { ...tallies.tally, ...(store === 'redis' ? { order: ['count'] } : {}) } },
  touches: ({ after }) => (after === null ? [] : [{ row: 'tally' as const, key: { title_id: after.title_id } }]),
  apply: ({ topic, before, after }, rows) => {
    if (after === null) return []
    const { title_id, version } = after
    const old = rows.tally.get({ title_id }) ?? { title_id, count: 0, sum: 0, ratings: 0, titles: 0 }
    const column = topic === RATINGS ? 'ratings' : 'titles'
    if (before !== null && before.version !== old[column]) throw new Error(`title '${title_id}' is not what it was: ${old[column]}, not ${before.version}`)
    return [{ put: 'tally' as const, row: { ...old, count: old.count + 1, sum: (old.sum + version * version) % MODULUS, [column]: digest(old[column], version) } }]
  },
})

/** A projection: two rows for each record, and the last record of each title, unless it deletes. */
const ledger = (store: StoreName): View => {
  const kinds = (source: string) => ({
    entry: { source, key: ['title_id', 'version', 'copy'], columns: { title_id: 'text', version: 'long', copy: 'int' } },
    latest: { source, key: ['title_id'], columns: { title_id: 'text', version: 'long' } },
  } as const)
  const [ratings, titles] = [kinds(RATINGS), kinds(TITLES)]
  return defineView(`file:///ledger-${store}.ts`, {
    version: 1, store, from,
    rows: { rating_entry: ratings.entry, rating_latest: ratings.latest, title_entry: titles.entry, title_latest: titles.latest },
    apply: ({ topic, op, after, before }) => {
      const change = after ?? before
      if (change === null) return []
      const row = { title_id: change.title_id, version: change.version }
      const key = { title_id: row.title_id }
      const [first, second] = [{ ...row, copy: 1 }, { ...row, copy: 2 }]
      if (topic === RATINGS) return [{ put: 'rating_entry' as const, row: first }, { put: 'rating_entry' as const, row: second }, op === 'd' ? { remove: 'rating_latest' as const, key } : { put: 'rating_latest' as const, row }]
      return [{ put: 'title_entry' as const, row: first }, { put: 'title_entry' as const, row: second }, op === 'd' ? { remove: 'title_latest' as const, key } : { put: 'title_latest' as const, row }]
    },
  })
}

/** A fold over documents, of which a worker remembers few. */
const scrolls: View = defineView('file:///scrolls.ts', {
  version: 1, store: 'redis', from: { [RATINGS]: ['title_id', 'version'] },
  rows: { scroll: { key: ['title_id'], columns: { title_id: 'text', versions: json<readonly number[]>() } } },
  touches: ({ after }) => (after === null ? [] : [{ row: 'scroll' as const, key: { title_id: after.title_id } }]),
  apply: ({ after }, { scroll }) => (after === null ? []
    : [{ put: 'scroll' as const, row: { title_id: after.title_id, versions: [...scroll.get({ title_id: after.title_id })?.versions ?? [], after.version] } }]),
})

export interface Subject {
  readonly view: View
  /** How often it is drawn. */
  readonly weight: number
  /** `plain` views are fed records made up here, others what the examples of their topics give. */
  readonly feed: 'plain' | 'examples' | 'bulk'
  /** What a redriven record comes to: what it would have in its first place, or the same whenever it comes, but for these columns. */
  readonly redrives?: 'in place' | { readonly but: readonly string[] }
  /** A row kind with rows of its own for each record: what a store refuses of it concerns that record alone. */
  readonly refusable?: (topic: string) => string
}

/** Every view that is simulated, by name. */
export async function subjects(): Promise<ReadonlyMap<string, Subject>> {
  const folds = { feed: 'plain', redrives: { but: ['ratings', 'titles'] } } as const
  const projections = { feed: 'plain', refusable: (topic: string) => (topic === RATINGS ? 'rating_entry' : 'title_entry') } as const
  const own: readonly Subject[] = [
    { view: tally('memory'), weight: 10, ...folds }, { view: tally('redis'), weight: 24, ...folds }, { view: tally('neo4j'), weight: 14, ...folds },
    { view: ledger('memory'), weight: 3, ...projections }, { view: ledger('redis'), weight: 4, ...projections }, { view: ledger('neo4j'), weight: 3, ...projections },
    { view: ledger('scylla'), weight: 14, ...projections, redrives: 'in place' }, { view: ledger('clickhouse'), weight: 14, ...projections, redrives: 'in place' },
    { view: scrolls, weight: 1, feed: 'bulk' },
  ]
  const theirs = (await registered()).map((view): Subject => ({ view, weight: 2, feed: 'examples' }))
  return new Map([...own, ...theirs].map((subject) => [subject.view.name, subject]))
}
