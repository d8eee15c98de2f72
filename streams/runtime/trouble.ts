/** What has gone wrong lately with one topic partition, and what its batches are to leave out because of it. */
import type { RawRecord } from './kafka.ts'
import { RejectedError } from './store.ts'

/** Records folded into one flush at most: a longer script would hold Redis up. */
export const MAX_RECORDS_PER_FLUSH = 1_000

export interface Trouble {
  failures: number
  stopped: boolean
  /** Records a flush may have, while we look for one that the store refuses. */
  slice: number
  /** Offsets that the store refuses, and offsets whose dead letters are out. */
  readonly refused: Map<number, RejectedError>
  readonly published: Set<number>
}

export const noTrouble = (): Trouble => ({ failures: 0, stopped: false, slice: MAX_RECORDS_PER_FLUSH, refused: new Map(), published: new Set() })

/** Notes which records the store refuses; where it did not say, half as many go into the next flush, until one stands alone. */
export function refuse(trouble: Trouble, records: readonly RawRecord[], cause: unknown): void {
  if (!(cause instanceof RejectedError)) return
  // a redriven record's writes have the offset it had in its own topic, which is another record's in this one
  const offsets = new Set(cause.writes.flatMap((write) => (write.source === undefined ? [write.offset] : [])))
  const culprits = records.length === 1 ? records : records.filter((record) => offsets.has(record.offset))
  for (const { offset } of culprits) trouble.refused.set(offset, cause)
  if (culprits.length === 0) trouble.slice = Math.max(1, Math.floor(records.length / 2))
}

/**
 * After a batch that went through to `at`: answers what is still to be known, if anything. A batch may go through by going back, or only
 * part of the way, and what is refused further on would else be found out, and told, all over again.
 */
export function passed(trouble: Trouble, at: number): Trouble | undefined {
  for (const known of [trouble.refused, trouble.published]) for (const offset of known.keys()) if (offset < at) known.delete(offset)
  if (trouble.refused.size + trouble.published.size === 0) return undefined
  return { ...trouble, failures: 0, stopped: false }
}
