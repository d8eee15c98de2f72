/** A mutant: the protocol with one thing wrong with it. It is data: which text of which file is replaced by what. */
import { readFileSync } from 'node:fs'
import type { StoreName } from '../../runtime/view.ts'

export interface Mutant {
  readonly id: string
  /** Path within `streams/`. */
  readonly file: string
  /** Occurs exactly once in the file: a mutant of code that has changed since fails rather than proves nothing. */
  readonly find: string
  readonly replace: string
  /** What it breaks. */
  readonly says: string
}

/** A mutant without its file and the beginning of its id, which are the same for all of a list. */
export type Replacement = readonly [id: string, says: string, find: string, replace: string]

export const mutantsOf = (file: string, replacements: readonly Replacement[]): readonly Mutant[] =>
  replacements.map(([id, says, find, replace]) => ({ id: `${file.replace(/^runtime\/|^sinks\/|\.ts$/g, '').replace('.ts', '').replace('/', '-')}-${id}`, file, find, replace, says }))

const root = new URL('../../', import.meta.url)
export const urlOf = (mutant: Mutant): string => new URL(mutant.file, root).href

/** How often the text occurs in the file that the mutant changes. */
export const occurrences = (mutant: Mutant): number => readFileSync(new URL(mutant.file, root), 'utf8').split(mutant.find).length - 1

/** The file's text with the mutant in it. Throws where it does not occur exactly once. */
export function mutated({ id, file, find, replace }: Mutant, source: string): string {
  const parts = source.split(find)
  if (parts.length !== 2) throw new Error(`mutant '${id}': its text occurs ${parts.length - 1} times in ${file}, not once; write it anew`)
  return parts.join(replace)
}

/** The one store that the mutant is in; undefined for those of the runtime. */
export function storeOf({ file }: Mutant): StoreName | undefined {
  const [, store] = /^sinks\/(\w+)\//.exec(file) ?? []
  return store as StoreName | undefined
}
