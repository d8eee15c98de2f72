/** Local stores that live as long as the process: for tests, and for views that remember little. */
import type { Checkpoint, LocalStore, LocalStores } from './local-store.ts'

export interface MemoryStores extends LocalStores {
  /** What a store of this name holds, by key; undefined where none was written. */
  entries(name: string): ReadonlyMap<string, Buffer> | undefined
  /** As if the files had been deleted. */
  delete(name: string): void
}

interface Kept { readonly entries: Map<string, Buffer>; checkpoint: Checkpoint | undefined }

/** No stores yet; those of one name share what they hold, as processes share a file. */
export function memoryStores(): MemoryStores {
  const all = new Map<string, Kept>()
  return {
    open: async (name) => {
      const kept = all.get(name) ?? { entries: new Map<string, Buffer>(), checkpoint: undefined }
      all.set(name, kept)
      return storeOver(kept)
    },
    entries: (name) => all.get(name)?.entries,
    delete: (name) => { all.delete(name) },
  }
}

function storeOver(kept: Kept): LocalStore {
  let seen = kept.checkpoint
  const change = async (task: () => void, checkpoint: Checkpoint | undefined): Promise<void> => {
    if (kept.checkpoint !== seen) throw new Error('writing a local store: another process writes to it')
    task()
    kept.checkpoint = seen = checkpoint
  }
  return {
    checkpoint: () => seen,
    get: (key) => kept.entries.get(key),
    scan: (from, below) => [...kept.entries].filter(([key]) => key >= from && key < below).sort(([a], [b]) => (a < b ? -1 : 1)),
    write: (entries, checkpoint) => change(() => {
      for (const [key, value] of entries) {
        if (value === null) kept.entries.delete(key)
        else kept.entries.set(key, value)
      }
    }, checkpoint),
    clear: () => change(() => { kept.entries.clear() }, undefined),
    close: async () => {},
  }
}
