/** Shapes of requests and answers about feeds. */
import Type from 'typebox'
import { Fields, Instant, Nullable, Page, Paging, Stars, Ulid } from '../shared/text.ts'

export const ProfilePath = Fields({ profile_id: Ulid })
export const MemberPath = Fields({ member: Type.String({ pattern: '^(?:[0-7][0-9A-HJKMNP-TV-Z]{25}|[a-z0-9._]{3,30})$', description: 'id of a profile, or its handle', examples: ['ada.l'] }) })
export const FeedQuery = Fields({
  order: Type.Optional(Type.Enum(['chronological', 'ranked'], { default: 'chronological', description: 'newest first, or by recency × affinity × kind' })),
  ...Paging,
})
export const Looking = Fields({ as: Type.Optional(Type.String({ ...Ulid, description: 'which of one’s profiles looks; left out: nobody in particular' })), ...Paging })
export const Since = Fields({ since: Type.String({ minLength: 1, maxLength: 200, pattern: '^[A-Za-z0-9_-]+$', description: '`head` of the first page that was read' }) })

const Person = Fields({ profile_id: Ulid, handle: Type.String(), name: Type.String() })
const orNull = <S extends Type.TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const Activity = Fields({
  activity_id: Type.String({ examples: ['reviewed:01JD0Z3V9Q4T6M2X8B7C5N1K0A'] }),
  profile: Person,
  kind: Type.String({ examples: ['rated', 'watched', 'reviewed', 'commented', 'liked', 'listed', 'followed'] }),
  title: orNull(Fields({ title_id: Ulid, name: Nullable(Type.String({ description: 'null while it is not known' })) })),
  subject_kind: Nullable(Type.String({ examples: ['review', 'list', 'comment', 'viewing'] })),
  subject_id: Nullable(Type.String()),
  other: orNull(Type.Object(Person.properties, { additionalProperties: false, description: 'whom it concerns: who is followed, whose review is liked' })),
  stars: Nullable(Stars),
  occurred_at: Instant,
})
const Reason = Fields({ score: Type.Number(), recency: Type.Number(), affinity: Type.Number(), weight: Type.Number() }, { description: 'score = recency × affinity × weight' })
const Item = Fields({
  kind: Type.String(),
  activities: Type.Array(Activity),
  profiles: Type.Integer({ description: 'how many did it' }),
  reason: orNull(Reason),
})
/** `head` is null on later pages. */
export const Feed = Fields({ items: Type.Array(Item), next_cursor: Nullable(Type.String()), head: Nullable(Type.String()) })
export const Activities = Page(Activity)
export const Count = Fields({ count: Type.Integer({ minimum: 0, maximum: 100 }) })
