/** The command line of the platform. Commands are the files of commands/: one more file is one more command. */
import { readdirSync } from 'node:fs'
import { Command } from 'commander'

type CommandModule = { readonly register: (program: Command) => void }

const program = new Command('cdlc')
  .description('Creme Dela Creme: runs, fills and looks after the platform')
  .option('--stack <name>', 'which stack is meant (CDLC_STACK, else dev)')
  .option('--port-offset <n>', 'added to every port (CDLC_PORT_OFFSET, else 0 or what the running stack has)')
  .hook('preAction', (root) => {
    const { stack, portOffset } = root.opts<{ stack?: string; portOffset?: string }>()
    if (stack !== undefined) process.env['CDLC_STACK'] = stack
    if (portOffset !== undefined) process.env['CDLC_PORT_OFFSET'] = portOffset
  })

const folder = new URL('commands/', import.meta.url)
for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).sort()) {
  const { register } = await import(new URL(file, folder).href) as CommandModule
  register(program)
}

/** An error that says what was attempted needs no stack; any other is a fault of ours and shows it. */
function report(error: unknown): void {
  if (!(error instanceof Error)) return console.error(String(error))
  const expected = error.constructor === Error || 'code' in error
  console.error(expected ? error.message : error.stack)
  if (error.cause !== undefined) report(error.cause)
}

try {
  await program.parseAsync()
} catch (error) {
  report(error)
  process.exitCode = 1
}
