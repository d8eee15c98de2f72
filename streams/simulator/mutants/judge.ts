/**
 * Runs seeds on the code with one mutant in it, in a process of its own, until a promise is broken or the time is up:
 * `judge.ts <mutant> <from> <seeds> <ms>`. Prints a dot a second, and at last a line of JSON. An id that is no mutant's judges the
 * code as it is.
 */
import { registerHooks } from 'node:module'
import type { Verdict } from './judges.ts'
import { all } from './all.ts'
import { mutated, storeOf, urlOf } from './mutant.ts'

const [id = '', from = '0', seeds = '0', limit_ms = '0'] = process.argv.slice(2)
const mutant = all.find((candidate) => candidate.id === id)

const answer = (verdict: Verdict): never => {
  process.stdout.write(`\n${JSON.stringify(verdict)}\n`)
  process.exit(0)
}
let seed = Number(from)
// what the code does not catch kills the process in earnest
process.on('unhandledRejection', (cause) => answer({ id, seed, promise: 'contract', what: `unhandled rejection: ${String(cause)}`, view: '' }))
process.on('uncaughtException', (cause) => answer({ id, seed, promise: 'contract', what: `uncaught: ${String(cause)}`, view: '' }))

if (mutant !== undefined) {
  const url = urlOf(mutant)
  registerHooks({ load: (wanted, context, next) => {
    const loaded = next(wanted, context)
    return wanted === url ? { ...loaded, source: mutated(mutant, String(loaded.source)) } : loaded
  } })
}
const { loadSimulator } = await import('../run.ts')
const simulator = await loadSimulator()
const store = mutant === undefined ? undefined : storeOf(mutant)
const views = [...simulator.subjects.values()].filter((subject) => store === undefined || subject.view.store === store)
const weights = views.flatMap(({ view, weight }) => Array.from({ length: weight }, () => view.name))

const ends = performance.now() + Number(limit_ms)
let told = performance.now()
for (const end = seed + Number(seeds); seed < end && performance.now() < ends; seed++) {
  if (performance.now() - told > 1_000) {
    process.stdout.write('.')
    told = performance.now()
  }
  const ran = await simulator.run(seed, store === undefined ? {} : { view: weights[seed % weights.length] })
  const [violation] = ran.violations
  if (violation !== undefined) answer({ id, seed, view: ran.view, promise: violation.promise, what: violation.what })
}
answer({ id, seed, promise: undefined, what: '', view: '' })
