/**
 * The newest of what `home-feed` has, a row for each follower: most feeds are read no further, and cost one look into Redis then. It is
 * complete down to where it was cut; what is asked for behind that, `home-feed` has.
 */
import type { RedisReader } from '../../runtime/readers.ts'
import { defineView, json, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { type Newest, nothingYet, putIn, takeOut } from '../newest.ts'
import type { FeedEntry } from './home-feed.ts'

/** A page of 20, with some that may not be seen. Each delivery writes the row anew, some 6 kB where it is full. */
export const HEAD_MOST = 32

const source = 'user.feed-entries'
/** An entry less its follower, whose row it is in; without names, which would be half of the row. */
type Held = readonly [
  occurred_at: number, activity_id: string, profile_id: string, kind: string, title_id: string | null, subject_kind: string | null, subject_id: string | null,
  other_id: string | null, half_stars: number | null, version: number,
]
const rows = {
  /** Of a follower who has been delivered anything that is still there, or was cut off. */
  head: { key: ['follower_id'], columns: { follower_id: 'text', held: json<Newest<Held>['held']>(), cut: json<Newest<Held>['cut']>() } },
} as const satisfies RowSpecs

const heldOf = ({ occurred_at, activity_id, profile_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, version }: FeedEntry): Held =>
  [occurred_at, activity_id, profile_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, version]
const entryOf = (follower_id: string, held: Held): FeedEntry => {
  const [occurred_at, activity_id, profile_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, version] = held
  return { follower_id, occurred_at, activity_id, profile_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, version }
}

const view = defineView(import.meta.url, {
  version: 1,
  store: 'redis',
  from: { [source]: ['follower_id', 'occurred_at', 'activity_id', 'profile_id', 'kind', 'title_id', 'subject_kind', 'subject_id', 'other_id', 'half_stars', 'version'] },
  rows,
  remembers: 500,
  touches: ({ before, after }) => {
    const entry = after ?? before
    return entry === null ? [] : [{ row: 'head', key: { follower_id: entry.follower_id } }]
  },
  apply: ({ before, after }, { head }) => {
    const follower_id = (after ?? before)?.follower_id
    if (follower_id === undefined) return []
    const known: Newest<Held> = head.get({ follower_id }) ?? nothingYet
    const left = before === null ? known : takeOut(known, [before.occurred_at, before.activity_id])
    const { held, cut } = after === null ? left : putIn(left, heldOf(after), HEAD_MOST)
    if (held === known.held) return []
    return held.length === 0 && cut === null ? [{ remove: 'head', key: { follower_id } }] : [{ put: 'head', row: { follower_id, held, cut } }]
  },
})
export default view

export interface FeedHead {
  /** Newest first: what `feedPage` has of as many. */
  readonly entries: readonly FeedEntry[]
  /** Whether nothing comes after them. */
  readonly ended: boolean
}

/** The newest of a profile's feed, `limit` at most, or fewer; undefined where only `home-feed` can tell. */
export async function feedHead(reader: RedisReader<typeof view.rows>, { follower_id, limit }: { readonly follower_id: string; readonly limit: number }): Promise<FeedHead | undefined> {
  const found: RowOf<typeof rows.head> | undefined = await reader.get('head', { follower_id })
  if (found === undefined) return { entries: [], ended: true }
  const { held, cut } = found
  if (held.length === 0) return undefined
  return { entries: held.slice(0, limit).map((one) => entryOf(follower_id, one)), ended: cut === null && held.length <= limit }
}
