/**
 * What is shown as a number beside profiles, titles, reviews, lists and comments. A `member` row for each thing that is or could be
 * counted says whether it is, so that changes, removals and repeats count exactly once. Each id is a topic's key: all that touches its
 * rows lies in one partition. Followers therefore come from `user.relations-by-other`, which a processor keys by who is followed.
 */
import type { RedisReader } from '../../runtime/readers.ts'
import { type ChangeOf, defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'

const from = {
  'cdc.user.relations': ['profile_id', 'other_id', 'follow', 'version'],
  'user.relations-by-other': ['profile_id', 'other_id', 'follow', 'version'],
  'cdc.user.likes': ['subject_id', 'profile_id', 'version'],
  'cdc.user.comments': ['subject_id', 'comment_id', 'state', 'version'],
  'cdc.user.reviews': ['title_id', 'review_id', 'state', 'version'],
  'cdc.user.list_entries': ['list_id', 'title_id', 'version'],
} as const
const rows = {
  /** Of a profile, title, review, list or comment; there while one of its numbers is above 0. */
  counts: {
    key: ['id'],
    columns: { id: 'text', followers: 'int', following: 'int', likes: 'int', comments: 'int', reviews: 'int', entries: 'int' },
  },
  member: {
    key: ['id', 'number', 'member_id'],
    columns: { id: 'text', number: 'text', member_id: 'text', counted: 'bool', version: 'long' },
  },
} as const satisfies RowSpecs
type Counts = RowOf<typeof rows.counts>
type Member = RowOf<typeof rows.member> & { readonly number: Exclude<keyof Counts, 'id'> }
const none: Omit<Counts, 'id'> = { followers: 0, following: 0, likes: 0, comments: 0, reviews: 0, entries: 0 }

/** What the change is about, as it was or is: counted where it is to be seen; undefined for a change of nothing. */
function memberOf(event: ChangeOf<typeof from>): Member | undefined {
  switch (event.topic) {
    case 'cdc.user.relations': return ofRow(event, (row) =>
      ({ id: row.profile_id, number: 'following', member_id: row.other_id, counted: row.follow === 'following', version: row.version }))
    case 'user.relations-by-other': return ofRow(event, (row) =>
      ({ id: row.other_id, number: 'followers', member_id: row.profile_id, counted: row.follow === 'following', version: row.version }))
    case 'cdc.user.likes': return ofRow(event, (row) =>
      ({ id: row.subject_id, number: 'likes', member_id: row.profile_id, counted: true, version: row.version }))
    case 'cdc.user.comments': return ofRow(event, (row) =>
      ({ id: row.subject_id, number: 'comments', member_id: row.comment_id, counted: row.state === 'published', version: row.version }))
    case 'cdc.user.reviews': return ofRow(event, (row) =>
      ({ id: row.title_id, number: 'reviews', member_id: row.review_id, counted: row.state === 'published', version: row.version }))
    case 'cdc.user.list_entries': return ofRow(event, (row) =>
      ({ id: row.list_id, number: 'entries', member_id: row.title_id, counted: true, version: row.version }))
  }
}

function ofRow<V>({ before, after }: { readonly before: V | null; readonly after: V | null }, memberOfRow: (row: V) => Member): Member | undefined {
  const row = after ?? before
  return row === null ? undefined : memberOfRow(row)
}

const view = defineView(import.meta.url, {
  version: 1,
  store: 'redis',
  from,
  rows,
  touches: (event) => {
    const own = memberOf(event)
    return own === undefined ? [] : [{ row: 'counts', key: { id: own.id } }, { row: 'member', key: own }]
  },
  apply: (event, { counts, member }) => {
    const own = memberOf(event)
    if (own === undefined) return []
    const { id, number, member_id } = own
    const key = { id, number, member_id }
    const known = member.get(key)
    if (known !== undefined && own.version < known.version) return [] // a snapshot has run ahead of the stream
    const isGone = event.after === null
    const old = counts.get({ id }) ?? { id, ...none }
    const now: Counts = { ...old, [number]: old[number] + (own.counted && !isGone ? 1 : 0) - (known?.counted === true ? 1 : 0) }
    return [
      ...(Object.keys(none).every((name) => now[name as keyof Counts] === 0) ? [{ remove: 'counts', key: { id } } as const]
        : [{ put: 'counts', row: now } as const]),
      isGone ? { remove: 'member', key } : { put: 'member', row: own },
    ]
  },
})
export default view

type Reader = RedisReader<typeof view.rows>

async function countsOf(reader: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, Counts>> {
  const found = await reader.getMany('counts', ids.map((id) => ({ id })))
  return new Map(ids.map((id, place) => [id, found[place] ?? { id, ...none }]))
}

/** How many follow each of these profiles, and how many it follows; 0 where none. */
export const profileCounts = async (reader: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, Pick<Counts, 'followers' | 'following'>>> =>
  new Map([...await countsOf(reader, ids)].map(([id, { followers, following }]) => [id, { followers, following }]))

/** How many like each of these titles, reviews, lists or comments, and how many comments are to be seen beneath it; 0 where none. */
export const subjectCounts = async (reader: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, Pick<Counts, 'likes' | 'comments'>>> =>
  new Map([...await countsOf(reader, ids)].map(([id, { likes, comments }]) => [id, { likes, comments }]))

/** How many reviews of each of these titles are published; 0 where none. */
export const reviewCounts = async (reader: Reader, title_ids: readonly string[]): Promise<ReadonlyMap<string, number>> =>
  new Map([...await countsOf(reader, title_ids)].map(([id, { reviews }]) => [id, reviews]))

/** How many titles each of these lists has; 0 where none. */
export const entryCounts = async (reader: Reader, list_ids: readonly string[]): Promise<ReadonlyMap<string, number>> =>
  new Map([...await countsOf(reader, list_ids)].map(([id, { entries }]) => [id, entries]))
