/** What has gone wrong lately with one topic partition, and what its batches are to leave out because of it. */
import type { RawRecord } from './kafka.ts'
import { RejectedError } from './store.ts'

/** Records folded into one flush at most: a longer script would hold Redis up. */
export const MAX_RECORDS_PER_FLUSH = 1_000

export interface Trouble {
  failures: number
  stopped: boolean
  /** Offsets among which the store refuses one without saying which; so many of them go into the next flush. */
  suspects: { readonly from: number; readonly to: number; readonly size: number } | undefined
  /** Offsets that the store refuses, and offsets whose dead letters are out. */
  readonly refused: Map<number, RejectedError>
  readonly published: Set<number>
}

export const noTrouble = (): Trouble => ({ failures: 0, stopped: false, suspects: undefined, refused: new Map(), published: new Set() })

/** The first of these records that go into one flush: those before the suspects together, and of the suspects few. */
export function sliceOf({ suspects }: Trouble, records: readonly RawRecord[]): readonly RawRecord[] {
  const first = records[0]?.offset ?? 0
  if (suspects === undefined || first > suspects.to) return records.slice(0, MAX_RECORDS_PER_FLUSH)
  if (first >= suspects.from) return records.slice(0, suspects.size)
  const innocent = records.findIndex(({ offset }) => offset >= suspects.from)
  return records.slice(0, innocent < 0 ? MAX_RECORDS_PER_FLUSH : Math.min(innocent, MAX_RECORDS_PER_FLUSH))
}

/** Notes which records the store refuses; where it did not say, half of them are suspected next, until one stands alone. */
export function refuse(trouble: Trouble, records: readonly RawRecord[], cause: unknown): void {
  if (!(cause instanceof RejectedError)) return
  // a redriven record's writes have the offset it had in its own topic, which is another record's in this one
  const offsets = new Set(cause.writes.flatMap((write) => (write.source === undefined ? [write.offset] : [])))
  const culprits = records.length === 1 ? records : records.filter((record) => offsets.has(record.offset))
  for (const { offset } of culprits) trouble.refused.set(offset, cause)
  const [from, to] = [records[0]?.offset ?? 0, records.at(-1)?.offset ?? 0]
  trouble.suspects = culprits.length > 0 ? undefined : { from, to, size: Math.max(1, Math.floor(records.length / 2)) }
}

/** After a flush that went through to `at`: what lies before is above suspicion. */
export function cleared(trouble: Trouble, at: number): void {
  const { suspects } = trouble
  if (suspects === undefined || at <= suspects.from) return
  trouble.suspects = at > suspects.to ? undefined : { ...suspects, from: at }
}

/**
 * After a batch that went through to `at`: answers what is still to be known, if anything. A batch may go through by going back, or only
 * part of the way, and what is refused further on would else be found out, and told, all over again.
 */
export function passed(trouble: Trouble, at: number): Trouble | undefined {
  for (const known of [trouble.refused, trouble.published]) for (const offset of known.keys()) if (offset < at) known.delete(offset)
  if (trouble.suspects === undefined && trouble.refused.size + trouble.published.size === 0) return undefined
  return { ...trouble, failures: 0, stopped: false }
}
