/** The processes that work on the view: started, killed, frozen, stopped and started again, as a supervisor and the world do it. */
import { createDeadLetters } from '../runtime/dead-letter.ts'
import type { RawBatch } from '../runtime/kafka.ts'
import { RejectedError, type ViewStore } from '../runtime/store.ts'
import { startWorker, type Worker } from '../runtime/worker.ts'
import { decodersOf } from './messages.ts'
import type { Process } from './scheduler.ts'
import type { World } from './world.ts'

export interface Staff {
  /** Processes that live. */
  processes(): readonly Process[]
  /** Workers of those that have started. */
  workers(): readonly Worker[]
  hire(): void
  kill(process: Process, why: string): void
  freeze(process: Process, ms: number): void
  /** Stops a worker as SIGTERM does, and starts another. */
  replace(process: Process): void
  /** Has the worker look whether its store has lost data, as `main.ts` does by a timer. */
  check(process: Process): void
  /** Workers started until now, also those that died. */
  hired(): number
}

interface Employed { readonly process: Process; worker: Worker | undefined; leaving: boolean }

export function createStaff(world: World): Staff {
  const { scheduler, scenario, view, store, kafka, registry, network, observer, violated } = world
  const random = scenario.random.fork()
  const employed = new Set<Employed>()
  let hired = 0

  function hire(): void {
    const process: Process = { name: `worker ${++hired}`, alive: true, frozen_until: 0 }
    const one: Employed = { process, worker: undefined, leaving: false }
    employed.add(one)
    scheduler.after(0, process, 'starts', () => {
      const client = kafka.client(process)
      startWorker({
        view, store: judging(store.open(process)), decoders: decodersOf(view, network, process, registry), deadLetters: createDeadLetters(client, view),
        kafka: { ...client, consume: (subscription) => client.consume({ ...subscription, onAssigned: (assigned, seek) => { observer.assigned(process, assigned); subscription.onAssigned(assigned, seek) } }) },
        max_cells: scenario.max_cells, clock: { now: () => scheduler.now() }, random: () => random.next(), onCrash: (cause) => violated('contract', `the consumer crashed: ${String(cause)}`),
        log: (level, message, { cause }) => scheduler.note(process, `${level}: ${message}${cause instanceof Error ? `: ${causes(cause)}` : ''}`),
      }).then((worker) => { one.worker = worker }, (cause: unknown) => kill(process, `could not start: ${causes(cause)}`))
    })
  }

  function kill(process: Process, why: string): void {
    if (!process.alive) return
    scheduler.note(process, why)
    process.alive = false
    for (const one of employed) if (one.process === process) employed.delete(one)
    for (const group of kafka.groups()) group.suspect(process)
    network.disconnect(process)
    scheduler.after(random.between(20, 3_000), undefined, 'supervisor: starts another worker', hire)
  }

  /** The store's own word on rows that it will not take; whether it says which is the seed's choice. */
  function judging(own: ViewStore): ViewStore {
    return { ...own, async flush(batch) {
      const bad = batch.writes.filter(({ value }) => value !== undefined && 'version' in value && !Number.isInteger(value['version']))
      if (bad.length === 0) return own.flush(batch)
      await own.positions(batch.partition)
      throw new RejectedError(`flushing ${batch.topic}: ${bad.length} rows are none`, scenario.tells_refused ? bad : [])
    } }
  }

  return {
    processes: () => [...employed].map(({ process }) => process),
    workers: () => [...employed].flatMap(({ worker }) => worker ?? []),
    hire,
    kill,
    freeze(process, ms) {
      scheduler.note(process, `is frozen for ${ms} ms`)
      process.frozen_until = scheduler.now() + ms
      for (const group of kafka.groups()) group.suspect(process)
    },
    replace(process) {
      const one = [...employed].find((candidate) => candidate.process === process)
      if (one?.worker === undefined || one.leaving) return
      one.leaving = true
      scheduler.note(process, 'is asked to stop')
      one.worker.stop().then(() => { kill(process, 'has stopped') }, (cause: unknown) => violated('contract', `stopping threw ${causes(cause)}`))
    },
    check(process) {
      const one = [...employed].find((candidate) => candidate.process === process)
      one?.worker?.check().catch((cause: unknown) => scheduler.note(process, `checking: ${causes(cause)}`))
    },
    hired: () => hired,
  }
}

export const placeOf = ({ topic, partition }: Pick<RawBatch, 'topic' | 'partition'>): string => `${topic}/${partition}`

const causes = (cause: unknown): string => (cause instanceof Error ? `${cause.message}${cause.cause === undefined ? '' : `: ${causes(cause.cause)}`}` : String(cause))
