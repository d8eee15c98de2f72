/** What may happen to a person of the screen. Pure: no clock, no store. */
import { instantOf, nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'

export interface PersonFields {
  readonly name: string
  readonly born_on: string | null
  readonly died_on: string | null
  readonly birthplace: string | null
  readonly biography: string | null
}
export interface Person extends PersonFields {
  readonly person_id: string
  readonly source_ref: string | null
  readonly version: number
  readonly created_at: number
  readonly updated_at: number
}

interface Given {
  readonly now_us: number
  readonly expected?: readonly number[] | undefined
}
export type PersonCommand = Given &
  (
    | { readonly do: 'add'; readonly person: PersonFields & Pick<Person, 'person_id' | 'source_ref'> }
    | { readonly do: 'revise'; readonly changes: Partial<PersonFields> }
    | { readonly do: 'remove'; readonly credits: number }
  )

export type PersonEvent =
  | { readonly type: 'PersonAdded'; readonly person: Person }
  | { readonly type: 'PersonRevised'; readonly fields: PersonFields; readonly version: number }
  /** `version` is that of the person removed. */
  | { readonly type: 'PersonRemoved'; readonly version: number }

const fieldsOf = ({ name, born_on, died_on, birthplace, biography }: PersonFields): PersonFields => ({
  name,
  born_on,
  died_on,
  birthplace,
  biography,
})
const implausible = ({ born_on, died_on }: PersonFields): Refusal | undefined =>
  born_on !== null && died_on !== null && died_on < born_on
    ? { code: 'dates_out_of_order', message: 'must not be before born_on', field: 'died_on' }
    : undefined

/** The events a command leads to; none where it changes nothing. */
export function decide(person: Person | undefined, command: PersonCommand): readonly PersonEvent[] | Refusal {
  if (command.do === 'add') {
    if (person !== undefined) return []
    const version = nextVersion(undefined, command.now_us)
    return (
      implausible(command.person) ?? [
        { type: 'PersonAdded', person: { ...command.person, version, created_at: instantOf(version), updated_at: instantOf(version) } },
      ]
    )
  }
  if (person === undefined) return { code: 'person_not_found', message: 'no person has this id' }
  if (command.expected !== undefined && !command.expected.includes(person.version)) {
    return { code: 'version_mismatch', message: 'the person has changed since the version in If-Match', field: 'header.if-match' }
  }
  if (command.do === 'remove') {
    return command.credits === 0
      ? [{ type: 'PersonRemoved', version: person.version }]
      : { code: 'person_has_credits', message: `still has ${command.credits} credits; remove them first`, field: 'path.person_id' }
  }
  const fields = fieldsOf({ ...person, ...command.changes })
  if (JSON.stringify(fields) === JSON.stringify(fieldsOf(person))) return []
  return implausible(fields) ?? [{ type: 'PersonRevised', fields, version: nextVersion(person.version, command.now_us) }]
}

/** The person after an event; undefined once removed. */
export function evolve(person: Person | undefined, event: PersonEvent): Person | undefined {
  if (event.type === 'PersonAdded') return event.person
  if (person === undefined || event.type === 'PersonRemoved') return undefined
  return { ...person, ...event.fields, version: event.version, updated_at: instantOf(event.version) }
}
