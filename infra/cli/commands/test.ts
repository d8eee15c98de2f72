/** `cdlc test`, `npm test`: every test there is, on a stack of its own that is brought up and taken down again. */
import { type Command, Option } from 'commander'
import { progressTo } from '../../local/progress.ts'
import { summary } from '../../test/counts.ts'
import { runPhases } from '../../test/phases.ts'
import { selectable, suite, testEnvironment, type Selectable } from '../../test/suite.ts'

export function register(program: Command): void {
  program.command('test').description('run every test; the last line is \'N passed, N failed\'')
    .addOption(new Option('--only <phases...>', 'run these phases alone').choices(selectable))
    .action(test)
}

async function test({ only = selectable }: { readonly only?: readonly Selectable[] }, command: Command): Promise<void> {
  const { portOffset } = command.optsWithGlobals<{ portOffset?: string }>()
  const ended = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { ended.abort(new Error(`${signal}: breaking off the tests`)) })
  const progress = progressTo()
  const total = await runPhases(suite(only, testEnvironment(process.env, portOffset), progress), progress.say, ended.signal)
  if (ended.signal.aborted) progress.say('broken off: not everything was run')
  console.log(summary(total))
  if (total.failed > 0 || ended.signal.aborted) process.exitCode = 1
}
