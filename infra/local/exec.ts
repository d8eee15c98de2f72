/** Runs programs to their end, keeping what they print in a log file. */
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { finished } from 'node:stream/promises'

export interface ExecOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** File that gets all output, appended. */
  readonly log: string
  readonly signal?: AbortSignal
}

/** Runs a program; throws with its last lines, and the cure where the network is to blame, if it does not end with 0. */
export async function exec(command: string, args: readonly string[], { cwd, env, log, signal }: ExecOptions): Promise<void> {
  mkdirSync(dirname(log), { recursive: true })
  const file = createWriteStream(log, { flags: 'a' })
  file.write(`$ ${[command, ...args].join(' ')}\n`)
  // in a group of its own: to abort is to end what it started as well
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const abort = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGTERM')
  }
  if (signal?.aborted === true) abort()
  signal?.addEventListener('abort', abort)
  child.stdout.pipe(file, { end: false })
  child.stderr.pipe(file, { end: false })
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (number, killer) => resolve(number ?? killer ?? 'no exit code'))
  })
  signal?.removeEventListener('abort', abort)
  file.end()
  await finished(file)
  if (code === 0) return
  signal?.throwIfAborted()
  const lines = lastLines(log, 12)
  throw new Error(
    `running '${command} ${args.join(' ').slice(0, 200)}': it ended with ${code}; its log is '${log}':\n${lines}${networkCure(lines)}`,
  )
}

/** The last lines of a file, indented; empty if it cannot be read. */
export function lastLines(path: string, count: number): string {
  try {
    return readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-count)
      .map((line) => `  ${line.slice(0, 400)}`)
      .join('\n')
  } catch {
    return ''
  }
}

const network =
  new RegExp([
    'ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET', // npm
    'failed to establish|read timed out|network is unreachable', // pip
    'unknown host|could not transfer|connect timed out|connection (refused|timed out|reset)', // Maven
    'temporary failure|could not resolve', // apt
  ].join('|'), 'i')

/** What to do where a package manager could not reach its registry; empty for other failures. */
export const networkCure = (output: string): string =>
  network.test(output)
    ? '\nno answer from a package registry: connect the machine to the network, or set the proxy or mirror in the configuration of npm, pip, '
      + 'Maven and apt; then run the same command again, which goes on where this one ended'
    : ''
