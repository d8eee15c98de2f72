/** `cdlc views rebuild` and `cdlc views drop`: builds of views made anew, gone back to, and removed. */
import { createInterface } from 'node:readline/promises'
import type { Log } from '@cdlc/streams/runtime/log.ts'
import { views, viewsNamed } from '@cdlc/streams/runtime/registry.ts'
import { openLiveSinks, type LiveSinks } from '@cdlc/streams/sinks/live.ts'
import type { Command } from 'commander'
import { stackFrom } from '../local/stack.ts'
import { dropVersionOf } from '../rebuild/drop.ts'
import { durationMs } from '../rebuild/duration.ts'
import { abortView, rebuildView, type RebuildResult, rollBackView, VerificationError } from '../rebuild/rebuild.ts'
import { showSteps } from '../rebuild/show.ts'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }
/** Routine is shown by the steps; what goes wrong underneath is worth a line. */
const log: Log = (level, message, { cause }) => { if (level !== 'info') process.stderr.write(`${message}${cause instanceof Error ? `: ${cause.message}` : ''}\n`) }

async function withPlatform<T>(task: (live: LiveSinks) => Promise<T>): Promise<T> {
  const live = openLiveSinks(stackFrom(process.env).endpoints, { component: 'cli', log })
  try {
    return await task(live)
  } finally {
    await live.close()
  }
}

async function agreed(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}

interface RebuildFlags { readonly grace: string; readonly verify: string; readonly yes?: boolean; readonly json?: boolean; readonly rollback?: boolean; readonly abort?: boolean }

/** Adds `rebuild` to the command `views`. */
export function registerRebuild(command: Command): void {
  command.command('rebuild <name>')
    .description('fill a new build of a view beside the old one, verify it, switch readers to it; run again, it continues')
    .option('--grace <time>', 'how long the build that readers leave is kept', '10m')
    .option('--verify <against>', '`old`: the build that is live; `tables`: MySQL', 'old')
    .option('--yes', 'switch without asking').option('--rollback', 'have readers go back to the previous build').option('--abort', 'give up the build that is being filled')
    .option('--json')
    .action(async (name: string, flags: RebuildFlags) => {
      const { verify } = flags
      if (verify !== 'old' && verify !== 'tables') throw new Error(`rebuilding '${name}': --verify is 'old' or 'tables', not '${verify}'`)
      if (flags.rollback === true && flags.abort === true) throw new Error(`rebuilding '${name}': --rollback and --abort are two things; choose one`)
      const asks = flags.yes !== true && flags.rollback !== true && flags.abort !== true
      if (asks && !process.stdin.isTTY) throw new Error(`rebuilding '${name}': nobody is there to be asked before readers switch; pass --yes`)
      const grace_ms = durationMs(flags.grace)
      const [view] = await viewsNamed([name])
      if (view === undefined) return
      const shown = showSteps(view, process.stderr)
      await withPlatform(async (live) => {
        try {
          if (flags.abort === true) {
            const build = await abortView(live, view)
            print(flags.json === true ? JSON.stringify({ view: name, aborted: build }) : `build ${build} of '${name}' is given up; workers remove it`)
            return
          }
          const deciding = { grace_ms, onStep: shown.step }
          const result = flags.rollback === true ? await rollBackView(live, view, deciding) : await rebuildView(live, stackFrom(process.env).endpoints, view, {
            ...deciding, verify, ...asks ? { confirm: async () => { shown.end(); return agreed(`have readers of '${name}' read the new build?`) } } : {} })
          shown.end()
          print(flags.json === true ? JSON.stringify(result) : told(name, result))
        } catch (cause) {
          shown.end()
          if (!(cause instanceof VerificationError)) throw cause
          if (flags.json === true) print(JSON.stringify({ view: name, verdict: cause.verdict }))
          else for (const { row, id, expected, actual } of cause.verdict.differences) print(`    ${row} ${id}\n      ${verify === 'old' ? 'old  ' : 'MySQL'} ${JSON.stringify(expected)}\n      new   ${JSON.stringify(actual)}`)
          throw cause
        }
      })
    })
}

const told = (name: string, { live, previous, followers, retire_at }: Pick<RebuildResult, 'live' | 'previous' | 'followers' | 'retire_at'>): string =>
  `readers of '${name}' read build ${live}, in all ${followers.length} processes that follow; build ${previous} is removed at ${new Date(retire_at).toISOString()}, `
  + `until then 'cdlc views rebuild ${name} --rollback' goes back to it`

/** Adds `drop` to the command `views`. */
export function registerDrop(command: Command): void {
  command.command('drop <name>').description('remove all that is left of a version of a view that no code defines any more')
    .requiredOption('--version <n>', 'which version').option('--yes', 'drop without asking').option('--json')
    .action(async (name: string, flags: { readonly version: string; readonly yes?: boolean; readonly json?: boolean }) => {
      const edition = `${name}-v${flags.version}`
      if ((await views()).some((view) => view.name === name && String(view.version) === flags.version)) {
        throw new Error(`dropping '${edition}': streams/views defines it, and workers would begin it again; raise its version or remove it there first`)
      }
      if (flags.yes !== true && !(process.stdin.isTTY && await agreed(`remove every row of '${edition}'?`))) throw new Error(`dropping '${edition}': not without a yes; pass --yes`)
      const dropped: string[] = []
      await withPlatform((live) => dropVersionOf(live, edition, (build) => dropped.push(build)))
      print(flags.json === true ? JSON.stringify({ edition, dropped }) : `'${edition}' is gone: ${dropped.join(', ') || 'nothing was left of it'}`)
    })
}
