/**
 * Virtual time. Everything that happens is a task at an instant; tasks run one at a time, each to the end of what it wakes.
 *
 * - *process*: what tasks belong to; those of a dead one never run, so that its promises never settle, and those of a frozen one wait
 * - *outside*: tasks of no process: the network, servers, operators
 */
export interface Process {
  readonly name: string
  alive: boolean
  frozen_until: number
}

interface Task {
  readonly at: number
  readonly order: number
  readonly process: Process | undefined
  readonly what: string
  readonly run: () => void
}

/** Told of each step before it is taken. */
export type Trace = (at: number, process: string, what: string) => void

export interface Scheduler {
  now(): number
  /** Runs the task after so many ms, unless its process is dead by then. */
  after(delay_ms: number, process: Process | undefined, what: string, run: () => void): void
  /** Notes in the trace what happens within a step. */
  note(process: Process | undefined, what: string): void
  /** Tasks run until now. */
  steps(): number
  /** Runs tasks until none is left or the next is later than `until`; false where the budget of steps is used up before. */
  run(until: number, budget: number): Promise<boolean>
  /** What is left to happen next; undefined where nothing is. */
  next(): string | undefined
}

/** Lets all promises settle that can. `setImmediate` comes after every microtask, and no other I/O is under way. */
const settled = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

const sooner = (a: Task, b: Task): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

export function createScheduler(trace: Trace | undefined): Scheduler {
  const heap: Task[] = []
  let now = 0
  let ordered = 0
  let steps = 0

  function push(task: Task): void {
    let place = heap.push(task) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || !sooner(task, parent)) break
      heap[place] = parent
      place = above
    }
    heap[place] = task
  }

  function pop(): Task | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || first === last) return first
    let place = 0
    for (;;) {
      let below = 2 * place + 1
      let child = heap[below]
      const right = heap[below + 1]
      if (child !== undefined && right !== undefined && sooner(right, child)) { child = right; below++ }
      if (child === undefined || !sooner(child, last)) break
      heap[place] = child
      place = below
    }
    heap[place] = last
    return first
  }

  return {
    now: () => now,
    steps: () => steps,
    next: () => (heap[0] === undefined ? undefined : `${heap[0].process?.name ?? ''} ${heap[0].what} at ${heap[0].at} ms`.trim()),
    after: (delay_ms, process, what, run) => push({ at: now + Math.ceil(Math.max(0, delay_ms)), order: ordered++, process, what, run }),
    note: (process, what) => trace?.(now, process?.name ?? '', what),
    async run(until, budget) {
      await settled()
      for (let left = budget; left > 0; left--) {
        const next = heap[0]
        if (next === undefined || next.at > until) {
          if (next !== undefined) now = Math.max(now, until)
          return true
        }
        pop()
        now = Math.max(now, next.at)
        const { process } = next
        if (process !== undefined && !process.alive) continue
        if (process !== undefined && process.frozen_until > now) {
          push({ ...next, at: process.frozen_until, order: ordered++ })
          continue
        }
        steps++
        trace?.(now, process?.name ?? '', next.what)
        next.run()
        await settled()
      }
      return false
    },
  }
}
