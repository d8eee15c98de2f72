/** All entries, as the records of `platform.configuration` make them one after another. */
import { evolve, forget, type ConfigurationChange, type Entry } from './entry.ts'

export interface Book {
  /** By `<namespace>/<name>`. */
  readonly entries: ReadonlyMap<string, Entry>
  /** Offset and change of the last record that counted; undefined for none. */
  position(): Position | undefined
  /** Whether a record that counted lies there. */
  has(position: Position): boolean
  /** Keys of all records of a version of an entry, also of those that came too late to count. */
  revisions(key: string, version: number): readonly string[]
}
export interface Position {
  readonly offset: number
  readonly change_id: string
}
export interface OpenBook extends Book {
  /** Takes a record in; answers the key of the entry that it changed, undefined where it does not count. */
  take(offset: number, change: ConfigurationChange): string | undefined
  /** Takes a tombstone in; answers the key of the entry that it changed. */
  erase(offset: number, revision: string): string | undefined
}

export const keyOf = ({ namespace, name }: Pick<Entry, 'namespace' | 'name'>): string => `${namespace}/${name}`
const form = /^([^/]+\/[^/]+)\/(\d+)\/[^/]+$/

/** An empty one. */
export function createBook(): OpenBook {
  const entries = new Map<string, Entry>()
  const counted = new Map<number, string>()
  const revisions = new Map<string, string[]>()
  let last: Position | undefined
  return {
    entries,
    position: () => last,
    has: ({ offset, change_id }) => counted.get(offset) === change_id,
    revisions: (key, version) => revisions.get(`${key}/${version}`) ?? [],
    take(offset, change) {
      const key = keyOf(change)
      const of = `${key}/${change.version}`
      revisions.set(of, [...(revisions.get(of) ?? []), change.revision])
      const after = evolve(entries.get(key), offset, change)
      if (after === undefined) return undefined
      entries.set(key, after)
      last = { offset, change_id: change.change_id }
      counted.set(offset, change.change_id)
      return key
    },
    erase(offset, revision) {
      const [, key, version] = form.exec(revision) ?? []
      const entry = key === undefined ? undefined : entries.get(key)
      if (key === undefined || entry === undefined) return undefined
      revisions.set(`${key}/${version}`, (revisions.get(`${key}/${version}`) ?? []).filter((one) => one !== revision))
      const erased = entry.versions.find((one) => one.revision === revision)
      if (erased === undefined) return undefined
      counted.delete(erased.offset)
      const after = forget(entry, offset, revision)
      if (after === undefined) entries.delete(key)
      else entries.set(key, after)
      return key
    },
  }
}
