/** Runs a program of ours under this Node. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { sourceRoot } from '../local/stack.ts'

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly deadline_ms?: number
  /** Lets it write to the terminal as it goes; else its output is returned. */
  readonly show?: true
}
export interface Ended { readonly code: number; readonly output: string }

/** Path of a package's program. */
export const program = (path: string): string => join(sourceRoot, 'node_modules', path)

/** Runs `script` with Node to its end. Past the deadline, or when the signal aborts, it is asked to end and then killed. */
export async function runNode(script: string, args: readonly string[], { env = process.env, signal, deadline_ms = 600_000, show }: ChildOptions): Promise<Ended> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: sourceRoot, env, stdio: ['ignore', show === true ? 'inherit' : 'pipe', show === true ? 'inherit' : 'pipe'],
  })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => { chunks.push(chunk) })
  const late = AbortSignal.timeout(deadline_ms)
  let killer: NodeJS.Timeout | undefined
  const end = (): void => {
    child.kill('SIGTERM')
    killer ??= setTimeout(() => child.kill('SIGKILL'), 5_000)
  }
  for (const each of [late, signal]) each.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (number) => { resolve(number ?? 1) })
    })
    const output = Buffer.concat(chunks).toString()
    return late.aborted ? { code: 1, output: `${output}\nended after ${deadline_ms / 1000} s, which is its time limit` } : { code, output }
  } finally {
    for (const each of [late, signal]) each.removeEventListener('abort', end)
    clearTimeout(killer)
  }
}
