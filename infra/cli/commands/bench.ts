/** `cdlc bench <name>`: figures, with the machine they were taken on; raw samples go to a file. Every bench is a file of bench/benches. */
import { readdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Bench, Report } from '../../bench/bench.ts'
import { figureTable, judge } from '../../bench/figures.ts'
import { load, machine, versions } from '../../bench/machine.ts'
import { stackFrom } from '../../local/stack.ts'
import { table } from '../table.ts'
import { wholeNumber } from '../whole-number.ts'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }
const folder = new URL('../../bench/benches/', import.meta.url)

const files = readdirSync(folder).filter((name) => /^[a-z-]+\.ts$/.test(name)).sort()
const benches = await Promise.all(files.map(async (file) => [file.slice(0, -'.ts'.length), ((await import(new URL(file, folder).href)) as { default: Bench }).default] as const))

export function register(program: Command): void {
  const command = program.command('bench').description('measure; the platform must be running')
  for (const [name, bench] of benches) {
    const sub = command.command(name).description(bench.description)
    for (const [option, { description, standard }] of Object.entries(bench.options)) sub.option(`--${option} <n>`, description, String(standard))
    for (const [flag, description] of Object.entries(bench.flags)) sub.option(`--${flag}`, description)
    sub.option('--json', 'print JSON').action((given: Readonly<Record<string, string | boolean | undefined>>) => run(name, bench, given))
  }
}

async function run(name: string, bench: Bench, given: Readonly<Record<string, string | boolean | undefined>>): Promise<void> {
  const stack = stackFrom(process.env)
  const options = Object.fromEntries(Object.entries(bench.options).map(([option, { min, max }]) => [option, wholeNumber(`--${option}`, String(given[option]), min, max)]))
  const flags = Object.fromEntries(Object.keys(bench.flags).map((flag) => [flag, given[flag] === true]))
  const home = join(stack.home, 'bench')
  await mkdir(home, { recursive: true })
  const about = { bench: name, options, machine: machine(), versions: await versions(stack.endpoints, bench.servers), load: { start: load() } }
  let ended: NodeJS.Signals | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { ended = signal })
  const say = (text: string): void => {
    if (ended !== undefined) throw new Error(`measuring ${name}: ended by ${ended}`)
    process.stderr.write(`${text}\n`)
  }
  const report = await bench.run({ stack, endpoints: stack.endpoints, options, flags, folder: home, say })
  const figures = report.figures.map(judge)
  const found = { ...about, load: { ...about.load, end: load() }, what: report.what, figures, sections: report.sections ?? [] }
  const file = join(home, `${name}-${new Date().toISOString().replaceAll(':', '-')}.json`)
  await writeFile(file, JSON.stringify({ ...found, samples: report.samples }))
  if (given['json'] === true) print(JSON.stringify({ ...found, file }))
  else print(page(found, report, file))
  if (report.broken === undefined) return
  process.stderr.write(`${report.broken}\n`)
  process.exitCode = 1
}

function page(found: { readonly machine: string; readonly versions: Readonly<Record<string, string>>; readonly load: Readonly<Record<string, readonly number[]>>; readonly figures: readonly ReturnType<typeof judge>[] }, report: Report, file: string): string {
  const servers = Object.entries(found.versions).map(([server, version]) => `${server} ${version}`).join(', ')
  return [
    `${found.machine}\n${servers}; load average ${found.load['start']?.join(' ')} at the start, ${found.load['end']?.join(' ')} at the end\n${report.what}`,
    figureTable(found.figures),
    ...(report.sections ?? []).map(({ title, head, rows }) => `${title}\n${table(head, rows)}`),
    `samples in ${file}`,
  ].join('\n\n')
}
