/**
 * Keys and bytes of one partition of a processor: what was written lately in memory, the rest in the local store. Writes reach the disk
 * many at a time, and only once the changelog has them; what a crash takes with it is read from the changelog again.
 */
import type { Checkpoint, LocalStore } from './local-store.ts'

export interface KeyedState {
  get(key: string): Buffer | undefined
  /** Entries with `from` ≤ key < `below`, in order of their keys, as they are when the scan begins. */
  scan(from: string, below: string): Iterable<readonly [key: string, value: Buffer]>
  /** Null removes. */
  put(key: string, value: Buffer | null): void
  /** Keys whose last write is not on disk. */
  unsettled(): number
  /** Takes everything to the disk, with the checkpoint that is true of it. */
  settle(checkpoint: Checkpoint): Promise<void>
}

export function keyedState(store: LocalStore): KeyedState {
  let fresh = new Map<string, Buffer | null>()
  let order: string[] = []
  return {
    get(key) {
      const value = fresh.get(key)
      return value === undefined ? store.get(key) : value ?? undefined
    },
    * scan(from, below) {
      const late = order.slice(placeOf(order, from), placeOf(order, below)).map((key) => [key, fresh.get(key) ?? null] as const)
      let at = 0
      for (const entry of store.scan(from, below)) {
        for (let next = late[at]; next !== undefined && next[0] <= entry[0]; next = late[++at]) {
          if (next[0] === entry[0]) break
          if (next[1] !== null) yield [next[0], next[1]]
        }
        const same = late[at]
        if (same?.[0] !== entry[0]) yield entry
        else {
          at++
          if (same[1] !== null) yield [same[0], same[1]]
        }
      }
      for (const [key, value] of late.slice(at)) if (value !== null) yield [key, value]
    },
    put(key, value) {
      if (!fresh.has(key)) order.splice(placeOf(order, key), 0, key)
      fresh.set(key, value)
    },
    unsettled: () => fresh.size,
    async settle(checkpoint) {
      await store.write(fresh, checkpoint)
      fresh = new Map()
      order = []
    },
  }
}

/** Where a key is, or would be, in a sorted list. */
function placeOf(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}
