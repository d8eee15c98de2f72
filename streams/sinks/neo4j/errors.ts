/** Which of Neo4j's errors are the rows' own: values it does not store, keys it does not index, constraints they break. */
import { isAny } from '../errors.ts'

const permanent = /^Neo\.ClientError\.(Statement\.(TypeError|ArgumentError|ArithmeticError|SemanticError)|Schema\.ConstraintValidationFailed)$/
/** It calls this an error of the database, though it is the value's: an index holds 8 kB at most. */
const tooLarge = /^Property value is too large to index/

/** All others may pass: deadlocks, memory, a leader that is elsewhere, a password not yet set; a wrong statement is ours to mend, not the rows'. */
export const isPermanent = (error: unknown): boolean =>
  isAny(error, ({ code, message }) => (typeof code === 'string' && permanent.test(code)) || tooLarge.test(message))
