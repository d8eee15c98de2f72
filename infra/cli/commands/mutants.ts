/** `cdlc mutants`: breaks the protocol in a hundred places, one at a time, and has the simulator find out. */
import { availableParallelism } from 'node:os'
import { all } from '@cdlc/streams/simulator/mutants/all.ts'
import { judgeAll, judged, type Judged } from '@cdlc/streams/simulator/mutants/judges.ts'
import type { Command } from 'commander'
import { table } from '../table.ts'
import { wholeNumber } from '../whole-number.ts'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }
const MAX_SECONDS = 3_600

interface Options { readonly only?: readonly string[]; readonly seconds: string; readonly seeds: string; readonly from: string; readonly json?: true }

export function register(program: Command): void {
  program.command('mutants').description('break the streams protocol in one place after another, and count how often the simulator finds out')
    .option('--only <ids...>', 'these mutants, or those whose ids begin so').option('--seconds <n>', 'a mutant lives so long at most', '60')
    .option('--seeds <n>', 'seeds tried on a mutant at most', '5000').option('--from <n>', 'the first seed', '0').option('--json')
    .action(async ({ only, json, ...options }: Options) => {
      const chosen = all.filter(({ id }) => only === undefined || only.some((wanted) => id.startsWith(wanted)))
      if (chosen.length === 0) throw new Error(`choosing mutants: none begins with ${only?.join(' or ')}; there are ${all.map(({ id }) => id).join(', ')}`)
      const trial = { from: wholeNumber('--from', options.from, 0, 0xffff_ffff), seeds: wholeNumber('--seeds', options.seeds, 0, 1_000_000), limit_ms: 1_000 * wholeNumber('--seconds', options.seconds, 0, MAX_SECONDS) }
      let done = 0
      const results = await judgeAll(chosen.map(({ id }) => id), availableParallelism(), (id) => judged(id, trial), ({ id, promise, seed, ms }) => {
        if (json !== true) process.stderr.write(`${++done} of ${chosen.length}: ${id} ${promise === undefined ? 'SURVIVES' : `killed by seed ${seed}`} in ${(ms / 1_000).toFixed(1)} s\n`)
      })
      const killed = results.filter(({ promise }) => promise !== undefined).length
      if (json === true) print(JSON.stringify({ mutants: chosen.length, killed, results }))
      else print(`${listed(results)}\n\n${killed} of ${chosen.length} killed: ${(100 * killed / chosen.length).toFixed(1)} %`)
      if (killed < 0.95 * chosen.length) process.exitCode = 1
    })
}

function listed(results: readonly Judged[]): string {
  const byId = new Map(results.map((result) => [result.id, result]))
  return table(['mutant', 'what it breaks', 'killed by', 'seed', 'view', 's'], all.flatMap(({ id, says }) => {
    const result = byId.get(id)
    return result === undefined ? [] : [[id, says, result.promise ?? 'NOBODY', result.promise === undefined ? '-' : String(result.seed), result.view, result.ms / 1_000]]
  }))
}
