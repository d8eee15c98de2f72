/** The film diary: each time that a profile saw a title, newest day first. Tags stay sealed. */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { base64 } from '../base64.ts'
import { mirror } from '../mirror.ts'

const source = 'cdc.user.viewings'
const columns = {
  viewing_id: 'text', profile_id: 'text', title_id: 'text', watched_on: 'int?', half_stars: 'int?', liked: 'int', rewatch: 'int', tags_sealed: 'text?', version: 'long', created_at: 'timestamp',
  updated_at: 'timestamp',
} as const
const rows = {
  viewings: { source, key: ['viewing_id'], columns },
  of_profile: { source, key: ['profile_id', 'day', 'viewing_id'], clustering: { day: 'desc', viewing_id: 'desc' }, columns: { day: 'int', ...columns } },
  of_title: { source, key: ['profile_id', 'title_id', 'viewing_id'], columns },
} as const satisfies RowSpecs
/** `tags_sealed` is in base64; `watched_on` is in days since the epoch, null where nobody knows; `liked` and `rewatch` are 0 or 1. */
export type Viewing = RowOf<typeof rows.viewings>
/** Of viewings whose day nobody knows: before any day that there may be, so that they come last. */
export const NO_DAY = -1_000_000

export default defineView(import.meta.url, {
  version: 1,
  store: 'scylla',
  from: { [source]: ['viewing_id', 'profile_id', 'title_id', 'watched_on', 'half_stars', 'liked', 'rewatch', 'tags_sealed', 'version', 'created_at', 'updated_at'] },
  rows,
  apply: ({ before, after }) => {
    const seen = { before: before === null ? null : shownOf(before), after: after === null ? null : shownOf(after) }
    return [
      ...mirror('viewings', seen, ({ viewing_id }) => ({ viewing_id }), (viewing) => viewing),
      ...mirror('of_profile', seen, ({ profile_id, watched_on, viewing_id }) => ({ profile_id, day: watched_on ?? NO_DAY, viewing_id }), (viewing) => ({ day: viewing.watched_on ?? NO_DAY, ...viewing })),
      ...mirror('of_title', seen, ({ profile_id, title_id, viewing_id }) => ({ profile_id, title_id, viewing_id }), (viewing) => viewing),
    ]
  },
})

const shownOf = ({ tags_sealed, ...viewing }: CdcRows[typeof source]): Viewing => ({ ...viewing, tags_sealed: tags_sealed === null ? null : base64(tags_sealed) })

const selected = 'SELECT viewing_id, profile_id, title_id, watched_on, half_stars, liked, rewatch, tags_sealed, version, created_at, updated_at'

/** A viewing. */
export async function viewing(reader: ScyllaReader, viewing_id: string): Promise<Viewing | undefined> {
  return (await reader.run<Viewing>(`${selected} FROM ${reader.table('viewings')} WHERE viewing_id = ?`, [viewing_id]))[0]
}

export interface ViewingsPage {
  readonly profile_id: string
  readonly limit: number
  /** Last viewing of the page before; `day` is NO_DAY where nobody knows it. */
  readonly after?: { readonly day: number; readonly viewing_id: string }
}

/** A profile's diary, newest day first. */
export const viewingsPage = (reader: ScyllaReader, { profile_id, limit, after }: ViewingsPage): Promise<readonly Viewing[]> =>
  (after === undefined
    ? reader.run(`${selected} FROM ${reader.table('of_profile')} WHERE profile_id = ? LIMIT ?`, [profile_id, limit])
    : reader.run(`${selected} FROM ${reader.table('of_profile')} WHERE profile_id = ? AND (day, viewing_id) < (?, ?) LIMIT ?`, [profile_id, after.day, after.viewing_id, limit]))

/** Of one title, by a profile, in the order that they were told; 100 at most. */
export const viewingsOf = (reader: ScyllaReader, profile_id: string, title_id: string): Promise<readonly Viewing[]> =>
  reader.run(`${selected} FROM ${reader.table('of_title')} WHERE profile_id = ? AND title_id = ? LIMIT ?`, [profile_id, title_id, 100])
