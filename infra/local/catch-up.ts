/** Waits until views have come to the end of their topics. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ViewStatus } from '@cdlc/streams/runtime/worker.ts'
import type { Stack } from './stack.ts'

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
export const viewsCatchUp = ({ endpoints }: Pick<Stack, 'endpoints'>, say: (line: string) => void): Promise<number> => catchUp({
  say, now: Date.now, pause: () => delay(500), patience_ms: 60_000,
  async behind() {
    const answer = await fetch(`http://127.0.0.1:${endpoints.port('workers')}/views`, { signal: AbortSignal.timeout(10_000) })
    const views = await answer.json() as readonly ViewStatus[]
    return views.reduce((sum, view) => sum + view.lag_records, 0)
  },
})
