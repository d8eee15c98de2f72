/** Errors as GraphQL has them: `message`, where, and our code in `extensions`. */
import type { GraphQLError, GraphQLFormattedError } from 'graphql/index.js'
import { Refused, Unavailable } from '../shared/errors.ts'
import { problemFor } from '../shared/problem.ts'

/** What began it: another error may be wrapped around it more than once. */
function causeOf(error: unknown): unknown {
  let cause = error
  while (cause instanceof Error && (cause as Partial<GraphQLError>).originalError instanceof Error) cause = (cause as GraphQLError).originalError
  return cause
}

/** `unforeseen` hears of what is the service's own fault; nobody else does. */
export function formatted(error: Pick<GraphQLError, 'message' | 'locations' | 'path'>, unforeseen: (cause: unknown) => void): GraphQLFormattedError {
  const cause = causeOf(error)
  const where = { ...(error.locations === undefined ? {} : { locations: error.locations }), ...(error.path === undefined ? {} : { path: error.path }) }
  // what the language itself finds wrong has no path while nothing has been resolved
  if (!(cause instanceof Refused || cause instanceof Unavailable) && error.path === undefined) return { message: error.message, ...where, extensions: { code: 'invalid_request' } }
  const { code, detail, errors } = problemFor(cause)
  if (code === 'internal') unforeseen(cause)
  return { message: detail, ...where, extensions: { code, ...(errors === undefined ? {} : { errors }) } }
}
