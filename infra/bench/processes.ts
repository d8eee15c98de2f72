/** What processes use, as Linux counts it: CPU time and memory of our own children and of servers. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Endpoints, PortName } from '@cdlc/schemas/endpoints.ts'
import { holderOf } from '../local/ports.ts'

let ticks: number | undefined
/** Ticks a second that /proc counts CPU time in. */
const ticksPerSecond = (): number => ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** CPU time a process has used, user and system, in seconds to a hundredth; with `children`, that of its ended children too. */
export function cpuSeconds(pid: number): number {
  // after the command, which stands in brackets and may hold anything: state is field 3, utime 14, stime 15
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond()
}

const memoryLine = (pid: number | 'self', line: string): number =>
  Math.round(Number(new RegExp(`^${line}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)

/** Most memory a process has had resident since it began, or since `resetPeak`; MB. */
export const peakMb = (pid: number | 'self' = 'self'): number => memoryLine(pid, 'VmHWM')
export const residentMb = (pid: number | 'self' = 'self'): number => memoryLine(pid, 'VmRSS')
/** Lets this process's peak begin again at what is resident now. */
export const resetPeak = (): void => writeFileSync('/proc/self/clear_refs', '5')

/** The process that listens on a port of the stack. */
export function serverPid(endpoints: Endpoints, name: PortName): number {
  const pid = holderOf(endpoints.port(name))?.pid
  if (pid === undefined) throw new Error(`looking for the process on port ${endpoints.port(name)} (${name}): there is none of ours; see 'npx cdlc status'`)
  return pid
}

/** Wall-clock and CPU time of this process from now on. */
export function startMeter(): () => { readonly wall_ms: number; readonly cpu_us: number } {
  const wall = performance.now()
  const cpu = process.cpuUsage()
  return () => {
    const used = process.cpuUsage(cpu)
    return { wall_ms: performance.now() - wall, cpu_us: used.user + used.system }
  }
}
