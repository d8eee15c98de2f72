/**
 * Keys and bytes on this machine's disk, in order of their keys: a cache of what a topic partition says, with the offset it has come to.
 * It may be deleted at any time; whoever keeps it reads the partition again.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, open as openFile, readFile, rm, writeFile } from 'node:fs/promises'
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

/** Says of an open store under which boot of the machine it is written; a store without it was closed, and is on the disk whole. */
const MARK = 'open'
/** While this stands in the mark, the store has not proved that it can be opened. */
const OPENING = 'opening'

/** Changes when the machine starts. */
const bootOfLinux = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

/**
 * A folder of stores, each in an LMDB file of its own. Nothing is synced to the disk until a store is closed: what a killed process has
 * written the kernel still has. A store that was open when the machine went down, or that took its process down as it was opened, is
 * not trusted and begins anew.
 */
export const localStores = (folder: string, boot: string = bootOfLinux()): LocalStores => ({
  async open(name) {
    const path = join(folder, name)
    const mark = join(path, MARK)
    const mine = `${boot} ${randomUUID()}`
    const found = await readFile(mark, 'utf8').catch(() => boot)
    if (!found.startsWith(boot)) await rm(path, { recursive: true, force: true })
    await mkdir(path, { recursive: true })
    await writeFile(mark, OPENING)
    const db = open<Buffer, string>({ path, encoding: 'binary', noSync: true })
    db.readerCheck() // of processes that were killed
    const store = storeOver(db)
    await writeFile(mark, mine)
    return { ...store, async close() {
      await db.close()
      const file = await openFile(join(path, 'data.mdb'))
      try {
        await file.sync()
      } finally {
        await file.close()
      }
      // the next owner may have opened it meanwhile, from another process
      if (await readFile(mark, 'utf8').catch(() => '') === mine) await rm(mark, { force: true })
    } }
  },
})

function storeOver(db: RootDatabase<Buffer, string>): Omit<LocalStore, 'close'> {
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
  }
}
