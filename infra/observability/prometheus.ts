/** Prometheus' own programs: the machine's, or Debian's, which are unpacked into the cache the first time somebody asks for them. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { prometheus as component } from '../local/components.ts'
import { inspect, install } from '../local/install.ts'
import { noProgress } from '../local/progress.ts'
import type { Stack } from '../local/stack.ts'
import { onPath } from '../local/toolchain.ts'

export interface Programs {
  readonly prometheus: string
  readonly promtool: string
}

/** Paths of the programs. */
export async function programs({ cache }: Pick<Stack, 'cache'>, signal: AbortSignal): Promise<Programs> {
  await install(cache, noProgress, signal, [component])
  const place = inspect(cache, process.env, [component]).at('prometheus')
  if ('program' in place) return { promtool: place.program, prometheus: onPath('prometheus') ?? 'prometheus' }
  return { promtool: join(place.folder, 'bin', 'promtool'), prometheus: join(place.folder, 'bin', 'prometheus') }
}

const run = promisify(execFile)
export interface Said { readonly ok: boolean; readonly output: string }

/** Runs a program to its end with this input; never throws for its verdict. */
export async function say(program: string, args: readonly string[], input = ''): Promise<Said> {
  const running = run(program, [...args], { timeout: 60_000, maxBuffer: 16 * 1024 * 1024 })
  running.child.stdin?.end(input)
  return running.then(({ stdout, stderr }) => ({ ok: true, output: stdout + stderr }), (error: { readonly stdout?: string; readonly stderr?: string; readonly message: string }) => (
    { ok: false, output: `${error.stdout ?? ''}${error.stderr ?? ''}` || error.message }))
}
