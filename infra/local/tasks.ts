/** Runs steps side by side, each as soon as those it comes after are done. */

export interface Task {
  readonly name: string
  /** Names of the tasks that must be done first; names that are not in the list count as done. */
  readonly after: readonly string[]
  readonly run: (signal: AbortSignal) => Promise<void>
}

export interface Observer {
  readonly started?: (name: string) => void
  readonly done?: (name: string, ms: number) => void
}

/** Runs all tasks; the first that throws aborts the others, which have to heed their signal, and is thrown once they have ended. */
export async function runTasks(tasks: readonly Task[], observer: Observer = {}, outer?: AbortSignal): Promise<void> {
  const order = inOrder(tasks)
  const inner = new AbortController()
  const signal = outer === undefined ? inner.signal : AbortSignal.any([inner.signal, outer])
  const running = new Map<string, Promise<void>>()
  let first: { readonly error: unknown } | undefined
  for (const { name, after, run } of order) {
    running.set(
      name,
      (async () => {
        await Promise.all(after.map((earlier) => running.get(earlier)))
        if (signal.aborted) return
        const from = performance.now()
        observer.started?.(name)
        try {
          await run(signal)
          observer.done?.(name, performance.now() - from)
        } catch (error) {
          first ??= { error }
          inner.abort()
        }
      })(),
    )
  }
  await Promise.all(running.values())
  if (first !== undefined) throw first.error
  outer?.throwIfAborted()
}

/** The tasks in an order in which each comes after those it needs; throws if they wait for each other. */
export function inOrder(tasks: readonly Task[]): readonly Task[] {
  const names = new Set(tasks.map(({ name }) => name))
  const placed = new Set<string>()
  const order: Task[] = []
  while (order.length < tasks.length) {
    const next = tasks.filter(
      ({ name, after }) => !placed.has(name) && after.every((earlier) => placed.has(earlier) || !names.has(earlier)),
    )
    if (next.length === 0)
      throw new Error(
        `ordering tasks: ${tasks
          .filter(({ name }) => !placed.has(name))
          .map(({ name, after }) => `'${name}' after '${after.join("', '")}'`)
          .join(', ')} wait for each other`,
      )
    for (const task of next) placed.add(task.name)
    order.push(...next)
  }
  return order
}
