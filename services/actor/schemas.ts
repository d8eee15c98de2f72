/** Shapes of actor's requests and answers. */
import Type from 'typebox'
import { Day, Fields, Instant, Line, Nullable, SourceRef, Text, Ulid, Version } from '../shared/text.ts'
import { roles, type Role } from './credit.ts'

export const PersonId = Fields({ person_id: Ulid })
export const CreditId = Fields({ credit_id: Ulid })

const optional = { born_on: Nullable(Day), died_on: Nullable(Day), birthplace: Nullable(Line(200)), biography: Nullable(Text(4_000)) }
export const NewPerson = Fields({
  name: Line(200),
  born_on: Type.Optional(optional.born_on),
  died_on: Type.Optional(optional.died_on),
  birthplace: Type.Optional(optional.birthplace),
  biography: Type.Optional(optional.biography),
  source_ref: Type.Optional(SourceRef(96)),
})
export const PersonChanges = Type.Partial(Fields({ name: Line(200), ...optional }), {
  additionalProperties: false,
  minProperties: 1,
  description: 'what is left out stays; null clears',
})

const maybeText = Nullable(Type.String())
const shown = { person_id: Ulid, name: Type.String(), born_on: maybeText, died_on: maybeText, birthplace: maybeText, biography: maybeText }
export const Person = Fields({ ...shown, version: Version, updated_at: Instant })

export const CreditRole = Type.Unsafe<Role>({ type: 'string', enum: [...roles] })
export const NewCredit = Fields({
  title_id: Ulid,
  role: CreditRole,
  character_name: Type.Optional({ ...Line(200), description: 'of cast only' }),
  credited_as: Type.Optional({ ...Line(200), description: "left out: the person's name" }),
  billing: Type.Integer({ minimum: 1, maximum: 9_999, description: 'place within the role, from 1' }),
})
export const Credit = Fields({
  credit_id: Ulid,
  title_id: Ulid,
  person_id: Ulid,
  role: Type.String(),
  character_name: Type.String(),
  credited_as: Type.String(),
  billing: Type.Integer(),
  version: Version,
})
export const FilmographyCredit = Fields({
  credit_id: Ulid,
  title_id: Ulid,
  kind: Type.String(),
  name: Type.String(),
  release_year: Nullable(Type.Integer()),
  role: Type.String(),
  character_name: Type.String(),
  credited_as: Type.String(),
  billing: Type.Integer(),
})
