/** Many questions for one key each become one question for all of them: what a page asks in one turn of the event loop is asked together. */

/** Answers for one key; undefined where there is none. A key is asked for once. */
export type Load<T> = (key: string) => Promise<T | undefined>

interface Waiting<T> { readonly key: string; readonly resolve: (found: T | undefined) => void; readonly reject: (cause: unknown) => void }

/** Keys in one question; what is above is asked for at the same time. */
const most = 200

/** For the life of one request: what was answered is kept. */
export function batched<T>(question: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>): Load<T> {
  const known = new Map<string, Promise<T | undefined>>()
  let waiting: Waiting<T>[] = []

  async function ask(those: readonly Waiting<T>[]): Promise<void> {
    try {
      const found = await question(those.map(({ key }) => key))
      for (const { key, resolve } of those) resolve(found.get(key))
    } catch (error) {
      for (const { reject } of those) reject(error)
    }
  }
  function askAll(): void {
    const all = waiting
    waiting = []
    for (let from = 0; from < all.length; from += most) void ask(all.slice(from, from + most))
  }

  return (key) => {
    const hit = known.get(key)
    if (hit !== undefined) return hit
    // not at the end of this microtask: what waits for other answers of this turn joins too
    if (waiting.length === 0) setImmediate(askAll)
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>()
    waiting.push({ key, resolve, reject })
    known.set(key, promise)
    return promise
  }
}

/** Rows by one of their columns. */
export const by = <T>(rows: readonly T[], key: (row: T) => string): ReadonlyMap<string, T> => new Map(rows.map((row) => [key(row), row]))
