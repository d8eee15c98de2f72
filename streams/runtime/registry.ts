/** Finds views and processors: every `streams/{views,processors}/<context>/<name>.ts` that is no test and exports one. */
import { readdir } from 'node:fs/promises'
import type { Processor } from './processor.ts'
import type { View } from './view.ts'

/** All views, by name. Throws where two share one, or a file exports none. */
export const views = (): Promise<readonly View[]> => discover<View>('view')
/** All processors, by name. Throws as `views` does. */
export const processors = (): Promise<readonly Processor[]> => discover<Processor>('processor')

async function discover<T extends { readonly name: string }>(kind: 'view' | 'processor'): Promise<readonly T[]> {
  const folder = new URL(`../${kind}s/`, import.meta.url)
  const found = new Map<string, T>()
  const files = (await readdir(folder, { recursive: true })).filter((file) => /^[^/]+\/[a-z0-9-]+\.ts$/.test(file)).sort()
  for (const file of files) {
    const one = (await import(new URL(file, folder).href) as { default?: T }).default
    if (one === undefined) throw new Error(`discovering ${kind}s: streams/${kind}s/${file} has no default export; make it a ${kind} or move it out of ${kind}s/`)
    if (found.has(one.name)) throw new Error(`discovering ${kind}s: two files define '${one.name}'; a ${kind}'s file name is its identity`)
    found.set(one.name, one)
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The views of these names; all where none is named. Throws on a name that no view has. */
export async function viewsNamed(names: readonly string[]): Promise<readonly View[]> {
  return named('view', await views(), names)
}

/** The views and processors of these names; all where none is named. Throws on a name that is neither's, and where one is both's: they would share a consumer group. */
export async function allNamed(names: readonly string[]): Promise<{ readonly views: readonly View[]; readonly processors: readonly Processor[] }> {
  const all = { views: await views(), processors: await processors() }
  const both = all.views.find(({ name }) => all.processors.some((processor) => processor.name === name))
  if (both !== undefined) throw new Error(`'${both.name}' is a view and a processor: name one of them otherwise`)
  if (names.length === 0) return all
  const isWanted = ({ name }: { readonly name: string }): boolean => names.includes(name)
  named('view or processor', [...all.views, ...all.processors], names)
  return { views: all.views.filter(isWanted), processors: all.processors.filter(isWanted) }
}

function named<T extends { readonly name: string }>(kind: string, all: readonly T[], names: readonly string[]): readonly T[] {
  return names.length === 0 ? all : names.map((name) => {
    const one = all.find((candidate) => candidate.name === name)
    if (one === undefined) throw new Error(`no ${kind} '${name}'; there are ${all.map((candidate) => candidate.name).join(', ')}`)
    return one
  })
}
