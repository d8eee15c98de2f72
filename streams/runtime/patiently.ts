/** Asking again while the answer is that it will be known in a moment. */
import { setTimeout as delay } from 'node:timers/promises'

const WITHIN_MS = 10_000
const PAUSE_MS = 100

/** The answer of a question; what it throws, once that does not pass with time or 10 s are over. */
export async function patiently<T>(question: () => Promise<T>, passes: (cause: unknown) => boolean, within_ms = WITHIN_MS, pause_ms = PAUSE_MS): Promise<T> {
  for (const until = performance.now() + within_ms; ; await delay(pause_ms)) {
    try {
      return await question()
    } catch (cause) {
      if (!passes(cause) || performance.now() > until) throw cause
    }
  }
}
