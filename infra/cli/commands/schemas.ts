/** `cdlc schemas`: whether the contracts can follow their history, and freezing the versions that can. */
import { schemaOf } from '@cdlc/schemas/avro.ts'
import { checkContracts, type Break } from '@cdlc/schemas/compatibility.ts'
import { checkGraphql, freezeGraphql, type GraphqlBreak } from '@cdlc/schemas/graphql/history.ts'
import { freeze, frozenVersions } from '@cdlc/schemas/history.ts'
import { contracts, subjectOf } from '@cdlc/schemas/topics.ts'
import type { Command } from 'commander'
import { checkProto, freezeProto, type ProtoBreak } from '../schemas-proto.ts'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }
const printBreaks = (breaks: readonly (Break | ProtoBreak | GraphqlBreak)[]): void => { for (const { subject, path, rule, message } of breaks) print(`✗ ${subject === 'protobuf' || subject === 'graphql' ? path : subject}: ${message} (${rule})`) }

export function register(program: Command): void {
  const command = program.command('schemas').description('the contracts under schemas/avro, schemas/proto and schemas/graphql, and their frozen history')
  command.command('check').description('find changes that would break readers, callers or records of any frozen version').option('--json')
    .action(async (options: { json?: boolean }) => {
      const breaks = checkContracts()
      const versions = contracts.reduce((sum, spec) => sum + frozenVersions(subjectOf(spec.name)).length, 0)
      const proto = await checkProto()
      const graphql = checkGraphql()
      const all = [...breaks, ...proto.breaks, ...graphql.breaks]
      if (options.json === true) print(JSON.stringify({ subjects: contracts.length, versions, breaks: all, protobuf: { files: proto.files, versions: proto.versions }, graphql: { versions: graphql.versions } }))
      else {
        if (breaks.length === 0) print(`✓ ${contracts.length} subjects follow all ${versions} frozen versions`)
        if (proto.breaks.length === 0) print(`✓ ${proto.files} protobuf files follow frozen version ${proto.versions}`)
        if (graphql.breaks.length === 0) print(`✓ the GraphQL schema follows frozen version ${graphql.versions}`)
        printBreaks(all)
      }
      if (all.length > 0) process.exitCode = 1
    })
  command.command('freeze').description('add every contract that changed, and may, as the next version').option('--json')
    .action(async (options: { json?: boolean }) => {
      const breaks = checkContracts()
      const proto = await checkProto()
      const graphql = checkGraphql()
      const barred = [...breaks, ...proto.breaks, ...graphql.breaks].filter(({ rule }) => rule !== 'not-frozen')
      const pending = new Set(breaks.map(({ subject }) => subject))
      const frozen = barred.length > 0 ? [] : [
        ...contracts.filter((spec) => pending.has(subjectOf(spec.name))).map((spec) => ({ subject: subjectOf(spec.name), version: freeze(subjectOf(spec.name), schemaOf(spec.name)) })),
        ...(proto.breaks.length > 0 ? [{ subject: 'protobuf', version: freezeProto() }] : []),
        ...(graphql.breaks.length > 0 ? [{ subject: 'graphql', version: freezeGraphql() }] : []),
      ]
      if (options.json === true) print(JSON.stringify({ frozen, breaks: barred }))
      else if (barred.length > 0) printBreaks(barred)
      else if (frozen.length === 0) print('✓ nothing to freeze')
      else for (const { subject, version } of frozen) print(`✓ ${subject} version ${version}`)
      if (barred.length > 0) process.exitCode = 1
    })
}
