import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { troubles } from './logs.ts'

function given(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'cdlc-logs-'))
  onTestFinished(() => { rmSync(folder, { recursive: true }) })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  return folder
}

it('shows the last complaints of each log that has any', () => {
  const folder = given({
    'connect.log': 'INFO fine\nERROR first\nERROR second\nERROR third\n', 'redis.log': 'ready\n', 'services.log': '{"level":30,"msg":"ok"}\n{"level":50,"msg":"lost"}\n', 'data.bin': 'ERROR',
  })
  expect(troubles(folder, 2)).toBe(`${folder}/connect.log:\n  ERROR second\n  ERROR third\n${folder}/services.log:\n  {"level":50,"msg":"lost"}`)
})

it('says so where there are none', () => {
  const folder = given({ 'redis.log': 'ready\n' })
  expect(troubles(folder)).toBe(`no errors in the logs of ${folder}`)
})
