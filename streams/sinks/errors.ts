/** Errors that no retry mends, told from those that one may: each sink knows its store's own in its `errors.ts`. */
import { RejectedError, type RowWrite } from '../runtime/store.ts'

/** An error's code or type as its driver gives it, and its message. */
export interface StoreError { readonly code?: unknown; readonly message: string }

/** Whether one of the error and its causes is so. */
export function isAny(error: unknown, matches: (error: StoreError) => boolean): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (matches(at)) return true
  return false
}

/** Makes the call; an error that is permanent becomes a RejectedError, which names the write where there is only one. */
export async function rejecting<T>(isPermanent: (error: unknown) => boolean, writes: readonly RowWrite[], call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    if (!(cause instanceof Error) || cause instanceof RejectedError || !isPermanent(cause)) throw cause
    throw new RejectedError(cause.message, writes.length === 1 ? writes : [], { cause })
  }
}
