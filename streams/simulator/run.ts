/** Runs one seed: things go wrong, then all is well and must come to rest; workers start afresh, more is written, and it must rest again. */
import type { States } from './records.ts'
import { checkContents, checkDeadLetters, checkStanding, mayStop } from './checks.ts'
import { unleash } from './chaos.ts'
import { noFaults } from './faults.ts'
import { statesOf } from './records.ts'
import { scenarioOf } from './scenario.ts'
import type { Trace } from './scheduler.ts'
import type { Violation } from './trouble.ts'
import { type Subject, subjects } from './views.ts'
import { createWorld } from './world.ts'

export interface Ran {
  readonly seed: number
  readonly view: string
  readonly violations: readonly Violation[]
  /** Scheduling decisions, and how long it all took in virtual time (ms). */
  readonly steps: number
  readonly virtual_ms: number
  readonly records: number
  readonly workers: number
}

/** What every run needs and only files know. */
export interface Simulator {
  readonly subjects: ReadonlyMap<string, Subject>
  run(seed: number, options?: { readonly view?: string | undefined; readonly trace?: Trace }): Promise<Ran>
}

/** Steps of one run at most: far more than any needs that does not go in circles. */
const STEPS = 60_000
/** How long everything may take to come to its end once nothing goes wrong: the longest backoff, sessions and rebalances several times over. */
const PATIENCE_MS = 600_000
const STOPPED_MS = 30_000

export async function loadSimulator(): Promise<Simulator> {
  const all = await subjects()
  const states = new Map(await Promise.all([...all.values()].map(async (subject) => [subject.view.name, subject.feed === 'examples' ? await statesOf(subject.view) : new Map()] as const)))
  const of = (subject: Subject): States => states.get(subject.view.name) ?? new Map()
  return {
    subjects: all,
    async run(seed, { view: name, trace } = {}) {
      const scenario = scenarioOf(seed, all, of, name)
      const { faults } = scenario
      const { world, staff } = createWorld(scenario, trace)
      const { scheduler, network, servers, violated } = world
      const ran = (): Ran => ({
        seed, view: world.view.name, violations: world.violations, steps: scheduler.steps(), virtual_ms: scheduler.now(), records: world.written.length, workers: staff.hired(),
      })

      /** Runs until nothing is left to happen. */
      const rest = async (when: string): Promise<boolean> => {
        const stops = mayStop(world)
        const until = scheduler.now() + (stops ? 4 * world.view.failure.transient.last_ms + STOPPED_MS : PATIENCE_MS)
        const inBudget = await scheduler.run(until, STEPS - scheduler.steps())
        if (!inBudget) violated('liveness', `${when}, it does not come to rest: ${STEPS} steps are used up at ${scheduler.now()} ms`)
        else if (stops) return true // a partition that was stopped looks at its record again and again
        else if (scheduler.next() !== undefined) violated('liveness', `${when}, something still goes on after ${PATIENCE_MS} ms: ${scheduler.next()}`)
        return inBudget && scheduler.next() === undefined
      }
      const calm = (): void => {
        network.faults = noFaults
        for (const server of servers) server.away_until = 0
        for (const process of staff.processes()) process.frozen_until = Math.min(process.frozen_until, scheduler.now())
      }

      world.write(scenario.early)
      for (let worker = 0; worker < scenario.workers; worker++) staff.hire()
      unleash(world, staff)
      if (!await scheduler.run(scenario.chaos_ms, STEPS)) {
        violated('liveness', `${STEPS} steps are used up at ${scheduler.now()} ms, while things go wrong`)
        return ran()
      }
      scheduler.note(undefined, 'from here on nothing goes wrong')
      calm()
      if (!await rest('after the faults')) return ran()
      // where nothing was lost, nobody needs to look for it
      if (world.losses === 0 && faults.miscommitted === 0) await checkContents(world, 'after the faults', () => rest('while positions are read'))
      for (const process of staff.processes()) staff.check(process)
      if (!await rest('after looking for losses')) return ran()
      if (world.losses === 0 || world.store.loses !== 'noticed late') await checkContents(world, 'after looking for losses', () => rest('while positions are read'))

      for (const process of staff.processes()) staff.kill(process, 'is killed for a new start')
      world.write(scenario.epilogue)
      if (!await rest('after a new start')) return ran()
      await checkContents(world, 'after a new start', () => rest('while positions are read'))
      checkDeadLetters(world)
      await checkStanding(world, staff, () => rest('while a worker is asked how it stands'))
      return ran()
    },
  }
}
