/** Has mutants judged, several at a time, each by a process of its own with a limit of its own. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Verdict {
  readonly id: string
  /** The seed that killed it, or how many were tried. */
  readonly seed: number
  readonly view: string
  /** The promise that it broke; undefined where it broke none. */
  readonly promise: string | undefined
  readonly what: string
}
export interface Judged extends Verdict { readonly ms: number }

const judge = fileURLToPath(new URL('judge.ts', import.meta.url))

/** A process that says nothing for so long goes in circles: that breaks a promise too. */
const SILENT_MS = 60_000

export interface Trial { readonly from: number; readonly seeds: number; readonly limit_ms: number }

/** Runs one mutant's seeds. */
export async function judged(id: string, { from, seeds, limit_ms }: Trial): Promise<Judged> {
  const started = performance.now()
  const child = spawn(process.execPath, ['--no-warnings', judge, id, String(from), String(seeds), String(limit_ms)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: Buffer[] = []
  const errors: Buffer[] = []
  let silent = false
  const end = (): void => { silent = true; child.kill('SIGKILL') }
  let timer = setTimeout(end, SILENT_MS)
  child.stdout.on('data', (chunk: Buffer) => {
    said.push(chunk)
    clearTimeout(timer)
    timer = setTimeout(end, SILENT_MS)
  })
  child.stderr.on('data', (chunk: Buffer) => { errors.push(chunk) })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).finally(() => { clearTimeout(timer) })
  const ms = performance.now() - started
  if (silent) return { id, seed: from, view: '', promise: 'liveness', what: `goes in circles: no step for ${SILENT_MS / 1_000} s`, ms }
  const [line] = Buffer.concat(said).toString().split('\n').filter((one) => one.startsWith('{'))
  if (line === undefined) throw new Error(`judging mutant '${id}': the process ended with ${code}: ${Buffer.concat(errors).toString().trim().slice(0, 2_000)}`)
  return { ...JSON.parse(line) as Verdict, ms }
}

/** Judges all, `width` at a time, in any order. */
export async function judgeAll(ids: readonly string[], width: number, judgeOne: (id: string) => Promise<Judged>, onJudged: (judged: Judged) => void): Promise<readonly Judged[]> {
  const results: Judged[] = []
  let taken = 0
  await Promise.all(Array.from({ length: Math.min(width, ids.length) }, async () => {
    for (let id = ids[taken++]; id !== undefined; id = ids[taken++]) {
      const result = await judgeOne(id)
      results.push(result)
      onJudged(result)
    }
  }))
  return results
}
