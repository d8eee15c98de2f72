/** Which of Redis's errors are the rows' own: a key of another type in the way, a score that is none, a value past its limits. */
import { isAny } from '../errors.ts'

const permanent = /^(WRONGTYPE |ERR (value is not a valid float|string exceeds maximum allowed size|Protocol error: invalid (bulk|multibulk) length))/

/** All others may pass: OOM, LOADING, READONLY, MISCONF, BUSY, NOAUTH, and connections that break. */
export const isPermanent = (error: unknown): boolean => isAny(error, ({ message }) => permanent.test(message))
