/** A program that aggregates a topic to rows which can be queried, from its start to its orderly end. */
import type { TitleRow } from './totals.ts'

export interface Task { readonly topic: string; readonly ends: readonly number[]; readonly records: number; readonly name: string }

export interface Finished {
  /** From having its partitions to the last record applied. */
  readonly wall_ms: number
  /** CPU time of the whole process: start, work and orderly end. */
  readonly cpu_s: number
  /** CPU time from having its partitions to the last record applied. */
  readonly working_cpu_s: number
  readonly peak_mb: number
  readonly rows: readonly TitleRow[]
}
export type Contestant = (task: Task) => Promise<Finished>
