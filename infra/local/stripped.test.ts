import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

const stripped = fileURLToPath(new URL('stripped.mjs', import.meta.url))
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdlc-stripped-'))
  onTestFinished(() => { rmSync(folder, { recursive: true }) })
})
const program = (): string => join(folder, 'program.ts')
const options = (cache: string) => ({ encoding: 'utf8', timeout: 20_000, env: { ...process.env, CDLC_CACHE: cache } } as const)
const run = (cache = join(folder, 'cache')): string => execFileSync(process.execPath, ['--import', stripped, program()], options(cache))

test('a program runs from the cache, and anew where its source has changed', () => {
  writeFileSync(program(), 'const said: string = "one"\nconsole.log(said satisfies string)\n')
  expect([run(), run()]).toEqual(['one\n', 'one\n'])
  expect(readdirSync(join(folder, 'cache', 'stripped'))).toHaveLength(1)
  writeFileSync(program(), 'const said: string = "two"\nconsole.log(said)\n')
  expect(run()).toBe('two\n')
  expect(readdirSync(join(folder, 'cache', 'stripped'))).toHaveLength(1)
})

test('what is in the cache is what runs, but for a file that was cut', () => {
  writeFileSync(program(), 'console.log(1 as number)\n')
  run()
  const [name = ''] = readdirSync(join(folder, 'cache', 'stripped'))
  writeFileSync(join(folder, 'cache', 'stripped', name), 'console.log(')
  expect(run()).toBe('1\n')
})

test('errors tell the lines and columns of the source', () => {
  writeFileSync(program(), 'interface A { readonly a: string }\nconst a: A = { a: "" }\nconst fail = (one: A): never => { throw new Error(one.a) }\nfail(a)\n')
  for (let time = 0; time < 2; time++) {
    const { stderr } = spawnSync(process.execPath, ['--import', stripped, program()], options(join(folder, 'cache')))
    expect(stderr).toContain('program.ts:3:41')
  }
})

test('source that is none is told by its path', () => {
  writeFileSync(program(), 'const = 1\n')
  const { stderr, status } = spawnSync(process.execPath, ['--import', stripped, program()], options(join(folder, 'cache')))
  expect([stderr.includes(`reading '${program()}'`), status]).toEqual([true, 1])
})

test('without a cache that can be written it runs all the same', () => {
  writeFileSync(program(), 'console.log(1 as number)\n')
  expect(run(program())).toBe('1\n') // a file, in which there can be no folder
})
