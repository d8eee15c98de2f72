/** Our worker as a contestant among peers: a process of its own for each run. */
import type { Stack } from '../../local/stack.ts'
import { startChild } from '../child.ts'
import { cpuSeconds, peakMb } from '../processes.ts'
import type { Contestant, Task } from './contestant.ts'
import type { TitleRow } from './totals.ts'

export const ourWorker = ({ env }: Pick<Stack, 'env'>): Contestant => async (task: Task) => {
  const child = await startChild(new URL('worker-child.ts', import.meta.url), { env: { ...process.env, ...env } })
  try {
    const { wall_ms, cpu_us } = await child.ask<{ wall_ms: number; cpu_us: number }>('run', task)
    const cpu_s = cpuSeconds(child.pid)
    const peak_mb = peakMb(child.pid)
    const rows = await child.ask<readonly TitleRow[]>('rows')
    return { wall_ms, working_cpu_s: cpu_us / 1e6, cpu_s, peak_mb, rows }
  } finally {
    await child.ask('remove').catch(() => {}) // it may be the run that failed
    await child.close()
  }
}
