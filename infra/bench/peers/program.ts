/**
 * A peer as a program: it prints `running` when it begins, `applied` after its last record, and, when its input ends, `closed` with the
 * milliseconds of CPU time and the kB of memory that it took.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Stack } from '../../local/stack.ts'
import { cpuSeconds } from '../processes.ts'
import type { Finished } from './contestant.ts'
import type { TitleRow } from './totals.ts'

export interface Program { readonly command: string; readonly args: readonly string[] }
/** Waits for the next line, which begins with this word; answers the rest of it. */
export type NextLine = (word: string) => Promise<string>
export interface Rows {
  /** Asks for the rows while the program runs. */
  readonly whileRunning?: () => Promise<readonly TitleRow[]>
  /** Reads them from what it prints at its end. */
  readonly atEnd?: (next: NextLine) => Promise<readonly TitleRow[]>
}

const RUN_WITHIN_MS = 600_000
const KEPT_OUTPUT = 4_000

/** Runs a program to its orderly end; it gets a folder for its state that is gone afterwards. */
export async function runProgram({ home }: Pick<Stack, 'home'>, programIn: (folder: string) => Program, { whileRunning, atEnd }: Rows): Promise<Finished> {
  const folder = mkdtempSync(join(home, 'bench', 'peer-'))
  const { command, args } = programIn(folder)
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: RUN_WITHIN_MS, killSignal: 'SIGKILL' })
  const ended = once(child, 'exit')
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => { errors = (errors + chunk.toString()).slice(-KEPT_OUTPUT) })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next: NextLine = async (word) => {
    const { value, done } = await lines.next()
    const line = done === true ? '' : value
    if (!line.startsWith(word)) throw new Error(`running '${command}': '${line.slice(0, 200)}' where '${word}' was due\n${errors}`)
    return line.slice(word.length + 1)
  }
  try {
    await next('running')
    const began = performance.now()
    const before = cpuSeconds(child.pid ?? 0)
    await next('applied')
    const wall_ms = performance.now() - began
    const working_cpu_s = cpuSeconds(child.pid ?? 0) - before
    const early = await whileRunning?.()
    child.stdin.end()
    const rows = early ?? await atEnd?.(next) ?? []
    const [cpu_ms, peak_kb] = (await next('closed')).split(' ')
    return { wall_ms, working_cpu_s, cpu_s: Number(cpu_ms) / 1_000, peak_mb: Math.round(Number(peak_kb) / 1_024), rows }
  } finally {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}
