/** What a profile has rated, newest first; and, for read-your-writes, its rating of one title. */
import type { ScyllaReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { mirror } from '../mirror.ts'
import { inPieces } from '../pieces.ts'

const columns = { profile_id: 'text', title_id: 'text', rated_at: 'timestamp', half_stars: 'int', version: 'long' } as const
const rows = {
  // both clustering columns descend: one comparison of tuples then finds the next page
  entries: {
    source: 'cdc.user.ratings', key: ['profile_id', 'rated_at', 'title_id'], clustering: { rated_at: 'desc', title_id: 'desc' }, columns,
  },
  ratings: { source: 'cdc.user.ratings', key: ['profile_id', 'title_id'], columns },
} as const satisfies RowSpecs
export type DiaryEntry = RowOf<typeof rows.entries>

export default defineView(import.meta.url, {
  version: 1,
  store: 'scylla',
  from: { 'cdc.user.ratings': ['profile_id', 'title_id', 'rated_at', 'half_stars', 'version'] },
  rows,
  apply: (event) => [
    ...mirror('entries', event, ({ profile_id, rated_at, title_id }) => ({ profile_id, rated_at, title_id }), entryOf),
    ...mirror('ratings', event, ({ profile_id, title_id }) => ({ profile_id, title_id }), entryOf),
  ],
})

const entryOf = ({ profile_id, title_id, rated_at, half_stars, version }: DiaryEntry): DiaryEntry =>
  ({ profile_id, title_id, rated_at, half_stars, version })

const selected = 'SELECT profile_id, title_id, rated_at, half_stars, version'

export interface DiaryPage {
  readonly profile_id: string
  readonly limit: number
  /** Last entry of the page before. */
  readonly after?: { readonly rated_at: number; readonly title_id: string }
}

/** Entries of a profile, newest first. */
export const diaryPage = (reader: ScyllaReader, { profile_id, limit, after }: DiaryPage): Promise<readonly DiaryEntry[]> =>
  (after === undefined
    ? reader.run(`${selected} FROM ${reader.table('entries')} WHERE profile_id = ? LIMIT ?`, [profile_id, limit])
    : reader.run(`${selected} FROM ${reader.table('entries')} WHERE profile_id = ? AND (rated_at, title_id) < (?, ?) LIMIT ?`,
      [profile_id, after.rated_at, after.title_id, limit]))

/** A profile's rating of one title, as the diary has it. */
export async function diaryEntry(reader: ScyllaReader, profile_id: string, title_id: string): Promise<DiaryEntry | undefined> {
  const cql = `${selected} FROM ${reader.table('ratings')} WHERE profile_id = ? AND title_id = ?`
  return (await reader.run<DiaryEntry>(cql, [profile_id, title_id]))[0]
}

/** A profile's ratings of these titles, at most 200, where it has rated them; in no order. */
export function diaryEntries(reader: ScyllaReader, profile_id: string, title_ids: readonly string[]): Promise<readonly DiaryEntry[]> {
  const cql = `${selected} FROM ${reader.table('ratings')} WHERE profile_id = ? AND title_id IN ?`
  return inPieces(title_ids, (piece) => reader.run<DiaryEntry>(cql, [profile_id, piece]))
}
