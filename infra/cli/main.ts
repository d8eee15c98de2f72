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
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort()
// a command that is named needs no other: it starts sooner, and works when another's file does not
const words = process.argv.slice(2)
const named = words.find((word, place) => names.includes(word) && !['--stack', '--port-offset'].includes(words[place - 1] ?? ''))
for (const name of named === undefined ? names : [named]) {
  const { register } = (await import(new URL(`${name}.ts`, folder).href)) as CommandModule
  register(program)
}

/** Prints an error and what caused it. One that does not say what was attempted is a fault of ours: it shows where it came from. */
function report(error: unknown): void {
  const expected = error instanceof Error && (error.constructor === Error || 'code' in error)
  console.error(error instanceof Error && !expected ? error.stack : messages(error))
}

const messages = (error: unknown): string =>
  !(error instanceof Error) ? String(error) : `${error.message}${error.cause === undefined ? '' : `\n  because: ${messages(error.cause)}`}`

try {
  await program.parseAsync()
} catch (error) {
  report(error)
  process.exitCode = 1
}
