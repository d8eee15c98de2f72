/** What happens to the world from outside while things go wrong: deaths, freezes, rebalances, outages, losses, and operators at work. */
import { answerDeadLetters } from './operator.ts'
import { startOutage } from './outage.ts'
import type { Staff } from './staff.ts'
import type { World } from './world.ts'

/** Schedules all of it, up to the end of the scenario's chaos, when every fault ends. */
export function unleash(world: World, staff: Staff): void {
  const { scheduler, scenario, network, store, servers, kafka } = world
  const { faults, chaos_ms } = scenario
  const random = scenario.random.fork()
  network.faults = faults

  /** Again and again, at intervals around the mean; never, where it is 0. */
  const every = (mean_ms: number, what: string, act: () => void): void => {
    if (mean_ms === 0) return
    const again = (): void => {
      const wait = Math.ceil(-Math.log(1 - random.next()) * mean_ms)
      if (scheduler.now() + wait >= chaos_ms) return
      scheduler.after(wait, undefined, what, () => { act(); again() })
    }
    again()
  }
  const anyone = (act: (process: ReturnType<Staff['processes']>[number]) => void) => (): void => {
    const processes = staff.processes()
    if (processes.length > 0) act(random.pick(processes))
  }

  every(faults.kill_every, 'chaos: kills a worker', anyone((process) => { staff.kill(process, 'is killed') }))
  every(faults.freeze_every, 'chaos: freezes a worker', anyone((process) => { staff.freeze(process, random.between(200, random.pick([2_000, 20_000]))) }))
  every(faults.leave_every, 'supervisor: replaces a worker', anyone((process) => { staff.replace(process) }))
  every(faults.rebalance_every, 'chaos: rebalances', () => { for (const group of kafka.groups()) group.rebalance() })
  every(faults.outage_every, 'chaos: a server goes away', () => { startOutage(world, random.pick(servers), random.between(500, random.pick([3_000, 60_000, 600_000]))) })
  every(faults.lose_every, 'chaos: the store loses data', () => { lose() })
  if (scenario.checks) every(Math.max(1_000, chaos_ms / 40), 'a worker checks its store', anyone((process) => { staff.check(process) }))
  if (scenario.redrives) every(Math.max(500, chaos_ms / 4), 'operator: answers dead letters', () => { answerDeadLetters(world, random) })

  let restore: (() => void) | undefined
  function lose(): void {
    if (store.loses === 'while nobody works') for (const process of staff.processes()) staff.kill(process, 'is killed before the store loses its data')
    if (restore === undefined || random.chance(0.3)) {
      scheduler.note(undefined, `${store.server.name}: loses everything`)
      store.wipe()
    } else {
      scheduler.note(undefined, `${store.server.name}: goes back to a backup`)
      restore()
    }
    world.losses++
    restore = undefined
  }
  every(faults.lose_every / 2, 'chaos: a backup is made', () => { restore = store.remember() })

  const times = scenario.live.map(() => random.below(chaos_ms)).sort((a, b) => a - b)
  scenario.live.forEach((record, place) => scheduler.after(times[place] ?? 0, undefined, 'a record is written', () => { world.write([record]) }))
}
