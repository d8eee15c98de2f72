/** `cdlc connectors`: Debezium in Kafka Connect, from the files of connectors/. */
import { applyConnectors, connectorStatus, restartConnector, validateConnectors, type ConnectorStatus } from '@cdlc/connectors/apply.ts'
import { connectors } from '@cdlc/connectors/configs.ts'
import { rendered } from '@cdlc/connectors/render.ts'
import type { Command } from 'commander'
import { stackFrom } from '../../local/stack.ts'

interface Output { readonly json?: true }

const endpoints = () => stackFrom(process.env).endpoints

/** Prints the result for people or, with `--json`, for programs. */
function print<T>({ json }: Output, result: readonly T[], line: (item: T) => string): void {
  console.log(json === true ? JSON.stringify(result) : result.map(line).join('\n'))
}

const statusLine = ({ name, state, tasks }: ConnectorStatus): string =>
  [`${name.padEnd(16)} ${state}`, ...tasks.map((task) => `  task ${task.id}: ${task.state}${task.problem === undefined ? '' : `: ${task.problem}`}`)].join('\n')

/** True if every task of the connector does its work. */
const runs = ({ state, tasks }: ConnectorStatus): boolean => state === 'RUNNING' && tasks.length > 0 && tasks.every((task) => task.state === 'RUNNING')

export function register(program: Command): void {
  const command = program.command('connectors').description('Debezium in Kafka Connect')

  command.command('apply').description('create or change the connectors so that they are as their files say, and wait until they run')
    .option('--json').action(async (output: Output) => {
      print(output, await applyConnectors(endpoints()), ({ name, action, tasks }) => `${name.padEnd(16)} ${action}, running with ${tasks} task${tasks === 1 ? '' : 's'}`)
    })

  command.command('status').description('state of connectors and tasks; exit 1 unless all run')
    .option('--json').action(async (output: Output) => {
      const all = await connectorStatus(endpoints())
      print(output, all, statusLine)
      if (!all.every(runs)) process.exitCode = 1
    })

  command.command('restart').description('restart connectors and their tasks, and wait until they run').argument('[name...]', 'all, if none is named')
    .option('--json').action(async (names: readonly string[], output: Output) => {
      const chosen = names.length > 0 ? names : connectors().map(({ name }) => name)
      for (const name of chosen) await restartConnector(endpoints(), name)
      print(output, chosen.map((name) => ({ name })), ({ name }) => `${name.padEnd(16)} restarted`)
    })

  command.command('validate').description('have Kafka Connect check the configurations; exit 1 on an error')
    .option('--json').action(async (output: Output) => {
      const all = await validateConnectors(endpoints())
      print(output, all, ({ name, errors }) => [`${name.padEnd(16)} ${errors.length === 0 ? 'sound' : `${errors.length} errors`}`, ...errors.map(({ field, error }) => `  '${field}': ${error}`)].join('\n'))
      if (all.some(({ errors }) => errors.length > 0)) process.exitCode = 1
    })

  command.command('render').description('print a configuration as it is sent to Connect, secrets and all').argument('<name>')
    .action((name: string) => {
      const found = rendered(endpoints()).find((connector) => connector.name === name)
      if (found === undefined) throw new Error(`rendering connector '${name}': there is none of that name; there are ${connectors().map((each) => each.name).join(', ')}`)
      console.log(JSON.stringify(found.config, null, 2))
    })
}
