/** `cdlc schemas`: whether the contracts can follow their history, and freezing the versions that can. */
import { schemaOf } from '@cdlc/schemas/avro.ts'
import { checkContracts } from '@cdlc/schemas/compatibility.ts'
import { freeze, frozenVersions } from '@cdlc/schemas/history.ts'
import { contracts, subjectOf } from '@cdlc/schemas/topics.ts'
import type { Command } from 'commander'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }

export function register(program: Command): void {
  const command = program.command('schemas').description('the contracts under schemas/avro and their frozen history')
  command.command('check').description('find changes that would break readers or records of any frozen version').option('--json')
    .action((options: { json?: boolean }) => {
      const breaks = checkContracts()
      const versions = contracts.reduce((sum, spec) => sum + frozenVersions(subjectOf(spec.name)).length, 0)
      if (options.json === true) print(JSON.stringify({ subjects: contracts.length, versions, breaks }))
      else if (breaks.length === 0) print(`✓ ${contracts.length} subjects follow all ${versions} frozen versions`)
      else for (const { subject, rule, message } of breaks) print(`✗ ${subject}: ${message} (${rule})`)
      if (breaks.length > 0) process.exitCode = 1
    })
  command.command('freeze').description('add every schema that changed, and may, as the next version of its subject').option('--json')
    .action((options: { json?: boolean }) => {
      const breaks = checkContracts()
      const barred = breaks.filter(({ rule }) => rule !== 'not-frozen')
      const pending = new Set(breaks.map(({ subject }) => subject))
      const frozen = barred.length > 0 ? [] : contracts.filter((spec) => pending.has(subjectOf(spec.name)))
        .map((spec) => ({ subject: subjectOf(spec.name), version: freeze(subjectOf(spec.name), schemaOf(spec.name)) }))
      if (options.json === true) print(JSON.stringify({ frozen, breaks: barred }))
      else if (barred.length > 0) for (const { subject, rule, message } of barred) print(`✗ ${subject}: ${message} (${rule})`)
      else if (frozen.length === 0) print('✓ nothing to freeze')
      else for (const { subject, version } of frozen) print(`✓ ${subject} version ${version}`)
      if (barred.length > 0) process.exitCode = 1
    })
}
