/** Waits until views have come to the end of their topics. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Stack } from './stack.ts'
import { viewsOf } from './status.ts'

export interface CatchUp {
  /** Records that views have still to apply, all together. */
  readonly behind: () => Promise<number>
  readonly now: () => number
  readonly pause: () => Promise<unknown>
  readonly say: (line: string) => void
  /** How long the number may go without falling below all it was before. */
  readonly patience_ms: number
}

const SAY_EVERY_MS = 5_000

/** Answers how many records are left: 0, unless nothing has moved for as long as the patience goes. */
export async function catchUp({ behind, now, pause, say, patience_ms }: CatchUp): Promise<number> {
  let [least, moved_at, said_at] = [Infinity, now(), now()]
  for (;;) {
    const left = await behind()
    if (left === 0) return 0
    if (left < least) [least, moved_at] = [left, now()]
    if (now() - moved_at > patience_ms) return left
    if (now() - said_at >= SAY_EVERY_MS) {
      say(`views: ${left.toLocaleString('en-US')} records behind`)
      said_at = now()
    }
    await pause()
  }
}

/** The same for the workers of a stack. */
export const viewsCatchUp = (stack: Pick<Stack, 'endpoints'>, say: (line: string) => void): Promise<number> => catchUp({
  say, now: Date.now, pause: () => delay(500), patience_ms: 60_000,
  // a worker that is started again may not answer for a while: then nobody knows, and the patience goes on
  behind: () => viewsOf(stack).then((views) => views.reduce((sum, { lag_records }) => sum + (lag_records ?? Infinity), 0), () => Infinity),
})
