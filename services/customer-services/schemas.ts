/** Shapes of customer-services' requests and answers. */
import Type from 'typebox'
import { Day, Fields, Instant, Line, Nullable, Slug, Stars, Ulid, Version } from '../shared/text.ts'
import { qualities } from './preferences.ts'
import { avatars, maturities } from './profile.ts'

const email = '^[^\\s@\\p{Cc}\\p{Cs}]+@[^\\s@\\p{Cc}\\p{Cs}]+$'
const country = '^[A-Z]{2}$'
const Email = Type.String({ minLength: 3, maxLength: 254, pattern: email, examples: ['ada@example.org'] })
const Country = Nullable(Type.String({ pattern: country, description: 'ISO 3166-1 alpha-2', examples: ['GB'] }))
/** The same forms, for callers that come by gRPC. */
export const isEmail = (text: string): boolean => text.length <= 254 && new RegExp(email, 'u').test(text)
export const isCountry = (text: string): boolean => new RegExp(country, 'u').test(text)
const Language = Type.String({
  maxLength: 16,
  pattern: '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$',
  description: 'BCP 47',
  examples: ['en-GB'],
})

export const AccountId = Fields({ account_id: Ulid })
export const ProfileId = Fields({ profile_id: Ulid })
export const RatingPath = Fields({ profile_id: Ulid, title_id: Ulid })

export const SessionPath = Fields({
  account_id: Ulid,
  session_id: Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9_~.-]+$' }),
})

export const NewAccount = Fields({ email: Email, country: Type.Optional(Country) })
export const AccountChanges = Type.Partial(Fields({ email: Email, country: Country }), { additionalProperties: false, minProperties: 1 })
const kept = { country: Nullable(Type.String()), version: Version, created_at: Instant, updated_at: Instant }
/** Answers that an Idempotency-Key may keep hold no personal data. */
export const OpenedAccount = Fields({ account_id: Ulid, ...kept })
export const Account = Fields({ account_id: Ulid, email: Type.String(), ...kept })

const Avatar = Type.Enum([...avatars], { description: 'key of a picture that apps have' })
const Maturity = Type.Enum([...maturities], { description: 'age in years: what is for older people is not shown; at most 12 where the profile is for kids' })
const Pin = Type.String({ pattern: '^[0-9]{4,8}$', description: '4 to 8 digits' })

export const NewProfile = Fields({
  account_id: Ulid,
  name: Line(60),
  language: Type.Optional(Language),
  kids: Type.Optional(Type.Boolean()),
  avatar: Type.Optional(Avatar),
  maturity_limit: Type.Optional(Maturity),
})
export const ProfileChanges = Type.Partial(
  Fields({
    name: Line(60),
    language: Language,
    kids: Type.Boolean(),
    avatar: Avatar,
    maturity_limit: Maturity,
    pin: Type.String({ ...Pin, description: 'needed to raise the limit or to leave `kids`, where the profile has one' }),
  }),
  { additionalProperties: false, minProperties: 1 },
)
export const NewPin = Fields({
  pin: Nullable(Pin),
  current_pin: Type.Optional(Type.String({ ...Pin, description: 'needed where there is one' })),
})
const shown = {
  language: Type.String(),
  kids: Type.Boolean(),
  avatar: Type.String(),
  maturity_limit: Type.Integer(),
  version: Version,
  created_at: Instant,
  updated_at: Instant,
}
export const AddedProfile = Fields({ profile_id: Ulid, account_id: Ulid, ...shown })
export const Profile = Fields({ profile_id: Ulid, account_id: Ulid, name: Type.String(), ...shown })
export const Me = Fields({ account: Account, profiles: Type.Array(Profile) })

const Genres = Type.Array(Slug(40), { maxItems: 30, uniqueItems: true })
const Languages = Type.Array(Language, { maxItems: 5, uniqueItems: true })
const Notice = Fields({ email: Type.Boolean(), push: Type.Boolean() })
const preferences = {
  genres: Fields({ liked: Genres, hidden: Genres }),
  notifications: Fields({ new_episodes: Notice, recommendations: Notice, friends: Notice, offers: Notice }),
  playback: Fields({
    autoplay_next: Type.Boolean(),
    autoplay_previews: Type.Boolean(),
    quality: Type.Enum([...qualities]),
    subtitle_languages: Languages,
    audio_languages: Languages,
  }),
}
export const NewPreferences = Fields(preferences)
export const Preferences = Fields({ ...preferences, version: Version })

export const NewRating = Fields({
  stars: Stars,
  rated_at: Type.Optional({ ...Instant, description: 'left out: now, or what it was where the stars are the same' }),
})
export const Rating = Fields({ profile_id: Ulid, title_id: Ulid, stars: Stars, rated_at: Instant, version: Version })
export const ViewingPath = Fields({ profile_id: Ulid, viewing_id: Ulid })
const viewing = {
  watched_on: Type.Optional(Nullable({ ...Day, description: 'null: nobody knows when' })),
  stars: Type.Optional(Nullable(Stars)),
  tags: Type.Optional(Type.Array(Line(40), { maxItems: 20, uniqueItems: true })),
}
export const NewViewing = Fields({
  title_id: Ulid,
  ...viewing,
  liked: Type.Boolean(),
  rewatch: Type.Optional(Type.Boolean({ description: 'left out: whether an earlier viewing is there' })),
})
export const ViewingChanges = Fields({ ...viewing, liked: Type.Optional(Type.Boolean()), rewatch: Type.Optional(Type.Boolean()) }, { minProperties: 1 })
/** Without tags, which are personal data. */
const toldOfViewing = {
  viewing_id: Ulid,
  profile_id: Ulid,
  title_id: Ulid,
  watched_on: Nullable(Type.String({ format: 'date' })),
  stars: Nullable(Type.Number()),
  liked: Type.Boolean(),
  rewatch: Type.Boolean(),
  version: Version,
  created_at: Instant,
  updated_at: Instant,
}
export const AddedViewing = Fields(toldOfViewing)
export const Viewing = Fields({ ...toldOfViewing, tags: Type.Array(Type.String()) })

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

export const Sessions = Fields({
  items: Type.Array(
    Fields({
      session_id: Type.String(),
      client_id: Type.String({ description: 'the application' }),
      device: Type.String({ description: 'the browser or device, as it called itself' }),
      signed_in_at: Instant,
      last_used_at: Instant,
      current: Type.Boolean({ description: 'whether this request belongs to it' }),
    }),
  ),
})

const progress = Type.Enum(['under_way', 'done', 'failed'])
export const ExportPath = Fields({ account_id: Ulid, export_id: Ulid })
export const Export = Fields({
  export_id: Ulid,
  state: progress,
  created_at: Instant,
  ended_at: Nullable(Instant),
  expires_at: Nullable(Type.String({ format: 'date-time', description: 'until when the file can be fetched' })),
  size_bytes: Nullable(Type.Integer()),
})
export const Exports = Fields({ items: Type.Array(Export) })

export const ErasurePath = Fields({ erasure_id: Ulid })
export const Erasure = Fields({ erasure_id: Ulid, state: progress, created_at: Instant, ended_at: Nullable(Instant) })
export const ErasureHeaders = Type.Object({
  'confirm-erasure': Type.String({ ...Ulid, description: 'the account_id again: nothing brings the account back' }),
})
