/** What collector needs from outside. */
import type { Clock } from '../shared/clock.ts'
import type { Kept } from './event.ts'

export interface CollectorPorts {
  /** Resolves when all of them are in the topic, for good; throws Unavailable where that is not known. */
  readonly append: (events: readonly Kept[]) => Promise<void>
  readonly clock: Clock
}
