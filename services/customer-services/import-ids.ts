/** Identities of what an import makes: the same of the same row, whenever and by whichever import it is brought. */
import { createHash } from 'node:crypto'
import { encodeTime } from 'ulid'
import type { Film, ImportRow } from './interchange/rows.ts'

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const film = ({ name, year, imdb_id }: Film): readonly unknown[] => [name, year, imdb_id ?? null]

/** What tells a row from others, and the day that it is of. What other files of an upload add to it, such as a like, does not. */
function contentOf(row: ImportRow): { readonly says: readonly unknown[]; readonly on: string | null } {
  switch (row.kind) {
    case 'viewing': return { says: [film(row.film), row.watched_on, row.half_stars, row.rewatch, row.tags, row.entry_uri ?? null], on: row.watched_on }
    case 'review': return { says: [film(row.film), row.body, row.watched_on, row.written_on, row.entry_uri ?? null], on: row.written_on ?? row.watched_on }
    case 'rating': return { says: [film(row.film)], on: row.rated_on }
    case 'like': return { says: [film(row.film)], on: row.liked_on }
    case 'watchlist_entry': return { says: [film(row.film)], on: row.added_on }
    case 'list': return { says: [row.key, row.uri ?? null, row.created_on], on: row.created_on }
    case 'list_entry': return { says: [row.list, film(row.film)], on: null }
    case 'kept': return { says: [row.file, row.line, row.columns], on: null }
  }
}

/**
 * ULIDs of rows in their order: 48 bits of the day that a row is of, 80 bits of SHA-256 over the profile, the source and what the row says. Of rows that
 * say the same, the second is told apart from the first by being the second.
 */
export function itemIds(profile_id: string, source: string, rows: readonly ImportRow[]): readonly string[] {
  const seen = new Map<string, number>()
  return rows.map((row) => {
    const { says, on } = contentOf(row)
    const content = JSON.stringify([profile_id, source, row.kind, says])
    const nth = seen.get(content) ?? 0
    seen.set(content, nth + 1)
    const digest = createHash('sha256').update(content).update(String(nth)).digest()
    const random = Array.from(digest.subarray(0, 16), (byte) => letters[byte & 31]).join('')
    return encodeTime(Math.max(0, on === null ? 0 : Date.parse(on)), 10) + random
  })
}
