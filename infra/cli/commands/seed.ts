/** `cdlc seed`: real data, through the platform's own doors. */
import type { Command } from 'commander'
import { stackFrom } from '../../local/stack.ts'
import { attributions } from '../../seed/attributions.ts'
import { seedMovielens, type SeedReport } from '../../seed/load.ts'
import { showProgress } from '../../seed/progress.ts'
import { table } from '../table.ts'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }

function shown({ steps, matched, seconds }: SeedReport): string {
  const rows = Object.entries(steps).map(([step, { total, added, per_second, seconds: took }]) => [step, total, added, took, per_second])
  return [
    table(['', 'in the sets', 'added', 'seconds', 'per second'], rows),
    `details for ${matched.films} films: ${matched.director} directors, ${matched.studio} studios, ${matched.mpaa_rating} MPAA ratings, `
      + `${matched.runtime_minutes} running times; cast and crew of ${matched.facts}`,
    `${seconds} s in all`,
  ].join('\n')
}

export function register(program: Command): void {
  const command = program.command('seed').description('load sample data through the services')
  command.command('movielens').description('1,682 films and 100,000 ratings of MovieLens-100k; again adds only what is missing').option('--json')
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const stack = stackFrom(process.env)
      const ended = new AbortController()
      process.once('SIGINT', () => { ended.abort(new Error('seeding: interrupted; the same command goes on where this one ended')) })
      const { onProgress, end } = showProgress()
      try {
        const report = await seedMovielens(stack.endpoints, { onProgress, signal: ended.signal, cache: stack.cache })
        end()
        print(json ? JSON.stringify({ ...report, attributions }) : `${shown(report)}\n\n${attributions.map(({ name, text }) => `${name}: ${text}`).join('\n')}`)
      } finally {
        end()
      }
    })
  command.command('accounts').description('an account to sign in with for each role; again sets their passwords and roles anew')
    .action(async () => {
      const { demoPage, enrolDemoAccounts } = await import('../../seed/demo.ts')
      const { endpoints } = stackFrom(process.env)
      await enrolDemoAccounts(endpoints)
      print(demoPage(endpoints.gateway.url))
    })
}
