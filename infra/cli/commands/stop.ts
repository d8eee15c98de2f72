/** `cdlc stop`, `cdlc down`, `npm stop`: ends a stack. */
import type { Command } from 'commander'
import { progressTo } from '../../local/progress.ts'
import { stackFrom } from '../../local/stack.ts'
import { stopStack } from '../../local/stop.ts'

export function register(program: Command): void {
  program
    .command('stop')
    .alias('down')
    .description('stop a stack; its data stays')
    .action(async () => {
      const stack = stackFrom(process.env)
      const count = await stopStack(stack, progressTo())
      console.log(
        count === 0 ? `stack '${stack.name}' does not run` : `stack '${stack.name}' is stopped: ${count} processes ended, none is left`,
      )
    })
}
