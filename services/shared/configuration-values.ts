/** What a process knows of the configuration, put together from what it is told page by page. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Entries__Output } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/Entries.ts'
import type { Memory } from './configuration.ts'

export interface Remembered {
  readonly entries: readonly { readonly namespace: string; readonly name: string; readonly version: number; readonly value: string }[]
}
type Entry = Remembered['entries'][number]

export interface Values {
  /** Takes a page; answers the keys that changed once the last one has come, which is the one with `resume`. */
  take(page: Entries__Output, resume: string): readonly string[]
  /** Notes that nothing has changed up to there. */
  at(resume: string): readonly string[]
  restore(remembered: Remembered, namespaces: readonly string[]): readonly string[]
  text(namespace: string, name: string): string | undefined
  resume(): string
  all(): Remembered
}

/** None yet. */
export function createValues(): Values {
  let entries = new Map<string, Entry>()
  let [resume, coming]: [string, Map<string, Entry> | undefined] = ['', undefined]
  const changedFrom = (before: ReadonlyMap<string, Entry>): readonly string[] =>
    [...new Set([...before.keys(), ...entries.keys()])].filter((key) => before.get(key)?.value !== entries.get(key)?.value)
  return {
    take(page, next) {
      // nothing of a telling that breaks off is believed: the next one begins where this one did
      coming = page.anew ? new Map() : (coming ?? new Map(entries))
      for (const { namespace, name, version, value, removed } of page.entries) {
        if (removed) coming.delete(`${namespace}/${name}`)
        else coming.set(`${namespace}/${name}`, { namespace, name, version, value })
      }
      if (next === '') return []
      const before = entries
      entries = coming
      coming = undefined
      resume = next
      return changedFrom(before)
    },
    at(next) {
      resume = next
      return []
    },
    restore(remembered, namespaces) {
      const wanted = remembered.entries.filter(({ namespace }) => namespaces.includes(namespace))
      entries = new Map(wanted.map((entry) => [`${entry.namespace}/${entry.name}`, entry]))
      return [...entries.keys()]
    },
    text: (namespace, name) => entries.get(`${namespace}/${name}`)?.value,
    resume: () => {
      coming = undefined
      return resume
    },
    all: () => ({ entries: [...entries.values()] }),
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== 'object' || value === null || !('entries' in value) || !Array.isArray(value.entries)) return false
  return (value.entries as readonly Partial<Entry>[]).every((entry) => isText(entry.namespace) && isText(entry.name) && isText(entry.value))
}

/** Remembers in a file, which is replaced as a whole; each process needs one of its own. */
export function fileOf(path: string): Memory {
  return {
    async load() {
      const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT') return undefined
        throw cause
      })
      if (text === undefined) return undefined
      const remembered: unknown = JSON.parse(text)
      if (!isRemembered(remembered)) throw new Error(`reading '${path}': it holds no configuration`)
      return remembered
    },
    async save(remembered) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.new`, JSON.stringify(remembered), { flush: true, mode: 0o600 })
      await rename(`${path}.new`, path)
    },
  }
}
