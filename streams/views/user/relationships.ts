/** How profiles stand to one another, asked from either side; and who follows, is followed and waits to be let in, newest first. */
import type { ScyllaReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { type BeforeAfter, mirror } from '../mirror.ts'
import { inPieces } from '../pieces.ts'

const source = 'cdc.user.relations'
const columns = {
  profile_id: 'text', other_id: 'text', follow: 'text', blocked: 'int', muted: 'int', followed_at: 'timestamp?', version: 'long',
} as const
const listed = { profile_id: 'text', other_id: 'text', followed_at: 'timestamp', version: 'long' } as const
const newest = { followed_at: 'desc' } as const
const rows = {
  outgoing: { source, key: ['profile_id', 'other_id'], columns },
  incoming: { source, key: ['other_id', 'profile_id'], columns },
  // both clustering columns descend: one comparison of tuples then finds the next page
  following: { source, key: ['profile_id', 'followed_at', 'other_id'], clustering: { ...newest, other_id: 'desc' }, columns: listed },
  followers: { source, key: ['other_id', 'followed_at', 'profile_id'], clustering: { ...newest, profile_id: 'desc' }, columns: listed },
  requests: { source, key: ['other_id', 'followed_at', 'profile_id'], clustering: { ...newest, profile_id: 'desc' }, columns: listed },
} as const satisfies RowSpecs
/** `blocked` and `muted` are 0 or 1; `followed_at` is when it was followed, or asked. */
export type Relation = RowOf<typeof rows.outgoing>
/** Who (`profile_id`) follows, or asks to follow, whom (`other_id`). */
export type Follow = RowOf<typeof rows.following>

export default defineView(import.meta.url, {
  version: 1,
  store: 'scylla',
  from: { [source]: ['profile_id', 'other_id', 'follow', 'blocked', 'muted', 'followed_at', 'version'] },
  rows,
  apply: (event) => [
    ...mirror('outgoing', event, pairOf, (relation) => relation),
    ...mirror('incoming', event, pairOf, (relation) => relation),
    ...mirror('following', those(event, 'following'), placeOf, (follow) => follow),
    ...mirror('followers', those(event, 'following'), placeOf, (follow) => follow),
    ...mirror('requests', those(event, 'requested'), placeOf, (follow) => follow),
  ],
})

const pairOf = ({ profile_id, other_id }: Relation) => ({ profile_id, other_id })
const placeOf = ({ profile_id, other_id, followed_at }: Follow) => ({ profile_id, other_id, followed_at })

/** The change as a list of these follows sees it: what is none of them is not there. */
function those({ before, after }: BeforeAfter<Relation>, wanted: 'following' | 'requested'): BeforeAfter<Follow> {
  const seen = (relation: Relation | null): Follow | null => {
    if (relation?.follow !== wanted) return null
    const { profile_id, other_id, followed_at, version } = relation
    return { profile_id, other_id, followed_at: followed_at ?? 0, version }
  }
  return { before: seen(before), after: seen(after) }
}

const selected = 'SELECT profile_id, other_id, follow, blocked, muted, followed_at, version'

/** How the one stands to the other; undefined where it never did anything about them. */
export async function relation(reader: ScyllaReader, profile_id: string, other_id: string): Promise<Relation | undefined> {
  const cql = `${selected} FROM ${reader.table('outgoing')} WHERE profile_id = ? AND other_id = ?`
  return (await reader.run<Relation>(cql, [profile_id, other_id]))[0]
}

/** How a profile stands to each of these, at most 200, where it does; in no order. */
export function relationsTo(reader: ScyllaReader, profile_id: string, other_ids: readonly string[]): Promise<readonly Relation[]> {
  const cql = `${selected} FROM ${reader.table('outgoing')} WHERE profile_id = ? AND other_id IN ?`
  return inPieces(other_ids, (piece) => reader.run<Relation>(cql, [profile_id, piece]))
}

/** How each of these, at most 200, stands to a profile, where it does; in no order. */
export function relationsFrom(reader: ScyllaReader, profile_ids: readonly string[], other_id: string): Promise<readonly Relation[]> {
  const cql = `${selected} FROM ${reader.table('incoming')} WHERE other_id = ? AND profile_id IN ?`
  return inPieces(profile_ids, (piece) => reader.run<Relation>(cql, [other_id, piece]))
}

/** All that a profile has said about others, in the order of their ids. */
export const outgoingOf = (reader: ScyllaReader, profile_id: string, limit: number): Promise<readonly Relation[]> =>
  reader.run(`${selected} FROM ${reader.table('outgoing')} WHERE profile_id = ? LIMIT ?`, [profile_id, limit])

export interface FollowPage {
  readonly profile_id: string
  readonly limit: number
  /** Last of the page before; `id` is the profile at the other end. */
  readonly after?: { readonly followed_at: number; readonly id: string }
}

/** Whom a profile follows, newest first. */
export const followingPage = (reader: ScyllaReader, page: FollowPage): Promise<readonly Follow[]> =>
  pageOf(reader, reader.table('following'), 'profile_id', 'other_id', page)

/** Who follows a profile, newest first. */
export const followersPage = (reader: ScyllaReader, page: FollowPage): Promise<readonly Follow[]> =>
  pageOf(reader, reader.table('followers'), 'other_id', 'profile_id', page)

/** Who asks to follow a profile, newest first. */
export const requestsPage = (reader: ScyllaReader, page: FollowPage): Promise<readonly Follow[]> =>
  pageOf(reader, reader.table('requests'), 'other_id', 'profile_id', page)

function pageOf(reader: ScyllaReader, table: string, own: string, other: string, { profile_id, limit, after }: FollowPage): Promise<readonly Follow[]> {
  const page = `SELECT profile_id, other_id, followed_at, version FROM ${table} WHERE ${own} = ?`
  return after === undefined ? reader.run(`${page} LIMIT ?`, [profile_id, limit])
    : reader.run(`${page} AND (followed_at, ${other}) < (?, ?) LIMIT ?`, [profile_id, after.followed_at, after.id, limit])
}
