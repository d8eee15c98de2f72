/** Calls between processes and servers: each takes time, and at each the call may fail, before or after its effect, or its process may die. */
import { type Faults, noFaults } from './faults.ts'
import type { Random } from './random.ts'
import type { Process, Scheduler } from './scheduler.ts'

/** A server that can be away; `turned_away` counts the calls that came meanwhile. */
export interface Server {
  readonly name: string
  away_until: number
  turned_away: number
  /** Raised when it is started again: what was sent before is lost, and so are answers on their way. */
  life: number
}

/** A statement that the simulation does not know: a fault of the simulation's own. */
export class UnsupportedError extends Error {}

/** The error of a call that failed on its way, not in what was asked. */
export class NetworkError extends Error {}

export interface Network {
  /** What goes wrong from now on. */
  faults: Faults
  /** Has the server do this, and answers what it answered. The promise never settles where the process dies first. */
  call<T>(process: Process, server: Server, what: string, effect: () => T | Promise<T>): Promise<T>
  /** Lets virtual time pass on a server, at most so much. */
  pass(most_ms: number): Promise<void>
  /** Calls back once a server sees that the process is gone. */
  onDisconnect(process: Process, gone: () => void): void
  disconnect(process: Process): void
}

/** A call that is never answered is given up after so long. */
const CLIENT_TIMEOUT_MS = 5_000

type Fate = 'answered' | 'refused' | 'unanswered' | 'late' | 'crash_before' | 'crash_after'
const fates: readonly Exclude<Fate, 'answered'>[] = ['refused', 'unanswered', 'late', 'crash_before', 'crash_after']

export function createNetwork(scheduler: Scheduler, random: Random, kill: (process: Process, why: string) => void, unsupported: (cause: UnsupportedError) => void): Network {
  const connected = new Map<Process, (() => void)[]>()
  const network: Network = {
    faults: noFaults,
    call: (process, server, what, effect) => new Promise((resolve, reject) => {
      if (!process.alive) return
      const fate = fateOf()
      if (fate === 'crash_before') return kill(process, `dies before ${what}`)
      const { life } = server
      const fails = (outcome: string): void => { reject(new NetworkError(`${what}: ${server.name} ${outcome}`)) }
      const answer = (outcome: string, settle: () => void): void => scheduler.after(latency(), process, `${what}: ${outcome}`, () => {
        if (server.life === life) settle()
        else fails('was started again')
      })
      const fail = (outcome: string): void => answer(outcome, () => { fails(outcome) })
      const arrive = (told: boolean) => async (): Promise<void> => {
        if (server.away_until > scheduler.now()) {
          server.turned_away++
          if (told) fail('is away')
          return
        }
        if (fate === 'refused' || server.life !== life) return fail('refused')
        try {
          const result = await effect()
          if (fate === 'crash_after') return kill(process, `dies after ${what}`)
          if (!told) return
          if (fate === 'unanswered') fail('did not answer, though it has done it')
          else answer('done', () => { resolve(result) })
        } catch (cause) {
          if (cause instanceof UnsupportedError) unsupported(cause)
          if (told) answer('failed', () => { reject(cause instanceof Error ? cause : new Error(String(cause))) })
        }
      }
      if (fate === 'late') {
        scheduler.after(latency() + CLIENT_TIMEOUT_MS, process, `${what}: no answer in time`, () => { fails('did not answer in time') })
        scheduler.after(CLIENT_TIMEOUT_MS + random.below(4_000), undefined, `${server.name}: ${what}, late, for ${process.name}`, () => { void arrive(false)() })
      } else {
        scheduler.after(latency(), undefined, `${server.name}: ${what} for ${process.name}`, () => { void arrive(true)() })
      }
    }),
    pass: (most_ms) => new Promise((resolve) => { scheduler.after(random.below(most_ms + 1), undefined, 'time passes', resolve) }),
    onDisconnect(process, gone) {
      const known = connected.get(process) ?? []
      connected.set(process, known)
      known.push(gone)
    },
    disconnect(process) {
      const known = connected.get(process) ?? []
      connected.delete(process)
      for (const gone of known) scheduler.after(random.below(50), undefined, `servers: ${process.name} is gone`, gone)
    },
  }

  function fateOf(): Fate {
    const { faults } = network
    let drawn = random.next()
    for (const fate of fates) {
      if (drawn < faults[fate]) return fate
      drawn -= faults[fate]
    }
    return 'answered'
  }

  function latency(): number {
    if (!random.chance(network.faults.slow)) return random.below(4)
    return random.chance(0.7) ? random.between(10, 900) : random.between(1_000, 12_000)
  }
  return network
}
