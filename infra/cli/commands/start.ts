/** `cdlc start`, `cdlc up`, `npm start`: installs, runs, sets up and fills a stack, and stays with it. */
import type { Command } from 'commander'
import { fill, proveStack } from '../../local/fill.ts'
import { follow } from '../../local/follow.ts'
import { page } from '../../local/page.ts'
import { progressTo, seconds } from '../../local/progress.ts'
import { type Stack, stackFrom } from '../../local/stack.ts'
import { markReady, startStack } from '../../local/start.ts'
import { stopStack } from '../../local/stop.ts'

interface Options {
  readonly empty?: boolean
  readonly detach?: boolean
}

export function register(program: Command): void {
  program
    .command('start')
    .alias('up')
    .description('start the whole platform; Ctrl-C ends it')
    .option('--empty', 'load no data')
    .option('--detach', 'return when it is ready, and leave it running')
    .action(start)
}

async function start(options: Options): Promise<void> {
  const stack = stackFrom(process.env)
  const progress = progressTo()
  const ended = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => ended.abort(new Error(`stopping stack '${stack.name}' on ${signal}`)))
  try {
    const from = performance.now()
    if ((await startStack(stack, { progress, signal: ended.signal })) === 'running already')
      return console.log(`already running: ${page(stack)}`)
    progress.say(`everything runs after ${seconds(performance.now() - from)}`)
    await show(stack, options, ended.signal, progress.say)
    if (options.detach === true) return
    progress.say('following the stack; Ctrl-C ends it all')
    if ((await follow(stack, progress, ended.signal)) === 'stopped elsewhere')
      return progress.say(`stack '${stack.name}' was stopped by another command`)
  } catch (error) {
    if (!ended.signal.aborted) throw error
  }
  progress.say(`stopping stack '${stack.name}'`)
  progress.say(`stopped: ${await stopStack(stack, progress)} processes ended, none is left`)
}

/** Loads the data, prints the page of addresses and the proof. What fails here leaves the stack running, to be looked at. */
async function show(stack: Stack, { empty }: Options, signal: AbortSignal, say: (line: string) => void): Promise<void> {
  try {
    if (empty !== true) await fill(stack, signal)
  } catch (error) {
    if (signal.aborted) throw error
    markReady(stack)
    throw new Error(
      "loading the sample data: the stack still runs: see 'npx cdlc logs services', then 'npx cdlc seed movielens', or 'npm stop'",
      { cause: error },
    )
  }
  markReady(stack)
  console.log(page(stack))
  if (empty !== true) console.log((await import('../../seed/demo.ts')).demoPage(stack.endpoints.gateway.url))
  if (empty === true || (await proveStack(stack, say))) return
  console.error("the proof does not hold: see 'npx cdlc views verify'")
  process.exitCode = 1
}
