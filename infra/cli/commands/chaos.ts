/** `cdlc chaos`: kills the real processes of a running stack, under load, and holds what is left against what was promised. */
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { runCampaign } from '../../chaos/campaign.ts'
import { markdownOf, reportOf } from '../../chaos/report.ts'
import { type Stack, stackFrom } from '../../local/stack.ts'
import { wholeNumber } from '../whole-number.ts'

interface Options {
  readonly kills: string
  readonly seed?: string
  readonly resume?: boolean
  readonly rate?: string
  readonly only?: readonly string[]
  readonly json?: boolean
}

export function register(program: Command): void {
  program.command('chaos').description('kill servers, services and workers of a running stack under load, and verify; exit 1 on any difference')
    .option('--kills <n>', 'kills in all, those before --resume included', '20')
    .option('--seed <n>', 'what dies when; the same seed gives the same kills (a new one)')
    .option('--resume', 'go on with the campaign of this seed, or with the last one')
    .option('--rate <n>', 'writes a second (25, or as before)')
    .option('--only <names...>', 'kill these alone, as in cdlc status')
    .option('--json')
    .action(chaos)
}

async function chaos({ kills, seed, resume = false, rate, only, json = false }: Options): Promise<void> {
  const stack = stackFrom(process.env)
  const number = seed === undefined ? (resume ? lastSeed(stack) : Math.floor(Math.random() * 1_000_000)) : wholeNumber('--seed', seed, 0, 2 ** 31)
  const folder = folderOf(stack, number)
  const ended = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort())
  const say = (text: string): void => { process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`) }
  say(`stack '${stack.name}', seed ${number}, state in '${folder}'`)
  const campaign = await runCampaign(stack, {
    folder, seed: number, kills: wholeNumber('--kills', kills, 1, 1_000_000), resume, signal: ended.signal, onProgress: say,
    ...(rate === undefined ? {} : { rate: wholeNumber('--rate', rate, 1, 1_000) }), ...(only === undefined ? {} : { targets: only }),
  })
  const report = reportOf(campaign)
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(join(folder, 'report.md'), markdownOf(report))
  console.log(json ? JSON.stringify(report) : markdownOf(report))
  if (campaign.verdict === 'unfinished') say(`broken off: npx cdlc --stack ${stack.name} chaos --seed ${number} --kills ${kills} --resume`)
  if (campaign.verdict !== 'clean') process.exitCode = 1
}

const root = (stack: Stack): string => join(stack.home, 'chaos')
const folderOf = (stack: Stack, seed: number): string => join(root(stack), `seed-${seed}`)

/** Seed of the campaign that was begun last. */
function lastSeed(stack: Stack): number {
  const found = readdirSync(root(stack))
    .flatMap((name) => (/^seed-\d+$/.test(name) ? [{ seed: Number(name.slice('seed-'.length)), at: statSync(join(root(stack), name)).birthtimeMs }] : []))
    .sort((a, b) => b.at - a.at)[0]
  if (found === undefined) throw new Error(`continuing a campaign: there is none in '${root(stack)}'`)
  return found.seed
}
