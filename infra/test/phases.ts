/** Runs the phases of a test, one after another, whatever fails; and says how each went. */
import { seconds } from '../local/progress.ts'
import { fail, none, plus, type Counts } from './counts.ts'

export interface Phase {
  readonly name: string
  /** Phases that must have come to no failure, or this one is not run, which is a failure too. */
  readonly after?: readonly string[]
  /** Cleans up: runs even when the test was broken off. */
  readonly always?: true
  /** Throws where it fails as a whole; the message is what the developer sees. */
  run(signal: AbortSignal): Promise<Counts>
}

/** Runs the phases and adds up their counts. Once `signal` aborts, only those run that clean up; the rest count for nothing. */
export async function runPhases(phases: readonly Phase[], say: (line: string) => void, signal: AbortSignal): Promise<Counts> {
  const failed = new Set<string>()
  let total = none
  for (const [index, phase] of phases.entries()) {
    if (signal.aborted && phase.always !== true) continue
    const title = `[${index + 1}/${phases.length}] ${phase.name}`
    const missing = phase.after?.filter((name) => failed.has(name)) ?? []
    if (missing.length > 0) {
      say(`${title}: not run, since ${missing.join(' and ')} failed`)
      failed.add(phase.name)
      total = plus(total, fail)
      continue
    }
    say(`${title} …`)
    const from = performance.now()
    const counts = await phase.run(phase.always === true ? new AbortController().signal : signal).catch((error: unknown) => {
      say(error instanceof Error ? error.message : String(error))
      return fail
    })
    if (counts.failed > 0) failed.add(phase.name)
    total = plus(total, counts)
    say(`${title}: ${counts.failed === 0 ? '' : `${counts.failed} FAILED, `}${counts.passed} passed in ${seconds(performance.now() - from)}`)
  }
  return total
}
