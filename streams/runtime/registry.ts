/** Finds the views: every `streams/views/<context>/<name>.ts` that is no test and exports a view. */
import { readdir } from 'node:fs/promises'
import type { View } from './view.ts'

const folder = new URL('../views/', import.meta.url)

/** All views, by name. Throws where two share one, or a file exports none. */
export async function views(): Promise<readonly View[]> {
  const found = new Map<string, View>()
  const files = (await readdir(folder, { recursive: true })).filter((file) => /^[^/]+\/[a-z0-9-]+\.ts$/.test(file)).sort()
  for (const file of files) {
    const view = (await import(new URL(file, folder).href) as { default?: View }).default
    if (view === undefined) throw new Error(`discovering views: streams/views/${file} has no default export; make it a view or move it out of views/`)
    const other = found.get(view.name)
    if (other !== undefined) throw new Error(`discovering views: two files define '${view.name}'; a view's file name is its identity`)
    found.set(view.name, view)
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The views of these names; all where none is named. Throws on a name that no view has. */
export async function viewsNamed(names: readonly string[]): Promise<readonly View[]> {
  const all = await views()
  return names.length === 0 ? all : names.map((name) => {
    const view = all.find((candidate) => candidate.name === name)
    if (view === undefined) throw new Error(`no view '${name}'; there are ${all.map((candidate) => candidate.name).join(', ')}`)
    return view
  })
}
