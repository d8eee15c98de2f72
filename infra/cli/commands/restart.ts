/** `cdlc restart`: ends one server of a running stack and starts it again. */
import type { Command } from 'commander'
import { partsOf, servers } from '../../local/servers/index.ts'
import { stackFrom } from '../../local/stack.ts'
import { waitUntilReady } from '../../local/start.ts'
import { processes, startProcess, stopProcess } from '../../local/supervisor.ts'

export function register(program: Command): void {
  program
    .command('restart')
    .description('restart one server, and wait until it is ready')
    .argument('<name>', 'as in cdlc status')
    .action(async (name: string) => {
      const stack = stackFrom(process.env)
      const all = servers(partsOf(stack))
      const server = all.find((candidate) => candidate.name === name)
      if (server === undefined)
        throw new Error(`restarting '${name}': there is no such server; there are ${all.map((candidate) => candidate.name).join(', ')}`)
      const before = (await processes(stack)).find((process) => process.name === name)
      if (before !== undefined && before.pid !== 0) await stopProcess(stack, name)
      await startProcess(stack, name)
      await waitUntilReady(stack, server, new AbortController().signal)
      console.log(`'${name}' is ready again`)
    })
}
