/** Shapes of requests and answers about lists. */
import Type from 'typebox'
import { Fields, Instant, Line, Nullable, Paging, Text, Ulid, Version } from '../shared/text.ts'

const Visibility = Type.Union([Type.Literal('public'), Type.Literal('unlisted'), Type.Literal('private')], { description: 'unlisted: seen by who knows its id' })
const Description = Text(2_000)
/** Markdown. */
export const Note = Text(1_000)

export const OwnPath = Fields({ profile_id: Ulid })
export const OwnListPath = Fields({ profile_id: Ulid, list_id: Ulid })
export const OwnEntryPath = Fields({ profile_id: Ulid, list_id: Ulid, title_id: Ulid })
export const OwnTitlePath = Fields({ profile_id: Ulid, title_id: Ulid })
export const CollaboratorPath = Fields({ profile_id: Ulid, list_id: Ulid, other_id: Ulid })
export const ListPath = Fields({ list_id: Ulid })
/** A profile's id, or its handle. */
export const MemberPath = Fields({ member: Type.String({ pattern: '^(?:[0-7][0-9A-HJKMNP-TV-Z]{25}|[a-z0-9._]{3,30})$', description: 'id of a profile, or its handle' }) })
/** Which of one's profiles looks; without it nobody in particular. */
export const As = { as: Type.Optional(Ulid) }
export const Looking = Fields(As)
export const LookingThrough = Fields({ ...As, ...Paging })

export const NewList = Fields({ name: Line(120), description: Type.Optional(Description), visibility: Visibility, ranked: Type.Boolean() })
export const ListChanges = Fields(
  { name: Type.Optional(Line(120)), description: Type.Optional(Nullable(Description)), visibility: Type.Optional(Visibility), ranked: Type.Optional(Type.Boolean()) },
  { minProperties: 1 },
)
export const Clone = Fields({ name: Type.Optional(Line(120)) })

const list = {
  list_id: Ulid, profile_id: Ulid, kind: Type.String({ description: 'custom, watchlist or favourites' }), name: Type.String(), visibility: Type.String(), ranked: Type.Boolean(),
  cloned_from: Nullable(Ulid), version: Version, created_at: Instant, updated_at: Instant,
}
/** As a write answers it. */
export const WrittenList = Fields(list)
const counts = { entries: Type.Integer(), likes: Type.Integer(), comments: Type.Integer() }
/** Among others. */
export const ListedList = Fields({ ...list, ...counts, description: Nullable(Type.String()) })
/** By itself. */
export const ListCard = Fields({ ...list, ...counts, description: Nullable(Type.String()), collaborators: Type.Array(Ulid, { description: 'those whose cards are shown to you' }) })

export const Placing = Fields({
  after: Type.Optional(Nullable({ ...Ulid, description: 'the title it is to follow; null: first' })),
  before: Type.Optional(Ulid),
  note: Type.Optional(Nullable(Note)),
})
export const NewEntries = Fields({ entries: Type.Array(Fields({ title_id: Ulid, note: Type.Optional(Note) }), { minItems: 1, maxItems: 500 }) })
export const AppendedEntries = Fields({ added: Type.Integer(), unchanged: Type.Integer() })
export const Favourites = Fields({ title_ids: Type.Array(Ulid, { maxItems: 20, uniqueItems: true, description: 'in their order, 4 at most' }) })
export const FavouriteTitles = Fields({ title_ids: Type.Array(Ulid) })

const AddedBy = { ...Nullable(Ulid), description: 'null where their card is not shown to you' }
/** An entry; `position` counts from 1 in a ranked list, and is null in another. */
export const ListEntry = Fields({ title_id: Ulid, position: Nullable(Type.Integer()), note: Nullable(Type.String()), added_by: AddedBy, added_at: Instant, version: Version })
/** As a write answers it. */
export const WrittenEntry = Fields({ list_id: Ulid, title_id: Ulid, added_by: AddedBy, added_at: Instant, version: Version })
