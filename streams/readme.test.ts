import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = import.meta.dirname
const files = ['README.md', 'processors/README.md'].filter((file) => existsSync(`${folder}/${file}`)).map((file) => ({ file, text: readFileSync(`${folder}/${file}`, 'utf8') }))

/** `(`file`: "title")`, and `("title")` for one more of the file named last. */
const named = files.flatMap(({ file, text }) => {
  let last = ''
  return [...text.matchAll(/\((?:`([^`\s]+\.ts)`: )?"([^"]+)"/g)].map(([, source, title = '']) => {
    last = source ?? last
    return [title.replaceAll(/\s+/g, ' '), last, file] as const
  })
})

test('sentences name tests', () => { expect(named.length).toBeGreaterThan(15) })

test.each(named)('there is a test "%s" in %s, as %s says', (title, source) => {
  expect(readFileSync(`${folder}/${source}`, 'utf8')).toContain(title)
})
