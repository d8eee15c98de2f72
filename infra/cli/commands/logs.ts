/** `cdlc logs`: the end of a server's log. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { stackFrom } from '../../local/stack.ts'
import { logOf } from '../../local/supervisor.ts'

export function register(program: Command): void {
  program
    .command('logs')
    .description("the end of a server's log")
    .argument('<name>', 'as in cdlc status')
    .option('-n, --lines <count>', 'how many lines', '50')
    .option('-f, --follow', 'go on with what comes')
    .action(async (name: string, { lines, follow = false }: { readonly lines: string; readonly follow?: boolean }) => {
      const stack = stackFrom(process.env)
      const log = logOf(stack, name)
      if (!existsSync(log)) {
        const folder = join(stack.home, 'logs')
        const there = existsSync(folder)
          ? readdirSync(folder)
              .filter((file) => file.endsWith('.log'))
              .map((file) => file.slice(0, -'.log'.length))
              .join(', ')
          : ''
        throw new Error(
          `reading log '${name}' of stack '${stack.name}': there is none of that name; there are `
            + (there === '' ? 'none at all: it was never started' : there),
        )
      }
      const tail = spawn('tail', ['-n', lines, ...(follow ? ['-F'] : []), log], { stdio: 'inherit' })
      process.exitCode = await new Promise<number>((resolve, reject) => {
        tail.once('error', reject)
        tail.once('exit', (code) => resolve(code ?? 0))
      })
    })
}
