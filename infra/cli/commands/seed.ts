/** `cdlc seed`: real data, through the platform's own doors. */
import type { Command } from 'commander'
import { stackFrom } from '../../local/stack.ts'
import { attributions } from '../../seed/attributions.ts'
import { seedMovielens, type SeedReport } from '../../seed/load.ts'
import { seedSocial } from '../../seed/social.ts'
import type { Counted } from '../../seed/step.ts'
import { wholeNumber } from '../whole-number.ts'
import { showProgress } from '../../seed/progress.ts'
import { table } from '../table.ts'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }

const counted = (steps: Readonly<Record<string, Counted>>): string =>
  table(['', 'in the sets', 'added', 'seconds', 'per second'], Object.entries(steps).map(([step, { total, added, per_second, seconds }]) => [step, total, added, seconds, per_second]))

function shown({ steps, matched, seconds }: SeedReport): string {
  return [
    counted(steps),
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
  command.command('social').description('makes up a social life for the people of MovieLens: cards, follows in a power law, reviews, likes, lists')
    .option('--members <n>', 'those who rate most first', '300').option('--follows <n>', 'of each, on the mean', '12').option('--reviews <n>', 'of each, on the mean', '2').option('--json')
    .action(async ({ json = false, ...sizes }: Readonly<Record<'members' | 'follows' | 'reviews', string>> & { readonly json?: boolean }) => {
      const stack = stackFrom(process.env)
      const ended = new AbortController()
      process.once('SIGINT', () => { ended.abort(new Error('seeding: interrupted; the same command goes on where this one ended')) })
      const { onProgress, end } = showProgress()
      try {
        const report = await seedSocial(stack.endpoints, {
          members: wholeNumber('--members', sizes.members, 2, 943), follows: wholeNumber('--follows', sizes.follows, 1, 100), reviews: wholeNumber('--reviews', sizes.reviews, 0, 20),
          onProgress, signal: ended.signal, cache: stack.cache,
        })
        end()
        print(json ? JSON.stringify(report) : `${counted(report.steps)}\n${report.seconds} s in all`)
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
