/** The cards of profiles: what each is called among people, found by id and by handle. */
import type { ScyllaReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { type BeforeAfter, mirror } from '../mirror.ts'

const source = 'cdc.user.social_profiles'
const rows = {
  cards: {
    source, key: ['profile_id'],
    columns: {
      profile_id: 'text', account_id: 'text', handle: 'text?', name: 'text', bio_id: 'text?', is_private: 'int', version: 'long',
      created_at: 'timestamp', updated_at: 'timestamp',
    },
  },
  // a handle that was given up may be taken by another: their changes are not ordered among each other, so each has its own row
  handles: { source, key: ['handle', 'profile_id'], columns: { handle: 'text', profile_id: 'text' } },
} as const satisfies RowSpecs
/** `is_private` is 0 or 1; a profile that is leaving has no `handle` and an empty `name`. */
export type Card = RowOf<typeof rows.cards>
type Handle = RowOf<typeof rows.handles>

export default defineView(import.meta.url, {
  version: 1,
  store: 'scylla',
  from: { [source]: ['profile_id', 'account_id', 'handle', 'name', 'bio_id', 'is_private', 'version', 'created_at', 'updated_at'] },
  rows,
  apply: (event) => [
    ...mirror('cards', event, ({ profile_id }) => ({ profile_id }), (card) => card),
    ...mirror('handles', handlesOf(event), (handle) => handle, (handle) => handle),
  ],
})

function handlesOf({ before, after }: BeforeAfter<Card>): BeforeAfter<Handle> {
  const handleOf = (card: Card | null): Handle | null =>
    (card === null || card.handle === null ? null : { handle: card.handle, profile_id: card.profile_id })
  return { before: handleOf(before), after: handleOf(after) }
}

/** Undefined where the profile has no card. */
export async function card(reader: ScyllaReader, profile_id: string): Promise<Card | undefined> {
  const columns = Object.keys(rows.cards.columns).join(', ')
  return (await reader.run<Card>(`SELECT ${columns} FROM ${reader.table('cards')} WHERE profile_id = ?`, [profile_id]))[0]
}

/** Cards of these profiles, at most 200, in their order; those that have none are left out. */
export const cards = async (reader: ScyllaReader, profile_ids: readonly string[]): Promise<readonly Card[]> =>
  (await Promise.all(profile_ids.map((profile_id) => card(reader, profile_id)))).filter((found) => found !== undefined)

/** The card that has this handle, in lower case; while one profile gives it up and another takes it, the one whose card says so. */
export async function cardByHandle(reader: ScyllaReader, handle: string): Promise<Card | undefined> {
  const found = await reader.run<Handle>(`SELECT handle, profile_id FROM ${reader.table('handles')} WHERE handle = ?`, [handle])
  return (await cards(reader, found.map(({ profile_id }) => profile_id))).filter((one) => one.handle === handle)
    .toSorted((a, b) => b.version - a.version)[0]
}
