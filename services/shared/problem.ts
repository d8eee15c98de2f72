/** The one place where codes become RFC 9457 problem documents. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { Refused, Unavailable, type ErrorCode, type FieldError } from './errors.ts'
import { fieldErrors } from './validation.ts'

const statuses: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  malformed_json: 400,
  invalid_cursor: 400,
  bad_request: 400,
  body_too_large: 413,
  unsupported_media_type: 415,
  unauthenticated: 401,
  forbidden: 403,
  rate_limited: 429,
  route_not_found: 404,
  method_not_allowed: 405,
  uri_too_long: 414,
  headers_too_large: 431,
  title_not_found: 404,
  season_not_found: 404,
  episode_not_found: 404,
  person_not_found: 404,
  credit_not_found: 404,
  account_not_found: 404,
  profile_not_found: 404,
  rating_not_found: 404,
  session_not_found: 404,
  export_not_found: 404,
  erasure_not_found: 404,
  unknown_genre: 422,
  unknown_country: 422,
  unknown_title: 422,
  unknown_account: 422,
  unknown_profile: 422,
  not_a_series: 422,
  dates_out_of_order: 422,
  rated_in_future: 422,
  person_has_credits: 409,
  credit_exists: 409,
  email_taken: 409,
  too_many_profiles: 409,
  too_mature_for_kids: 422,
  genre_liked_and_hidden: 422,
  pin_needed: 403,
  pin_wrong: 403,
  sign_in_too_old: 403,
  export_not_ready: 409,
  import_not_found: 404,
  import_row_not_found: 404,
  import_row_fixed: 409,
  import_busy: 409,
  too_many_imports: 409,
  import_unreadable: 400,
  import_too_large: 413,
  social_profile_needed: 409,
  handle_taken: 409,
  member_not_found: 404,
  relates_to_self: 422,
  blocked_by_you: 409,
  request_not_found: 404,
  review_not_found: 404,
  comment_not_found: 404,
  list_not_found: 404,
  entry_not_found: 404,
  viewing_not_found: 404,
  report_not_found: 404,
  subject_not_found: 404,
  unknown_member: 422,
  unknown_subject: 422,
  unknown_viewing: 422,
  answer_to_an_answer: 422,
  already_reported: 409,
  report_decided: 409,
  decision_not_possible: 409,
  list_full: 409,
  title_in_list: 409,
  list_is_fixed: 409,
  too_many_lists: 409,
  too_many_viewings: 409,
  too_many_favourites: 422,
  too_many_collaborators: 409,
  too_many_followed: 409,
  too_many_actions: 429,
  watched_in_future: 422,
  unknown_query: 404,
  query_too_costly: 422,
  version_mismatch: 412,
  precondition_required: 428,
  configuration_not_found: 404,
  configuration_version_not_found: 404,
  configuration_version_in_use: 409,
  configuration_invalid: 422,
  idempotency_key_in_flight: 409,
  idempotency_key_reused: 422,
  store_unavailable: 503,
  overloaded: 503,
  upstream_unavailable: 503,
  upstream_timeout: 504,
  internal: 500,
}

/** Shape of every error answer. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'stable URI of the kind of problem: `urn:cdlc:problem:<code>`' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
  },
  { $id: 'Problem', title: 'Problem' },
)
interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly errors?: readonly FieldError[]
}

/** The document of a code. */
export function problemOf(code: ErrorCode, detail: string, errors: readonly FieldError[] = []): ProblemDocument {
  const title = code.replaceAll('_', ' ')
  return { type: `urn:cdlc:problem:${code}`, title, status: statuses[code], code, detail, ...(errors.length === 0 ? {} : { errors }) }
}

const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad_request',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
}
const byStatus: Readonly<Record<number, ErrorCode>> = {
  404: 'route_not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
}

const unavailable: Readonly<Record<Unavailable['code'], string>> = {
  store_unavailable: 'a store this answer needs is not available; try again shortly',
  overloaded: 'more is asked than can be answered now; try again shortly',
  upstream_unavailable: 'the service that answers this is not available; try again shortly',
  upstream_timeout: 'the service that answers this took too long; a write may have been done all the same',
}

/** What an error thrown anywhere in a request is to the client. */
export function problemFor(error: unknown): ProblemDocument {
  if (error instanceof Refused) return problemOf(error.code, error.message, error.errors)
  if (error instanceof Unavailable) return problemOf(error.code, unavailable[error.code])
  const { code, statusCode, validation, validationContext } = error as FastifyError
  if (validation !== undefined) {
    const errors = fieldErrors(validation, validationContext)
    return problemOf('invalid_request', errors.map(({ field, message }) => `'${field}' ${message}`).join('; '), errors)
  }
  const known = fastifyCodes[code]
  if (known === 'malformed_json')
    return problemOf(known, 'the body is not well-formed JSON', [{ field: 'body', message: 'is not well-formed JSON' }])
  if (known === 'unsupported_media_type')
    return problemOf(known, 'send the body as application/json', [{ field: 'header.content-type', message: 'must be application/json' }])
  if (known === 'body_too_large')
    return problemOf(known, 'a body may have at most 1 MiB', [{ field: 'body', message: 'must not be larger than 1 MiB' }])
  if (known !== undefined) return problemOf(known, 'the request is not well-formed')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return problemOf(byStatus[statusCode] ?? 'bad_request', 'the request is not well-formed')
  return problemOf('internal', 'an unforeseen error; it has been logged')
}

/** Sends a problem document. */
export function sendProblem(reply: FastifyReply, problem: ProblemDocument): FastifyReply {
  if (problem.status === 503) void reply.header('retry-after', '1')
  // RFC 6750: a request without a token is told the scheme alone, a bad token that it is bad
  if (problem.status === 401) void reply.header('www-authenticate', reply.request.headers.authorization === undefined ? 'Bearer' : 'Bearer error="invalid_token"')
  return reply.code(problem.status).type('application/problem+json').serializer(JSON.stringify).send(problem)
}

/** Answers an error; what is the service's own fault is logged, and so is who was not let in. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemFor(error)
  if (problem.status >= 500)
    request.log[problem.status === 500 ? 'error' : 'warn'](
      { err: error, route: request.routeOptions.url, method: request.method },
      problem.code,
    )
  else if (problem.status === 401 || problem.status === 403)
    request.log.info({ event: 'access_refused', code: problem.code, route: request.routeOptions.url, method: request.method, subject: request.identity?.subject }, 'security')
  return sendProblem(reply, problem)
}

/** Answers 404, or 405 with `Allow` where the path is known under other methods. */
export function registerNotFound(app: FastifyInstance): void {
  const known: { readonly path: RegExp; readonly methods: Set<string> }[] = []
  const byUrl = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = byUrl.get(url) ?? new Set<string>()
    for (const one of Array.isArray(method) ? method : [method]) methods.add(one)
    if (byUrl.has(url)) return
    byUrl.set(url, methods)
    if (url.includes('*')) return
    const source = url
      .split('/')
      .map((part) =>
        part.startsWith(':') && !part.startsWith('::') ? '[^/]+' : part.replaceAll('::', ':').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
      )
      .join('/')
    known.push({ path: new RegExp(`^${source}$`), methods })
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    const methods = known.filter((route) => route.path.test(path)).flatMap((route) => [...route.methods])
    if (methods.length === 0) return sendProblem(reply, problemOf('route_not_found', 'no such path; see /openapi.json'))
    return sendProblem(
      reply.header('allow', methods.join(', ')),
      problemOf('method_not_allowed', `this path answers ${methods.join(', ')}`),
    )
  })
}
