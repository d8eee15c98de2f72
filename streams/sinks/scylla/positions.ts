/**
 * Positions are written behind their rows: rows may be written twice, so a position that lags costs a restart some records read
 * again, and no write is spent on it while rows wait. It never runs ahead: it is noted once its rows are acknowledged.
 */

/** How long a position may lag behind its rows. */
const BEHIND_MS = 500

export interface PositionsBehind {
  /** Notes where a topic stands; it is written within half a second. */
  note(partition: number, topic: string, next: number): void
  /** Writes what is noted, of one partition or of all, and throws where that fails. */
  settle(partition?: number): Promise<void>
  /** Writes what an earlier attempt failed to; nothing while all is well. */
  settleFailed(): Promise<void>
  forget(): void
}

export type WritePosition = (position: { readonly partition: number; readonly topic: string; readonly next: number }) => Promise<void>

/** `after` runs a task once so many ms have passed. */
export function writeBehind(write: WritePosition, after: (delay_ms: number, task: () => void) => void): PositionsBehind {
  const noted = new Map<number, Map<string, number>>()
  let waiting = false
  let failed = false

  async function settlePartition(partition: number): Promise<void> {
    const topics = noted.get(partition)
    if (topics === undefined) return
    await Promise.all([...topics].map(async ([topic, next]) => {
      await write({ partition, topic, next })
      if (topics.get(topic) === next) topics.delete(topic) // it may have moved on meanwhile
    }))
  }
  async function settle(partition?: number): Promise<void> {
    await Promise.all((partition === undefined ? [...noted.keys()] : [partition]).map(settlePartition))
  }
  return {
    note(partition, topic, next) {
      const topics = noted.get(partition) ?? new Map<string, number>()
      noted.set(partition, topics.set(topic, next))
      if (waiting) return
      waiting = true
      after(BEHIND_MS, () => {
        waiting = false
        settle().then(() => { failed = false }, () => { failed = true })
      })
    },
    settle,
    async settleFailed() {
      if (!failed) return
      await settle()
      failed = false
    },
    forget: () => { noted.clear() },
  }
}
