/** `cdlc views`: what views there are and how far behind, and whether they hold what MySQL says they should. */
import { views } from '@cdlc/streams/runtime/registry.ts'
import type { ViewStatus } from '@cdlc/streams/runtime/worker.ts'
import type { Command } from 'commander'
import { stackFrom } from '../../local/stack.ts'
import { verifyViews } from '../../verify/verify.ts'
import { table } from '../table.ts'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }

export function register(program: Command): void {
  const command = program.command('views').description('the views: what they are, how far behind, and whether they are right')
  command.command('list').description('every view with its store, state and lag').option('--json').action(async (options: { json?: boolean }) => {
    const url = `http://127.0.0.1:${stackFrom(process.env).endpoints.port('workers')}/views`
    const running = await fetch(url, { signal: AbortSignal.timeout(10_000) }).then(async (response) => await response.json() as readonly ViewStatus[], () => [])
    const all = (await views()).map((view) => {
      const status = running.find((candidate) => candidate.name === view.name)
      return status ?? { name: view.name, version: view.version, store: view.store, state: 'down', lag_records: null, lag_seconds: null }
    })
    print(options.json === true ? JSON.stringify(all) : table(['view', 'version', 'store', 'state', 'lag (records)', 'lag (s)'],
      all.map((view) => [view.name, view.version, view.store, view.state, view.lag_records ?? '-', view.lag_seconds ?? '-'])))
    if (all.some((view) => view.state !== 'running')) process.exitCode = 1
  })
  command.command('verify [names...]').description('recompute views from MySQL and compare their stores row by row')
    .option('--json').option('--patience <seconds>', 'how long a view may take to catch up', '30')
    .action(async (names: string[], options: { json?: boolean; patience: string }) => {
      const verdicts = await verifyViews(stackFrom(process.env).endpoints, {
        names, patience_ms: Number(options.patience) * 1_000,
        onVerdict: (verdict) => {
          if (options.json === true) return
          const rows = Object.entries(verdict.rows).map(([row, count]) => `${count.toLocaleString('en-US')} ${row}`).join(', ')
          print(`${verdict.differences_total === 0 ? '✓' : '✗'} ${verdict.view}: ${rows}${verdict.differences_total === 0 ? '' : `; ${verdict.differences_total} rows differ`}`)
          for (const difference of verdict.differences) print(`    ${difference.row} ${difference.id}\n      expected ${JSON.stringify(difference.expected)}\n      actual   ${JSON.stringify(difference.actual)}`)
        },
      })
      if (options.json === true) print(JSON.stringify(verdicts))
      if (verdicts.some((verdict) => verdict.differences_total > 0)) process.exitCode = 1
    })
}
