/** Each rule of the house is broken once here, and the linter, run as `npm run lint` runs it, must say so. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

interface Finding { readonly code: string; readonly filename: string; readonly message: string }

const root = fileURLToPath(new URL('../..', import.meta.url))

/** rule, file it is broken in, how, and words of the message */
const broken: readonly (readonly [rule: string, file: string, code: string, says: string])[] = [
  // layers
  ['house(imports)', 'schemas/codec2.ts', 'import \'@cdlc/streams/runtime/view.ts\'', 'schemas may import no other folder'],
  ['house(imports)', 'connectors/reach.ts', 'import \'@cdlc/services/shared/config.ts\'', 'connectors may import schemas'],
  ['house(imports)', 'streams/runtime/reach.ts', 'export { app } from \'@cdlc/services/inventory/app.ts\'', 'streams may import schemas'],
  ['house(imports)', 'services/actor/reach.ts', 'export * from \'@cdlc/infra/local/stack.ts\'', 'services may import schemas, streams'],
  ['house(imports)', 'services/actor/reach-type.ts', 'export type S = import(\'@cdlc/connectors/apply.ts\').Applied', 'services may import schemas, streams'],
  ['house(imports)', 'services/actor/reach-late.ts', 'export const late = () => import(\'@cdlc/infra/local/stack.ts\')', 'services may import schemas, streams'],
  ['house(imports)', 'streams/sinks/climb.ts', 'import \'../../schemas/codec.ts\'', 'is imported by its package: \'@cdlc/schemas/codec.ts\''],
  ['house(imports)', 'services/actor/neighbour.ts', 'import { decide } from \'../inventory/title.ts\'\nexport const d = decide', 'components meet in topics and views'],
  ['house(imports)', 'streams/runtime/knows.ts', 'import \'../sinks/redis/store.ts\'', 'the runtime knows no store'],
  ['house(imports)', 'streams/views/user/reads-store.ts', 'import type { ViewStore } from \'../../runtime/store.ts\'\nexport type S = ViewStore', 'views and processors are written in'],
  // drivers
  ['house(imports)', 'streams/runtime/other.ts', 'import \'kafkajs\'', '\'kafkajs\' is imported in streams/runtime/kafka.ts'],
  ['house(imports)', 'infra/cli/topics2.ts', 'import \'kafkajs\'', '\'kafkajs\' is imported in streams/runtime/kafka.ts'],
  ['house(imports)', 'streams/sinks/neo4j/a.ts', 'import \'ioredis\'', 'streams/sinks/redis/'],
  ['house(imports)', 'services/inventory/a.ts', 'import \'ioredis/built/Redis.js\'', 'streams/sinks/redis/'],
  ['house(imports)', 'streams/sinks/redis/b.ts', 'import \'cassandra-driver\'', 'streams/sinks/scylla/'],
  ['house(imports)', 'streams/views/content/c.ts', 'import type { Driver } from \'neo4j-driver\'\nexport type D = Driver', 'streams/sinks/neo4j/'],
  ['house(imports)', 'services/shared/d.ts', 'import \'@clickhouse/client\'', 'streams/sinks/clickhouse/'],
  ['house(imports)', 'services/inventory/e.ts', 'import \'mysql2/promise\'', 'services/shared/'],
  // purity of views and processors
  ...([
    ['export const a = () => Date.now()', '\'Date\' is a clock'],
    ['export const a = () => new Date()', '\'Date\' is a clock'],
    ['export const a = () => performance.now()', '\'performance\' is a clock'],
    ['export const a = () => Math.random()', '\'Math.random\' is chance'],
    ['const { random } = Math\nexport const a = random', 'name Math\'s functions one by one'],
    ['export const a = () => crypto.randomUUID()', '\'crypto\' is chance'],
    ['export const a = () => setTimeout(() => undefined, 1)', '\'setTimeout\' is a timer'],
    ['export const a = process.env', '\'process\' is the process'],
    ['export const a = () => fetch(\'http://x\')', '\'fetch\' is the network'],
    ['export const a = () => globalThis.Date.now()', '\'globalThis\' is everything outside'],
    ['export const a = () => console.log(1)', '\'console\' is output'],
    ['import { readFileSync } from \'node:fs\'\nexport const a = readFileSync', 'not \'node:fs\''],
    ['import { ulid } from \'ulid\'\nexport const a = ulid', 'not \'ulid\''],
    ['export const a = () => import(\'../../runtime/view.ts\')', 'it loads nothing while it runs'],
    ['export const a = (x: string, y: string) => x.localeCompare(y)', '\'localeCompare\' depends on the machine\'s locale'],
  ] as const).flatMap(([code, says], n) => [
    ['house(purity)', `streams/views/content/impure-${n}.ts`, code, says] as const,
    ['house(purity)', `streams/processors/content/impure-${n}.ts`, code, says] as const,
  ]),
  // purity of deciders, which are told by what they export
  ['house(purity)', 'services/inventory/title2.ts', 'export function decide() { return Date.now() }', 'a decider is pure: \'Date\' is a clock'],
  ['house(purity)', 'services/inventory/title3.ts', 'import { randomUUID } from \'node:crypto\'\nexport const decideTitle = () => randomUUID()', 'not \'node:crypto\''],
  ['house(purity)', 'services/inventory/title4.ts', 'export const evolve = () => process.pid', '\'process\' is the process'],
  // language
  ['house(language)', 'schemas/enum.ts', 'export enum Kind { movie }', 'no enum'],
  ['house(language)', 'schemas/decorator.ts', 'const d = (x: unknown) => x\n@d class A {}\nexport const a = A', 'no decorator'],
  ['typescript(no-explicit-any)', 'schemas/any.ts', 'export const a = (x: any): unknown => x', 'any'],
  ['typescript(no-non-null-assertion)', 'schemas/bang.ts', 'export const a = (x: string | undefined): string => x!', 'non-null'],
  ['typescript(ban-ts-comment)', 'schemas/ignore.ts', '// @ts-ignore\nexport const a = 1', '@ts-ignore'],
  ['typescript(no-floating-promises)', 'schemas/floats.ts', 'const f = async (): Promise<void> => undefined\nexport const a = (): void => { f() }', 'romise'],
  ['eslint(max-lines)', 'schemas/long2.ts', 'export {}\n'.repeat(251), 'too many lines'],
  // tests that are left out
  ...['it.only', 'it.skip', 'describe.skip', 'it.skipIf(true)', 'it.todo', 'it.fails'].map((call, n) => (
    ['house(language)', `schemas/left-out-${n}.test.ts`, `import { describe, it } from 'vitest'\n${call}('x', () => { describe; it })`, 'every test runs, every time'] as const)),
  // Scylla
  ['house(timestamps)', 'streams/sinks/scylla/w.ts', 'export const a = (t: string) => `INSERT INTO ${t} (a) VALUES (?)`', 'a Scylla write names its time'],
  ['house(timestamps)', 'streams/sinks/scylla/u.ts', 'export const a = \'UPDATE t SET a = ? WHERE b = ?\'', 'a Scylla write names its time'],
  ['house(timestamps)', 'streams/sinks/scylla/d.ts', 'export const a = \'DELETE FROM t WHERE b = ?\'', 'a Scylla write names its time'],
]

/** Code that looks like a breach and is none. */
const sound: readonly (readonly [file: string, code: string])[] = [
  ['connectors/ok.ts', 'import \'@cdlc/schemas/topics.ts\''],
  ['infra/ok.ts', 'import \'@cdlc/connectors/apply.ts\'\nimport \'@cdlc/services/main.ts\''],
  ['services/main.ts', 'import \'./inventory/app.ts\''],
  ['services/inventory/ok.ts', 'import \'../shared/config.ts\'\nexport const now = () => Date.now()'],
  ['streams/views/content/ok.ts', 'import { defineView } from \'../../runtime/view.ts\'\nexport const a = [defineView, Math.max(1, 2), (Date: number) => Date]'],
  ['streams/views/content/ok.test.ts', 'import { readFileSync } from \'node:fs\'\nexport const a = [readFileSync, Date.now()]'],
  ['streams/runtime/kafka.ts', 'import \'kafkajs\''],
  ['connectors/ok.int.test.ts', 'import \'kafkajs\'\nimport \'mysql2/promise\''],
  ['streams/sinks/scylla/ok.ts', 'export const a = [\'INSERT INTO t (a) VALUES (?) USING TIMESTAMP ?\', \'update the position\', \'SELECT a FROM t\']'],
]

let folder = ''
let findings: readonly Finding[] = []
const fill = (file: string, code: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), `${code}\n`)
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdlc-lint-'))
  fill('tsconfig.json', JSON.stringify({ compilerOptions: { strict: true, experimentalDecorators: true, noEmit: true, allowImportingTsExtensions: true }, include: ['**/*.ts'] }))
  for (const [, file, code] of broken) fill(file, code)
  for (const [file, code] of sound) fill(file, code)
  const run = spawnSync(process.execPath, [join(root, 'node_modules/oxlint/bin/oxlint'), '--config', join(root, '.oxlintrc.json'), '--format', 'json', '.'], { cwd: folder, encoding: 'utf8' })
  expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 1, stderr: '' })
  findings = (JSON.parse(run.stdout) as { readonly diagnostics: readonly Finding[] }).diagnostics
})
afterAll(() => { rmSync(folder, { recursive: true }) })

it.each(broken)('%s finds %s', (rule, file, _code, says) => {
  const found = findings.filter((finding) => finding.filename === file)
  expect(found).toContainEqual(expect.objectContaining({ code: rule, message: expect.stringContaining(says) as string }))
})

it.each(sound)('finds nothing of the house\'s in %s', (file) => {
  expect(findings.filter((finding) => finding.filename === file && finding.code.startsWith('house('))).toEqual([])
})
