/**
 * Keys and bytes on this machine's disk, in order of their keys: a cache of what a topic partition says, with the offset it has come to.
 * It may be deleted at any time; whoever keeps it reads the partition again.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'

/** How far a store has come. */
export interface Checkpoint {
  /** First offset that is not in it. */
  readonly next: number
  /** Offset of the claim that the last record in it was written under. */
  readonly epoch: number
  /** ms since the epoch: all that was in the partition then is in the store. */
  readonly at: number
}

export interface LocalStore {
  checkpoint(): Checkpoint | undefined
  get(key: string): Buffer | undefined
  /** Entries with `from` ≤ key < `below`, in order of their keys. */
  scan(from: string, below: string): Iterable<readonly [key: string, value: Buffer]>
  /** All or nothing; null removes. Throws where somebody else has moved the checkpoint since this store was opened or last written. */
  write(entries: ReadonlyMap<string, Buffer | null>, checkpoint: Checkpoint): Promise<void>
  /** Removes everything. */
  clear(): Promise<void>
  close(): Promise<void>
}

export interface LocalStores {
  open(name: string): Promise<LocalStore>
}

/** LMDB's own limit, less what its encoding adds (bytes). */
export const MAX_KEY_BYTES = 1_900
/** Keys of rows begin with a letter, so a scan never meets it. */
const CHECKPOINT = '_checkpoint'

/** A folder of stores, each in an LMDB file of its own. */
export const localStores = (folder: string): LocalStores => ({
  async open(name) {
    const path = join(folder, name)
    try {
      return storeOver(open<Buffer, string>({ path, encoding: 'binary' }))
    } catch {
      // torn by the machine's end, or written by another version: it is a cache
      await rm(path, { recursive: true, force: true })
      return storeOver(open<Buffer, string>({ path, encoding: 'binary' }))
    }
  },
})

function storeOver(db: RootDatabase<Buffer, string>): LocalStore {
  const stored = (): string | undefined => db.get(CHECKPOINT)?.toString('utf8')
  let seen = stored()
  const change = async (task: () => void, checkpoint: Checkpoint | undefined): Promise<void> => {
    const next = checkpoint === undefined ? undefined : JSON.stringify(checkpoint)
    const written = await db.transaction(() => {
      if (stored() !== seen) return false
      task()
      if (next === undefined) void db.remove(CHECKPOINT)
      else void db.put(CHECKPOINT, Buffer.from(next))
      return true
    })
    if (!written) throw new Error(`writing a local store: its checkpoint is ${stored()}, where ${seen} was left; another process writes to it`)
    seen = next
  }
  return {
    checkpoint: () => (seen === undefined ? undefined : JSON.parse(seen) as Checkpoint),
    get: (key) => db.get(key),
    * scan(from, below) {
      for (const { key, value } of db.getRange({ start: from, end: below })) yield [key, value]
    },
    write: (entries, checkpoint) => change(() => {
      for (const [key, value] of entries) void (value === null ? db.remove(key) : db.put(key, value))
    }, checkpoint),
    clear: () => change(() => { for (const key of db.getKeys()) void db.remove(key) }, undefined),
    close: () => db.close(),
  }
}
