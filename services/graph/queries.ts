/** Queries that clients may ask by name of their text: the SHA-256 of it. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** As the specification of persisted documents has it, without its `sha256:`. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

const committed = `${import.meta.dirname}/queries`

/** All of the folder, by hash: a file's whole text, its last line end too. */
export function readQueries(folder: string = committed): ReadonlyMap<string, string> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.graphql')).sort()
  return new Map(files.map((file) => readFileSync(`${folder}/${file}`, 'utf8')).map((text) => [hashOf(text), text]))
}
