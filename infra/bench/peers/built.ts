/** Peers in the cache: each in a folder whose name carries a hash of its sources, so that a change of them makes it anew. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of what `make` makes out of `source`; it is made only if it is not there. */
export async function built(cache: string, name: string, source: string, make: (folder: string, log: string) => Promise<void>): Promise<string> {
  const hash = createHash('sha256')
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(java|xml|properties|txt)$/.test(path)).sort()) hash.update(readFileSync(join(source, file)))
  const folder = join(cache, `${name}-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(folder)) return folder
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  await make(part, join(cache, 'logs', `${name}.log`))
  renameSync(part, folder)
  return folder
}
