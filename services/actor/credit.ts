/** What may happen to a credit: one person's one part in one title. Pure: no clock, no store. */
import { nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'

export const roles = ['cast', 'director', 'creator', 'writer', 'producer', 'composer', 'cinematographer', 'editor'] as const
export type Role = (typeof roles)[number]

/** Together they are there at most once. */
export interface CreditKey {
  readonly title_id: string
  readonly person_id: string
  readonly role: Role
  readonly character_name: string
}
export interface Credit extends CreditKey {
  readonly credit_id: string
  /** Name as it stands on the screen. */
  readonly credited_as: string
  /** Place within the role, from 1. */
  readonly billing: number
  readonly version: number
}

interface Given {
  readonly now_us: number
  readonly expected?: readonly number[] | undefined
}
export type CreditCommand = Given & ({ readonly do: 'add'; readonly credit: Omit<Credit, 'version'> } | { readonly do: 'remove' })

export type CreditEvent =
  | { readonly type: 'CreditAdded'; readonly credit: Credit }
  /** `version` is that of the credit removed. */
  | { readonly type: 'CreditRemoved'; readonly version: number }

/** `credit` is the one with the command's id or, for `add`, with its key. None where it is already so. */
export function decide(credit: Credit | undefined, command: CreditCommand): readonly CreditEvent[] | Refusal {
  if (command.do === 'add') {
    if (credit === undefined)
      return [{ type: 'CreditAdded', credit: { ...command.credit, version: nextVersion(undefined, command.now_us) } }]
    const { credited_as, billing, character_name } = command.credit
    if (credit.credited_as === credited_as && credit.billing === billing && credit.character_name === character_name) return []
    return {
      code: 'credit_exists',
      message: `this part is credited already, by credit '${credit.credit_id}'; remove it first`,
      field: 'title_id',
    }
  }
  if (credit === undefined) return { code: 'credit_not_found', message: 'no credit has this id' }
  if (command.expected !== undefined && !command.expected.includes(credit.version)) {
    return { code: 'version_mismatch', message: 'the credit has changed since the version in If-Match', field: 'header.if-match' }
  }
  return [{ type: 'CreditRemoved', version: credit.version }]
}

/** The credit after an event; undefined once removed. */
export const evolve = (_credit: Credit | undefined, event: CreditEvent): Credit | undefined =>
  event.type === 'CreditAdded' ? event.credit : undefined
