/** Shapes of customer-services' requests and answers. */
import Type from 'typebox'
import { Fields, Instant, Line, Nullable, Stars, Ulid, Version } from '../shared/text.ts'

const Email = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern: '^[^\\s@\\p{Cc}\\p{Cs}]+@[^\\s@\\p{Cc}\\p{Cs}]+$',
  examples: ['ada@example.org'],
})
const Country = Nullable(Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2', examples: ['GB'] }))
const Language = Type.String({
  maxLength: 16,
  pattern: '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$',
  description: 'BCP 47',
  examples: ['en-GB'],
})

export const AccountId = Fields({ account_id: Ulid })
export const ProfileId = Fields({ profile_id: Ulid })
export const RatingPath = Fields({ profile_id: Ulid, title_id: Ulid })

export const NewAccount = Fields({ email: Email, country: Type.Optional(Country) })
export const AccountChanges = Type.Partial(Fields({ email: Email, country: Country }), { additionalProperties: false, minProperties: 1 })
const kept = { country: Nullable(Type.String()), version: Version, created_at: Instant, updated_at: Instant }
/** Answers that an Idempotency-Key may keep hold no personal data. */
export const OpenedAccount = Fields({ account_id: Ulid, ...kept })
export const Account = Fields({ account_id: Ulid, email: Type.String(), ...kept })

export const NewProfile = Fields({
  account_id: Ulid,
  name: Line(60),
  language: Type.Optional(Language),
  kids: Type.Optional(Type.Boolean()),
})
export const ProfileChanges = Type.Partial(Fields({ name: Line(60), language: Language, kids: Type.Boolean() }), {
  additionalProperties: false,
  minProperties: 1,
})
const shown = { language: Type.String(), kids: Type.Boolean(), version: Version, created_at: Instant, updated_at: Instant }
export const AddedProfile = Fields({ profile_id: Ulid, account_id: Ulid, ...shown })
export const Profile = Fields({ profile_id: Ulid, account_id: Ulid, name: Type.String(), ...shown })

export const NewRating = Fields({
  stars: Stars,
  rated_at: Type.Optional({ ...Instant, description: 'left out: now, or what it was where the stars are the same' }),
})
export const Rating = Fields({ profile_id: Ulid, title_id: Ulid, stars: Stars, rated_at: Instant, version: Version })
export const RatingsImport = Fields({
  ratings: Type.Array(Fields({ profile_id: Ulid, title_id: Ulid, stars: Stars, rated_at: Instant }), { minItems: 1, maxItems: 500 }),
})
export const Imported = Fields({
  applied: Type.Integer(),
  unchanged: Type.Integer(),
  rejected: Type.Array(Fields({ index: Type.Integer(), code: Type.String() }), {
    description: 'unknown_profile, unknown_title, rated_in_future',
  }),
})
