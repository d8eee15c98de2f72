/** The tasks of a worker, one a partition: opened when they are asked for, and never two of one partition at once. */
import type { Counts, Task } from './processor-task.ts'

/** A task that is open or opening. */
export interface Held {
  readonly task: Promise<Task>
  /** Told when the task is given up: what waits for it must ask for another. */
  readonly left: AbortSignal
}

export interface Tasks {
  /** Opens the partition's task where none is held, once its last one has ended. */
  of(partition: number): Held
  held(): readonly (readonly [partition: number, held: Held])[]
  /** Lets go of the task: `close` commits what is due, once the batch in hand is done; `abandon` does not. Another may have taken its place: then nothing is done. */
  leave(partition: number, held: Held, how: 'close' | 'abandon'): void
  /** Sums over all tasks there were; `dropped` of those that are held. */
  counts(): Promise<Counts>
  /** Resolves once every task that was left has ended. */
  ended(): Promise<void>
}

interface Opened extends Held { readonly leaving: AbortController }

/** `onProblem` is told of a task that did not close as it should; its next owner restores the partition. */
export function openTasks(open: (partition: number) => Promise<Task>, onProblem: (partition: number, cause: unknown) => void): Tasks {
  const tasks = new Map<number, Opened>()
  const ending = new Map<number, Promise<void>>()
  const past = { commits: 0, emitted: 0, restored: 0 }

  return {
    of(partition) {
      const known = tasks.get(partition)
      if (known !== undefined) return known
      const leaving = new AbortController()
      const opened: Opened = { leaving, left: leaving.signal, task: (ending.get(partition) ?? Promise.resolve()).then(() => open(partition)) }
      opened.task.catch(() => {})
      tasks.set(partition, opened)
      return opened
    },
    held: () => [...tasks],
    leave(partition, held, how) {
      const opened = tasks.get(partition)
      if (opened === undefined || opened !== held) return
      tasks.delete(partition)
      opened.leaving.abort()
      const ended = opened.task.then(async (task) => {
        try {
          await (how === 'close' ? task.exclusively(() => task.close()) : task.abandon())
        } catch (cause) {
          onProblem(partition, cause)
        }
        const { commits, emitted, restored } = task.counts()
        past.commits += commits
        past.emitted += emitted
        past.restored += restored
      }, () => {})
      ending.set(partition, ended)
      void ended.then(() => { if (ending.get(partition) === ended) ending.delete(partition) })
    },
    async counts() {
      const settled = await Promise.allSettled([...tasks.values()].map(({ task }) => task))
      const now = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value.counts()] : []))
      const dropped = new Map<string, number>()
      for (const task of now) for (const [reason, count] of task.dropped) dropped.set(reason, (dropped.get(reason) ?? 0) + count)
      const sum = (of: 'commits' | 'emitted' | 'restored'): number => now.reduce((total, task) => total + task[of], past[of])
      return { commits: sum('commits'), emitted: sum('emitted'), restored: sum('restored'), dropped }
    },
    async ended() {
      await Promise.all(ending.values())
    },
  }
}
