/** A step of a load: work on many items, some at once, told as it goes on. */
import { each } from './client.ts'
import type { OnProgress, Step } from './progress.ts'

export interface Counted {
  /** How many there are to load, and how many of them were new to the platform. */
  readonly total: number
  readonly added: number
  readonly seconds: number
  readonly per_second: number
}

/** Does a step's work on all items; `work` answers how much was added, `size` how much an item weighs. */
export const stepsTold = (onProgress: OnProgress) => async <T>(
  step: Step, items: readonly T[], limit: number, work: (item: T) => Promise<number>, size: (item: T) => number = () => 1,
): Promise<Counted> => {
  const total = items.reduce((sum, item) => sum + size(item), 0)
  const started = performance.now()
  let [done, added] = [0, 0]
  onProgress({ step, done, total })
  await each(items, limit, async (item) => {
    const more = await work(item)
    added += more
    done += size(item)
    onProgress({ step, done, total })
  })
  const seconds = (performance.now() - started) / 1000
  return { total, added, seconds: Math.round(seconds * 10) / 10, per_second: Math.round(total / Math.max(seconds, 0.001)) }
}
