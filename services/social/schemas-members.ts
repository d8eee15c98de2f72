/** Shapes of requests and answers about members. */
import Type from 'typebox'
import { Fields, Instant, Line, Nullable, Paging, Text, Ulid, Version } from '../shared/text.ts'
import { handlePattern } from './card.ts'

export const ProfilePath = Fields({ profile_id: Ulid })
export const PairPath = Fields({ profile_id: Ulid, other_id: Ulid })
/** By id, or by handle. */
export const MemberPath = Fields({ member: Type.String({ pattern: '^(?:[0-7][0-9A-HJKMNP-TV-Z]{25}|[a-z0-9._]{3,30})$', description: 'id of a profile, or its handle', examples: ['ada.l'] }) })
/** Which of one's profiles looks; left out: nobody in particular. */
const As = Type.Optional(Ulid)
export const Looking = Fields({ as: As })
export const LookingPage = Fields({ as: As, ...Paging })
export const OwnPage = Fields(Paging)

const Handle = Type.String({
  minLength: 3, maxLength: 30, pattern: handlePattern, examples: ['ada.l'],
  description: 'lower case letters, digits, `_` and `.`, which neither begins nor ends it; a letter at least',
})
export const NewCard = Fields({
  handle: Handle,
  name: Line(60),
  bio: Type.Optional(Nullable(Text(2_000))),
  is_private: Type.Boolean({ description: 'whether only those who are let in see what the profile does' }),
})
const person = { profile_id: Ulid, handle: Type.String(), name: Type.String(), is_private: Type.Boolean() }
/** Somebody, in a list. */
export const Person = Fields(person)
export const PersonSince = Fields({ ...person, since: Instant })
export const OwnCard = Fields({ ...person, bio: Nullable(Type.String({ description: 'Markdown' })), version: Version })
export const Member = Fields({
  ...person,
  bio: Nullable(Type.String({ description: 'Markdown' })),
  followers: Type.Integer(),
  following: Type.Integer(),
  joined_at: Instant,
  version: Version,
  standing: Type.Enum(['self', 'follower', 'stranger', 'outsider', 'moderator'], { description: 'of whoever looks: an outsider is not let in by a private profile, and sees the card alone' }),
  relation: Type.Unsafe<null | { follow: string; muted: boolean; follows_you: boolean }>({
    type: ['object', 'null'], additionalProperties: false, required: ['follow', 'muted', 'follows_you'],
    properties: { follow: { type: 'string', enum: ['none', 'requested', 'following'] }, muted: { type: 'boolean' }, follows_you: { type: 'boolean' } },
  }),
})

/** How `profile_id` stands to `other_id`. */
export const Relation = Fields({
  profile_id: Ulid,
  other_id: Ulid,
  follow: Type.Enum(['none', 'requested', 'following']),
  blocked: Type.Boolean(),
  muted: Type.Boolean(),
  followed_at: Nullable(Instant),
})

export const Notification = Fields({
  notification_id: Type.String(),
  kind: Type.String({ examples: ['followed', 'follow_requested', 'review_liked'] }),
  actor: Type.Union([Person, Type.Null()]),
  subject_kind: Nullable(Type.String()),
  subject_id: Nullable(Type.String()),
  occurred_at: Instant,
  is_read: Type.Boolean(),
})
export const Notifications = Fields({
  items: Type.Array(Notification),
  next_cursor: Nullable(Type.String()),
  unread: Type.Integer({ description: 'counted to 100' }),
  read_at: Nullable(Instant),
})
export const ReadUntil = Fields({ until: Instant })
