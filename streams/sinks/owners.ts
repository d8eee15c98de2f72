/** Several owners of one partition at once, as zombies make them: for tests of the compare-and-set in a real store. */
import type { RowWrite, ViewStore } from '../runtime/store.ts'

export interface Contest {
  readonly topics: readonly string[]
  /** Whole number below a bound. */
  readonly random: (below: number) => number
  /** Records of each topic, and the most that one flush takes. */
  readonly records: number
  readonly batch: number
  /** What a topic's records [from, until) write, on the rows as this owner's store has them now. */
  effect(store: ViewStore, topic: string, from: number, until: number): Promise<readonly RowWrite[]>
}

/**
 * Has every store flush the topics of partition 0 to their ends, all at once, each from where it believes to be and with batch ends
 * of its own; now and then one goes back to positions it read long ago. Answers how many flushes there were and how many were fenced.
 */
export async function contend(stores: readonly ViewStore[], contest: Contest): Promise<{ readonly flushes: number; readonly fenced: number }> {
  const count = { flushes: 0, fenced: 0 }
  const own = async (store: ViewStore): Promise<void> => {
    let positions = await store.positions(0)
    let old = positions
    for (;;) {
      const stale = contest.random(12) === 0
      const { fence, next } = stale ? old : positions
      const left = contest.topics.filter((one) => (next.get(one) ?? 0) < contest.records)
      const topic = left[contest.random(left.length)]
      if (topic === undefined) return
      const from = next.get(topic) ?? 0
      const until = Math.min(contest.records, from + 1 + contest.random(contest.batch))
      const writes = await contest.effect(store, topic, from, until)
      const flushed = await store.flush({ topic, partition: 0, from, next: until, fence, writes })
      count.flushes++
      if (flushed === 'fenced') count.fenced++
      if (contest.random(20) === 0) old = positions
      // an owner does not look up after a flush that went through: it goes on from its own end
      positions = flushed === 'fenced' || stale ? await store.positions(0) : { fence: flushed.fence, next: new Map(next).set(topic, until) }
    }
  }
  await Promise.all(stores.map(own))
  return count
}
