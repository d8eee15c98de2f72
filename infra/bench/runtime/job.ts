/** What a contestant of `bench runtime` is asked to do, and what it answers. */
import type { Job } from '../views.ts'

export interface Task {
  readonly job: Job
  /** New for each run: prefix of the keys, and the consumer group. */
  readonly name: string
  readonly topic: string
  readonly ends: readonly number[]
  /** File for a CPU profile of this run. */
  readonly profile?: string
}

/** From joining the group to the last acknowledged write. */
export interface Measured { readonly records: number; readonly wall_ms: number; readonly cpu_us: number; readonly peak_mb: number }

export const recordsOf = (task: Task): number => task.ends.reduce((sum, end) => sum + end, 0)
