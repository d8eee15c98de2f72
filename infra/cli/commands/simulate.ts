/** `cdlc simulate`: the streams runtime in a made-up world with a virtual clock, where all that can go wrong does, by a seed. */
import { type Campaign, replay, runCampaign } from '@cdlc/streams/simulator/campaign.ts'
import { loadSimulator, type Ran } from '@cdlc/streams/simulator/run.ts'
import type { Command } from 'commander'
import { table } from '../table.ts'
import { wholeNumber } from '../whole-number.ts'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }
const MAX_SHOWN = 20
const MAX_SEED = 0xffff_ffff

export function register(program: Command): void {
  program.command('simulate').description('run the streams runtime against simulated Kafka and stores, with faults from a seed')
    .option('--seed <n>', 'one seed').option('--trace', 'with --seed: every step of it')
    .option('--seeds <n>', 'how many seeds', '1000').option('--from <n>', 'the first of them', '0')
    .option('--view <name>', 'this view, whatever the seed says').option('--json')
    .action(async (options: { seed?: string; trace?: true; seeds: string; from: string; view?: string; json?: true }) => {
      const simulator = await loadSimulator()
      const { view } = options
      if (options.seed !== undefined) {
        const trace = options.trace === undefined ? {} : { trace: (at: number, who: string, what: string) => print(`${String(at).padStart(9)}  ${who.padEnd(10)}  ${what}`) }
        const ran = await simulator.run(wholeNumber('--seed', options.seed, 0, MAX_SEED), { view, ...trace })
        print(options.json === true ? JSON.stringify(ran) : shownRun(ran))
        if (ran.violations.length > 0) process.exitCode = 1
        return
      }
      const seeds = wholeNumber('--seeds', options.seeds, 0, MAX_SEED)
      let done = 0
      const campaign = await runCampaign(simulator, { from: wholeNumber('--from', options.from, 0, MAX_SEED), seeds, view, onRan: () => {
        if (process.stderr.isTTY && ++done % 50 === 0) process.stderr.write(`\r${done.toLocaleString('en-US')} of ${seeds.toLocaleString('en-US')} seeds`)
      } })
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
      print(options.json === true ? JSON.stringify(campaign) : shownCampaign(campaign, view !== undefined))
      if (campaign.broken.length > 0) process.exitCode = 1
    })
}

const shownRun = ({ seed, view, records, workers, steps, virtual_ms, violations }: Ran): string =>
  [`seed ${seed}: view '${view}', ${records} records, ${workers} workers in all, ${steps} steps, ${Math.round(virtual_ms / 1_000)} s of virtual time`,
    ...violations.map(({ at_ms, promise, what }) => `  ✗ ${promise}, at ${at_ms} ms: ${what}`), ...(violations.length === 0 ? ['  ✓ every promise was kept'] : [])].join('\n')

function shownCampaign({ seeds, from, steps, records, workers, virtual_ms, views, broken }: Campaign, named: boolean): string {
  const days = virtual_ms / 86_400_000
  const lines = [
    `${seeds.toLocaleString('en-US')} seeds from ${from}: ${records.toLocaleString('en-US')} records, ${workers.toLocaleString('en-US')} workers, ${steps.toLocaleString('en-US')} steps, ${days.toFixed(1)} days of virtual time`, '',
    table(['view', 'seeds', 'broken'], Object.entries(views).sort().map(([view, count]) => [view, count, broken.filter((one) => one.view === view).length])), '',
  ]
  for (const one of broken.slice(0, MAX_SHOWN)) lines.push(`✗ seed ${one.seed}, ${one.view}, ${one.violation.promise}: ${one.violation.what}`, `  ${replay(one, named)}`)
  if (broken.length > MAX_SHOWN) lines.push(`  … and ${broken.length - MAX_SHOWN} more`)
  lines.push(broken.length === 0 ? '✓ every promise was kept' : `✗ ${broken.length} seeds broke a promise`)
  return lines.join('\n')
}
