/** The phases of `npm test`, in order: what needs no server, then a stack of its own, what needs it, and its end. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Progress } from '../local/progress.ts'
import { sourceRoot, stackFrom, type Environment, type Stack } from '../local/stack.ts'
import { markReady, startStack } from '../local/start.ts'
import { stopStack } from '../local/stop.ts'
import { program, runNode } from './child.ts'
import { countsOf, pass, type Counts, type Report } from './counts.ts'
import { troubles } from './logs.ts'
import type { Phase } from './phases.ts'

/** What a developer may ask for with `--only`. */
export const selectable = ['lint', 'types', 'schemas', 'unit', 'integration', 'e2e'] as const
export type Selectable = typeof selectable[number]

/**
 * The environment of the tests: the developer's own, less what points at a running platform. The test's stack is its own,
 * beside the one that `npm start` runs.
 */
export function testEnvironment(env: Environment, offset = '20000'): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('CDLC_') || name === 'CDLC_HOME' || name === 'CDLC_CACHE')
  return { ...Object.fromEntries(kept), CDLC_STACK: 'test', CDLC_PORT_OFFSET: offset }
}

/** The phases that were chosen, with the stack before and after those that need it; `own` is the environment of the tests. */
export function suite(chosen: readonly Selectable[], own: Environment, progress: Progress): readonly Phase[] {
  const stack = stackFrom(own)
  const all: readonly Phase[] = [
    { name: 'lint', run: (signal) => check(program('oxlint/bin/oxlint'), ['--deny-warnings'], signal) },
    { name: 'types', run: async (signal) => {
      await check(join(sourceRoot, 'schemas/generate.ts'), [], signal)
      return await check(program('typescript/bin/tsc'), ['--noEmit'], signal)
    } },
    { name: 'schemas', run: (signal) => check(join(sourceRoot, 'infra/cli/main.ts'), ['schemas', 'check'], signal) },
    { name: 'unit', run: (signal) => vitest('unit', own, signal) },
    { name: 'stack', run: async (signal) => {
      await stopStack(stack, progress) // left behind by a test that was killed
      rmSync(stack.home, { recursive: true, force: true })
      await startStack(stack, { progress, signal })
      markReady(stack)
      return pass
    } },
    { name: 'integration', after: ['stack'], run: (signal) => withTroubles(stack, vitest('integration', own, signal)) },
    { name: 'e2e', after: ['stack'], run: (signal) => withTroubles(stack, vitest('e2e', own, signal)) },
    { name: 'stack down', always: true, run: async () => {
      await stopStack(stack, progress)
      return pass
    } },
  ]
  const needsStack = chosen.includes('integration') || chosen.includes('e2e')
  return all.filter(({ name }) => (name.startsWith('stack') ? needsStack : chosen.some((choice) => choice === name)))
}

/** Runs a program that is right or wrong as a whole; throws with what it printed where it is wrong. */
async function check(script: string, args: readonly string[], signal: AbortSignal): Promise<Counts> {
  const { code, output } = await runNode(script, args, { signal })
  if (code !== 0) throw new Error(output.trimEnd())
  return pass
}

/** Runs a project of vitest.config.ts, which reports to the terminal as it goes, and counts its tests. */
async function vitest(project: string, env: Environment, signal: AbortSignal): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'cdlc-test-'))
  const file = join(folder, 'report.json')
  try {
    const { code } = await runNode(program('vitest/vitest.mjs'), [
      'run', '--project', project, '--passWithNoTests', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`,
    ], { env, signal, show: true, deadline_ms: 2_400_000 })
    const counts = countsOf(JSON.parse(readFileSync(file, 'utf8')) as Report)
    // an error outside of every test and file, such as an unhandled rejection
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
  } catch (cause) {
    throw new Error(`running the ${project} tests: vitest left no report`, { cause })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Prints what the servers complained of, if a test on them failed. */
async function withTroubles(stack: Stack, tests: Promise<Counts>): Promise<Counts> {
  const counts = await tests
  if (counts.failed > 0) console.error(troubles(join(stack.home, 'logs')))
  return counts
}
