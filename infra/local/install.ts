/** Brings every component that is missing into the cache. What is there stays: a second run does nothing, a broken one is resumed. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Component, type ComponentName, components } from './components.ts'
import { withLock } from './lock.ts'
import type { Progress } from './progress.ts'
import { runTasks } from './tasks.ts'
import type { Environment } from './stack.ts'

/** Where a component is: a folder of the cache, or a program of the machine that stands in for it. */
export type Installed = { readonly folder: string } | { readonly program: string }
export type Installation = (name: ComponentName) => Installed

/** Folder of a component; its name carries a hash of the manifests, so that another version gets another folder. */
export function folderOf({ name, manifest }: Component, cache: string): string {
  const hash = createHash('sha256')
  for (const path of manifest) hash.update(readFileSync(new URL(path, import.meta.url)))
  return join(cache, `${name}-${hash.digest('hex').slice(0, 12)}`)
}

/** Finds what is installed already; `missing` are the components yet to be installed. */
export function inspect(
  cache: string,
  env: Environment = process.env,
  all: readonly Component[] = components,
): { readonly missing: readonly Component[]; readonly at: Installation } {
  const places = new Map<string, Installed>()
  const missing: Component[] = []
  for (const component of all) {
    const folder = folderOf(component, cache)
    const program = existsSync(folder) ? undefined : component.standIn?.(env)
    places.set(component.name, program === undefined ? { folder } : { program })
    if (program === undefined && !existsSync(folder)) missing.push(component)
  }
  return {
    missing,
    at: (name) => {
      const place = places.get(name)
      if (place === undefined) throw new Error(`looking for component '${name}': there is none of that name`)
      return place
    },
  }
}

/** Installs what is missing. */
export async function install(
  cache: string,
  progress: Progress,
  signal: AbortSignal,
  all: readonly Component[] = components,
): Promise<void> {
  mkdirSync(cache, { recursive: true })
  if (inspect(cache, process.env, all).missing.length === 0) return
  const waiting = (pid: number): void => progress.say(`waiting for process ${pid}, which is installing into '${cache}'`)
  await withLock(join(cache, 'install.lock'), waiting, () => installMissing(cache, progress, signal, all), signal)
}

async function installMissing(cache: string, progress: Progress, signal: AbortSignal, all: readonly Component[]): Promise<void> {
  const { missing, at } = inspect(cache, process.env, all)
  for (const left of readdirSync(cache)) if (left.endsWith('.part')) rmSync(join(cache, left), { recursive: true })
  const steps = progress.phase(
    'installing',
    missing.map(({ name }) => name),
  )
  const of = (name: ComponentName): string => {
    const place = at(name)
    if ('program' in place) throw new Error(`looking for component '${name}': it is the machine's '${place.program}', not a folder`)
    return place.folder
  }
  try {
    await runTasks(
      missing.map((component) => ({
        name: component.name,
        after: component.after,
        run: async (aborted: AbortSignal) => {
          const part = `${of(component.name)}.part`
          mkdirSync(part, { recursive: true })
          await component.install({ folder: part, of, cache, log: join(cache, 'logs', `${component.name}.log`), signal: aborted })
          renameSync(part, of(component.name))
        },
      })),
      steps,
      signal,
    )
  } finally {
    steps.end()
  }
  rmSync(join(cache, 'maven'), { recursive: true, force: true }) // Maven's downloads: kept only to resume from
}
