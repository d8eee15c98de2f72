/** `cdlc views`: what views there are and how far behind, and whether they hold what MySQL says they should. */
import type { Command } from 'commander'
import { stackFrom } from '../../local/stack.ts'
import { verifyViews } from '../../verify/verify.ts'
import { registerList } from '../views-list.ts'
import { registerDrop, registerRebuild } from '../views-rebuild.ts'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }

export function register(program: Command): void {
  const command = program.command('views').description('the views: what they are, how far behind, and whether they are right')
  registerList(command)
  registerRebuild(command)
  registerDrop(command)
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
