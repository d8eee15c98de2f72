/** `cdlc topics`: the catalogue, as the platform makes it. */
import { compatibilityOf, topics } from '@cdlc/schemas/topics.ts'
import type { Command } from 'commander'
import { table } from '../table.ts'

export function register(program: Command): void {
  const command = program.command('topics').description('the catalogue of topics: keys, records, owners').option('--json')
  command.action((options: { json?: boolean }) => {
    const rows = topics.map((spec) => [
      spec.name, spec.kind, spec.key ?? '-', spec.partitions, spec.record ?? '-', spec.record === null ? '-' : compatibilityOf(spec),
      spec.personal ? 'personal' : '-', spec.owner,
    ])
    process.stdout.write(options.json === true ? `${JSON.stringify(topics)}\n`
      : `${table(['topic', 'kind', 'key', 'partitions', 'record', 'compatibility', 'data', 'owner'], rows)}\n`)
  })
}
