/** Group commit: what comes while some are under way goes together after them, since a transaction costs much, however small it is. */

export type Outcome<R> = { readonly result: R } | { readonly cause: unknown }

interface Waiting<T, R> {
  readonly item: T
  readonly resolve: (result: R) => void
  readonly reject: (cause: unknown) => void
}

/** `run` has the outcomes of its items, in their order; where it throws, all of them fail so. */
export function inGroups<T, R>(run: (items: readonly T[]) => Promise<readonly Outcome<R>[]>): (item: T) => Promise<R> {
  let waiting: Waiting<T, R>[] = []
  let running = false

  async function runAll(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        const outcomes = await run(group.map(({ item }) => item))
        group.forEach(({ resolve, reject }, place) => {
          const outcome = outcomes[place] ?? { cause: new Error(`${outcomes.length} outcomes of ${group.length}`) }
          if ('cause' in outcome) reject(outcome.cause)
          else resolve(outcome.result)
        })
      } catch (cause) {
        for (const { reject } of group) reject(cause)
      }
    }
    running = false
  }

  return (item) => new Promise((resolve, reject) => {
    waiting.push({ item, resolve, reject })
    if (!running) void runAll()
  })
}
