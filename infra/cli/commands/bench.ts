/** `cdlc bench`: figures, with the machine they were taken on; raw samples go to a file. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { measureFreshness } from '../../bench/freshness.ts'
import { histogram, machine } from '../../bench/statistics.ts'
import { stackFrom } from '../../local/stack.ts'
import { table } from '../table.ts'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }
const BOUNDS = [5, 10, 20, 50, 100, 200, 500]

export function register(program: Command): void {
  const command = program.command('bench').description('measure; the platform must be running')
  command.command('freshness').description('from an acknowledged write to a read that sees it, per store')
    .option('--rate <n>', 'commits a second', '200').option('--seconds <n>', 'how long to write', '60').option('--json')
    .action(async (options: { rate: string; seconds: string; json?: boolean }) => {
      const result = await measureFreshness(stackFrom(process.env).endpoints, {
        rate: wholeNumber('--rate', options.rate, 1, 2_000), seconds: wholeNumber('--seconds', options.seconds, 5, 3_600),
        onProgress: (text) => { process.stderr.write(`${text}\n`) },
      })
      const folder = join(stackFrom(process.env).home, 'bench')
      const file = join(folder, `freshness-${new Date().toISOString().replaceAll(':', '-')}.json`)
      await mkdir(folder, { recursive: true })
      await writeFile(file, JSON.stringify({ machine: machine(), ...result }))
      const { samples, ...summary } = result
      if (options.json === true) return print(JSON.stringify({ machine: machine(), ...summary, file }))
      const ack = result.acknowledged
      print(`${machine()}\n${result.commits} commits at ${result.rate} a second; ms from acknowledgement to a read that sees it\n`)
      print(table(['store', 'read through', 'n', 'p50', 'p95', 'p99', 'max', 'p50 ÷ write', 'never seen', ...BOUNDS.map((bound) => `≤${bound}`), 'more'],
        Object.entries(result.stores).map(([store, q]) => [store, q.through, q.n, q.p50, q.p95, q.p99, q.max, q.p50 / Math.max(ack.p50, 0.001), q.missed, ...histogram(samples[store] ?? [], BOUNDS)])))
      print(`\nthe write itself: p50 ${ack.p50.toFixed(1)}, p95 ${ack.p95.toFixed(1)}, p99 ${ack.p99.toFixed(1)} ms; samples in ${file}`)
      if (Object.values(result.stores).some((store) => store.missed > 0)) process.exitCode = 1
    })
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < min || value > max) throw new Error(`reading ${name}: '${text}' is not a whole number from ${min} to ${max}`)
  return value
}
