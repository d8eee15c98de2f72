/** What is kept of what an application tells: which events count, and what is left out of them where the person has not agreed. */
import type { Events } from '@cdlc/schemas/generated/topics.ts'
import { fieldErrors, createValidator } from '../shared/validation.ts'
import { shapes, type Kind, type Told } from './schemas.ts'

/** An event as `user.telemetry` holds it. */
export type Kept = Events['user.telemetry']

export interface Rejection {
  readonly index: number
  readonly code: 'invalid_event' | 'too_old' | 'in_future'
  readonly message: string
}
/** Who it is about, and whether they agreed. */
export interface Whose {
  readonly consent: boolean
  readonly profile_id: string | undefined
}

const day_ms = 86_400_000
/** An application that was away may tell later; one whose clock is wrong may not. */
export const oldest_ms = 7 * day_ms
/** Clocks differ by as much. */
export const ahead_ms = 60_000

const validator = createValidator()
const checkOf = (kind: Kind) => validator({ schema: shapes[kind], method: 'POST', url: '', httpPart: 'body' })
const checks = { impression: checkOf('impression'), click: checkOf('click'), search: checkOf('search'), dwell: checkOf('dwell') }
const kinds = Object.keys(shapes)
const isKind = (kind: unknown): kind is Kind => typeof kind === 'string' && kinds.includes(kind)

/** Words of a search as they are compared: one form of each letter, small, one space between them. */
const normalised = (query: string): string => query.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()

/** The event, or what is wrong with it. */
function read(event: unknown): Told | string {
  const kind = (event as { readonly kind?: unknown } | null)?.kind
  if (!isKind(kind)) return `'kind' must be one of ${kinds.join(', ')}`
  const check = checks[kind]
  if (check(event) === true) return event as Told
  return fieldErrors(check.errors ?? [], 'body').map(({ field, message }) => `'${field}' ${message}`).join('; ')
}

function kept(told: Told, { consent, profile_id }: Whose): Kept {
  return {
    event_id: told.event_id, kind: told.kind, occurred_at: Date.parse(told.occurred_at), surface: told.surface,
    title_id: 'title_id' in told ? told.title_id ?? null : null,
    position: 'position' in told ? told.position ?? null : null,
    query: consent && told.kind === 'search' ? normalised(told.query) : null,
    dwell_ms: told.kind === 'dwell' ? told.dwell_ms : null,
    session: consent ? told.session ?? null : null,
    profile_id: consent ? profile_id ?? null : null,
    consent,
  }
}

/** Sorts a batch at an instant (ms): what is kept of each event, in their order, or why it is not. */
export function sift(events: readonly unknown[], whose: Whose, now: number): { readonly kept: readonly Kept[]; readonly rejected: readonly Rejection[] } {
  const all: Kept[] = []
  const rejected: Rejection[] = []
  for (const [index, event] of events.entries()) {
    const told = read(event)
    if (typeof told === 'string') {
      rejected.push({ index, code: 'invalid_event', message: told })
      continue
    }
    const one = kept(told, whose)
    if (one.occurred_at < now - oldest_ms) rejected.push({ index, code: 'too_old', message: "'occurred_at' is more than 7 days ago" })
    else if (one.occurred_at > now + ahead_ms) rejected.push({ index, code: 'in_future', message: "'occurred_at' is yet to come" })
    else all.push(one)
  }
  return { kept: all, rejected }
}
