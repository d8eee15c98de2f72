/**
 * Read your writes: a write's ETag, sent back in `Read-After`, makes a read wait until the view has that write. The wait is bounded;
 * past it MySQL answers. `Served-From` tells which it was.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Unavailable } from './errors.ts'
import type { Database, Sql } from './mysql.ts'
import { readAfterSeconds } from './telemetry.ts'

export interface Wait {
  readonly longest_ms: number
  readonly first_ms: number
  readonly widest_ms: number
}
const usual: Wait = { longest_ms: 1_000, first_ms: 5, widest_ms: 50 }

export interface Served<T> {
  readonly value: T
  readonly from: 'view' | 'mysql'
}

/** Asks until `fresh` holds; undefined when it did not in time, or the store was away. Pauses grow from 5 to 50 ms. */
export async function until<T>(
  ask: () => Promise<T>,
  fresh: (value: T) => boolean | Promise<boolean>,
  wait: Wait = usual,
): Promise<{ readonly value: T } | undefined> {
  const deadline = performance.now() + wait.longest_ms
  for (let pause = wait.first_ms; ; pause = Math.min(2 * pause, wait.widest_ms)) {
    try {
      const value = await ask()
      if (await fresh(value)) return { value }
    } catch (error) {
      if (error instanceof Unavailable) return undefined
      throw error
    }
    if (performance.now() + pause > deadline) return undefined
    await sleep(pause)
  }
}

/** What the view has once it is fresh enough, or MySQL's word. */
export async function freshest<T>(
  view: () => Promise<T>,
  fresh: ((value: T) => boolean | Promise<boolean>) | undefined,
  mysql: () => Promise<T>,
  wait: Wait = usual,
): Promise<Served<T>> {
  if (fresh === undefined) return { value: await view(), from: 'view' }
  const began = performance.now()
  const found = await until(view, fresh, wait)
  readAfterSeconds.observe({ served_from: found === undefined ? 'mysql' : 'view' }, (performance.now() - began) / 1_000)
  return found === undefined ? { value: await mysql(), from: 'mysql' } : { value: found.value, from: 'view' }
}

/** Whether a row with this version (undefined: no row) already shows what a tag of it promises. */
export const shows = (version: number | undefined, tag: { readonly version: number; readonly gone: boolean }): boolean =>
  tag.gone ? version === undefined || version > tag.version : version !== undefined && version >= tag.version

/**
 * A row out of MySQL. A replica may answer who asks for nothing in particular; who names a write in `Read-After` is answered by the source,
 * and so is what the replica does not know: nothing is said to be missing on the word of a copy.
 */
export async function readCurrent<T>(
  database: Pick<Database, 'read' | 'readCopy'>,
  after: string | undefined,
  row: (sql: Sql) => Promise<T | undefined>,
): Promise<T | undefined> {
  const copied = after === undefined ? await database.readCopy(row) : undefined
  return copied ?? database.read(row)
}
