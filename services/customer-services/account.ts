/** What may happen to an account. Pure: no clock, no store; knows e-mail addresses as people write them. */
import { instantOf, nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'

export interface AccountFields {
  readonly email: string
  readonly country: string | null
}
export interface Account extends AccountFields {
  readonly account_id: string
  readonly version: number
  readonly created_at: number
  readonly updated_at: number
}

/** `holder` is the account that has this e-mail address already. */
interface Given {
  readonly now_us: number
  readonly holder: string | undefined
  readonly expected?: readonly number[] | undefined
}
export type AccountCommand = Given &
  (
    | { readonly do: 'open'; readonly account_id: string; readonly fields: AccountFields }
    | { readonly do: 'revise'; readonly changes: Partial<AccountFields> }
  )

export type AccountEvent =
  | { readonly type: 'AccountOpened'; readonly account: Account }
  | {
      readonly type: 'AccountRevised'
      readonly country: string | null
      readonly version: number
      /** Only where it changed. */ readonly email?: string
    }

/** Sealed, an address has to fit its column. */
const longestEmail_bytes = 500
const tooLong = (email: string): boolean => new TextEncoder().encode(email).length > longestEmail_bytes

/** The events a command leads to; none where it changes nothing. */
export function decide(account: Account | undefined, command: AccountCommand): readonly AccountEvent[] | Refusal {
  const email = command.do === 'open' ? command.fields.email : command.changes.email
  if (email !== undefined && tooLong(email))
    return { code: 'invalid_request', message: `must have at most ${longestEmail_bytes} bytes in UTF-8`, field: 'email' }
  if (command.do === 'open') {
    if (command.holder !== undefined) return { code: 'email_taken', message: 'is taken', field: 'email' }
    const version = nextVersion(undefined, command.now_us)
    return [
      {
        type: 'AccountOpened',
        account: {
          account_id: command.account_id,
          ...command.fields,
          version,
          created_at: instantOf(version),
          updated_at: instantOf(version),
        },
      },
    ]
  }
  if (account === undefined) return { code: 'account_not_found', message: 'no account has this id' }
  if (command.expected !== undefined && !command.expected.includes(account.version)) {
    return { code: 'version_mismatch', message: 'the account has changed since the version in If-Match', field: 'header.if-match' }
  }
  if (command.holder !== undefined && command.holder !== account.account_id)
    return { code: 'email_taken', message: 'is taken', field: 'email' }
  const { country = account.country } = command.changes
  const newEmail = email === undefined || email === account.email ? {} : { email }
  if (country === account.country && newEmail.email === undefined) return []
  return [{ type: 'AccountRevised', country, ...newEmail, version: nextVersion(account.version, command.now_us) }]
}

/** The account after an event. */
export function evolve(account: Account | undefined, event: AccountEvent): Account | undefined {
  if (event.type === 'AccountOpened') return event.account
  return account === undefined
    ? undefined
    : {
        ...account,
        country: event.country,
        email: event.email ?? account.email,
        version: event.version,
        updated_at: instantOf(event.version),
      }
}
