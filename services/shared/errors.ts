/** Errors of the domain: a stable code, words for a person, and the fields concerned. HTTP is unknown here; problem.ts maps the codes. */

/** Every code a service may answer with; they are part of the API and never renamed. */
export type ErrorCode =
  | 'invalid_request'
  | 'malformed_json'
  | 'invalid_cursor'
  | 'bad_request'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'unauthenticated'
  | 'forbidden'
  | 'rate_limited'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'uri_too_long'
  | 'headers_too_large'
  | 'title_not_found'
  | 'season_not_found'
  | 'episode_not_found'
  | 'person_not_found'
  | 'credit_not_found'
  | 'account_not_found'
  | 'profile_not_found'
  | 'rating_not_found'
  | 'session_not_found'
  | 'export_not_found'
  | 'erasure_not_found'
  | 'unknown_genre'
  | 'unknown_country'
  | 'unknown_title'
  | 'unknown_account'
  | 'unknown_profile'
  | 'not_a_series'
  | 'dates_out_of_order'
  | 'rated_in_future'
  | 'person_has_credits'
  | 'credit_exists'
  | 'email_taken'
  | 'too_many_profiles'
  | 'too_mature_for_kids'
  | 'genre_liked_and_hidden'
  | 'pin_needed'
  | 'pin_wrong'
  | 'sign_in_too_old'
  | 'export_not_ready'
  | 'import_not_found'
  | 'import_row_not_found'
  | 'import_row_fixed'
  | 'import_busy'
  | 'too_many_imports'
  | 'import_unreadable'
  | 'import_too_large'
  | 'social_profile_needed'
  | 'handle_taken'
  | 'member_not_found'
  | 'relates_to_self'
  | 'blocked_by_you'
  | 'request_not_found'
  | 'review_not_found'
  | 'comment_not_found'
  | 'list_not_found'
  | 'entry_not_found'
  | 'viewing_not_found'
  | 'report_not_found'
  | 'subject_not_found'
  | 'unknown_member'
  | 'unknown_subject'
  | 'unknown_viewing'
  | 'answer_to_an_answer'
  | 'already_reported'
  | 'report_decided'
  | 'decision_not_possible'
  | 'list_full'
  | 'title_in_list'
  | 'list_is_fixed'
  | 'too_many_lists'
  | 'too_many_viewings'
  | 'too_many_favourites'
  | 'too_many_collaborators'
  | 'too_many_followed'
  | 'too_many_actions'
  | 'watched_in_future'
  | 'unknown_query'
  | 'query_too_costly'
  | 'version_mismatch'
  | 'precondition_required'
  | 'configuration_not_found'
  | 'configuration_version_not_found'
  | 'configuration_version_in_use'
  | 'configuration_invalid'
  | 'idempotency_key_in_flight'
  | 'idempotency_key_reused'
  | 'store_unavailable'
  | 'overloaded'
  | 'upstream_unavailable'
  | 'upstream_timeout'
  | 'internal'

/** Where the fault is: a path such as `stars`, `genres.0` or `path.title_id`. */
export interface FieldError {
  readonly field: string
  readonly message: string
}

/** A decider's answer to a command it does not accept. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly field?: string
}

/** Tells a refusal from a decider's events. */
export const isRefusal = (decision: readonly unknown[] | Refusal): decision is Refusal => !Array.isArray(decision)

/** Carries a refusal out of a transaction, which rolls back. */
export class Refused extends Error {
  readonly code: ErrorCode
  readonly errors: readonly FieldError[]
  constructor(refusal: Refusal) {
    super(refusal.message)
    this.name = 'Refused'
    this.code = refusal.code
    this.errors = refusal.field === undefined ? [] : [{ field: refusal.field, message: refusal.message }]
  }
}

type UnavailableCode = 'store_unavailable' | 'overloaded' | 'upstream_unavailable' | 'upstream_timeout'
/** A store or another process did not answer, or not in time; the caller may try again. */
export class Unavailable extends Error {
  readonly code: UnavailableCode
  constructor(message: string, options: { readonly cause?: unknown; readonly code?: UnavailableCode } = {}) {
    super(message, { cause: options.cause })
    this.name = 'Unavailable'
    this.code = options.code ?? 'store_unavailable'
  }
}

/** The process runs, and what it depends on answers, but it is not to be asked yet; the message says why. */
export class NotReady extends Error {
  readonly code = 'store_unavailable'
}

/** The events of a decision; throws its refusal. */
export function accepted<E>(decision: readonly E[] | Refusal): readonly E[] {
  if (isRefusal(decision)) throw new Refused(decision)
  return decision
}
