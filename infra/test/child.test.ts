import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runNode } from './child.ts'

function script(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'cdlc-child-'))
  onTestFinished(() => { rmSync(folder, { recursive: true }) })
  writeFileSync(join(folder, 'script.mjs'), text)
  return join(folder, 'script.mjs')
}
const going = new AbortController().signal
const forEver = 'setInterval(() => undefined, 1000)'

it('returns what the program printed, and its exit code', async () => {
  expect(await runNode(script('console.log(process.argv[2]); console.error("b"); process.exitCode = 3'), ['a'], { signal: going })).toEqual({ code: 3, output: 'a\nb\n' })
})

it('ends a program past its time limit, and says so', async () => {
  expect(await runNode(script(forEver), [], { signal: going, deadline_ms: 200 })).toEqual({ code: 1, output: '\nended after 0.2 s, which is its time limit' })
})

it('ends a program when the tests are broken off', async () => {
  const controller = new AbortController()
  const ended = runNode(script(forEver), [], { signal: controller.signal })
  controller.abort()
  expect((await ended).code).toBe(1)
})
