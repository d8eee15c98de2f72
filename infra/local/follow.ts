/** Stays with a running stack and tells when the state of one of its processes changes. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Progress } from './progress.ts'
import { type Stack, supervisorPid } from './stack.ts'
import { processes } from './supervisor.ts'

/** Resolves when the signal aborts, or when the stack was stopped by somebody else. */
export async function follow(stack: Stack, progress: Progress, signal: AbortSignal): Promise<'asked to stop' | 'stopped elsewhere'> {
  const known = new Map<string, string>()
  while (!signal.aborted) {
    const now = await processes(stack).catch(() => undefined)
    if (now === undefined && supervisorPid(stack.home) === undefined) return 'stopped elsewhere'
    for (const { name, state, pid, problem } of now ?? []) {
      // supervisor says STARTING for its first seconds: the same process all the same
      const word = state === 'STARTING' ? 'running' : state.toLowerCase()
      const text = `${word}${pid === 0 ? '' : ` as process ${pid}`}${problem === '' ? '' : `: ${problem}`}`
      if (known.has(name) && known.get(name) !== text) progress.say(`${new Date().toISOString()} ${name} is ${text}`)
      known.set(name, text)
    }
    await wait(1000, undefined, { signal }).catch(() => undefined)
  }
  return 'asked to stop'
}
