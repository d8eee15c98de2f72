import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const here = import.meta.dirname
const root = join(here, '..')
const readmes = ['README.md']

/** Every test there is, for titles that name no file. */
const everything = ['streams', 'infra', 'services'].flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.test\.ts$|conformance\.ts$/.test(file) && !file.includes('node_modules')).map((file) => readFileSync(join(root, folder, file), 'utf8'))).join('\n')

const textOf = (source: string | undefined): string => {
  if (source === undefined) return everything
  const path = [join(here, source), join(root, source)].find((candidate) => existsSync(candidate))
  if (path === undefined) throw new Error(`there is no '${source}'`)
  return readFileSync(path, 'utf8')
}

/** `(`file`: "title")`, or `("title")`. */
const named = readmes.flatMap((readme) => [...readFileSync(join(here, readme), 'utf8').matchAll(/\((?:`([^`\s]+\.ts)`: )?"([^"]+)"/g)]
  .map(([, source, title = '']) => [title.replaceAll(/\s+/g, ' '), source, readme] as const))

test('sentences name tests', () => { expect(named.length).toBeGreaterThan(20) })

test.each(named)('there is a test "%s" in %s, as %s says', (title, source) => {
  expect(textOf(source)).toContain(title)
})
