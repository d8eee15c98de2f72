/** Shapes of what applications tell, and of the answer. */
import Type, { type Static } from 'typebox'
import { Fields, Instant, Line, Slug, Ulid } from '../shared/text.ts'

/** Events of one batch, at most. */
export const mostEvents = 200
/** Bytes of a body, at most. */
export const bodyLimit = 262_144

const every = {
  event_id: Type.String({ ...Ulid, description: 'ULID, made by the application; the same when the event is sent again' }),
  occurred_at: Type.String({ ...Instant, description: 'at most 7 days ago' }),
  surface: Type.String({ ...Slug(60), description: 'where on the screen', examples: ['home-row'] }),
  session: Type.Optional(Type.String({ minLength: 1, maxLength: 40, pattern: '^[A-Za-z0-9._~-]+$', description: 'opaque; left out of what is kept without consent' })),
}
const position = Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, description: 'place in the row or list, from 0' }))
const title_id = Ulid

/** What an event of each kind has. */
export const shapes = {
  impression: Fields({ kind: Type.Literal('impression'), ...every, title_id, position }),
  click: Fields({ kind: Type.Literal('click'), ...every, title_id, position }),
  search: Fields({ kind: Type.Literal('search'), ...every, query: Type.String({ ...Line(200), description: 'left out of what is kept without consent' }) }),
  dwell: Fields({ kind: Type.Literal('dwell'), ...every, title_id: Type.Optional(title_id), dwell_ms: Type.Integer({ minimum: 0, maximum: 86_400_000 }) }),
} as const
export type Kind = keyof typeof shapes
export type Told = { [K in Kind]: Static<(typeof shapes)[K]> }[Kind]

/** Its events are held to their shapes one by one, so that a bad one takes no other with it. */
export const Batch = Fields({
  events: Type.Array(Type.Unknown(), { minItems: 1, maxItems: mostEvents, description: 'each of its kind: impression, click, search, dwell' }),
  consent: Type.Optional(Type.Boolean({ default: false, description: 'whether the person agreed that this is kept as theirs; `Sec-GPC: 1` and `DNT: 1` say no, whatever is said here' })),
  profile_id: Type.Optional(Type.String({ ...Ulid, description: 'whose it is; left out of what is kept without consent' })),
})

const Rejected = Fields({
  index: Type.Integer({ description: 'place in the batch, from 0' }),
  code: Type.String({ examples: ['invalid_event', 'too_old', 'in_future'] }),
  message: Type.String(),
})
export const Taken = Fields({ accepted: Type.Integer(), rejected: Type.Array(Rejected) })
