/** `cdlc start`, `cdlc up`, `npm start`: installs, runs, sets up and fills a stack, and stays with it. */
import type { Command } from 'commander'
import { proceed } from '../../local/fill.ts'
import { follow } from '../../local/follow.ts'
import { page } from '../../local/page.ts'
import { progressTo, seconds } from '../../local/progress.ts'
import { stackFrom } from '../../local/stack.ts'
import { markReady, startStack } from '../../local/start.ts'
import { stopStack } from '../../local/stop.ts'

export function register(program: Command): void {
  program.command('start').alias('up').description('start the whole platform; Ctrl-C ends it')
    .option('--empty', 'load no data')
    .option('--detach', 'return when it is ready, and leave it running')
    .action(start)
}

async function start({ empty = false, detach = false }: { readonly empty?: boolean; readonly detach?: boolean }): Promise<void> {
  const stack = stackFrom(process.env)
  const progress = progressTo()
  const ended = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ended.abort(new Error(`${signal}: stopping stack '${stack.name}'`)))
  const from = performance.now()
  if (await startStack(stack, { progress, signal: ended.signal }) === 'running already') {
    console.log(`already running: ${page(stack)}`)
    return
  }
  progress.say(`everything runs after ${seconds(performance.now() - from)}`)
  try {
    await proceed(stack, { empty, progress, signal: ended.signal })
    markReady(stack)
    console.log(page(stack))
    if (detach) return
    progress.say('Ctrl-C ends it all')
    if (await follow(stack, progress, ended.signal) === 'stopped elsewhere') return progress.say(`stack '${stack.name}' was stopped by another command`)
  } catch (error) {
    if (!ended.signal.aborted) throw error
  }
  progress.say(`stopped ${await stopStack(stack, progress)} processes`)
}
