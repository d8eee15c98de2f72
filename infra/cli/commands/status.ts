/** `cdlc status`: how every part of a stack is; exit 0 only when all is ready. */
import type { Command } from 'commander'
import { isAllReady, type Status, statusOf } from '../../local/status.ts'
import { stackFrom } from '../../local/stack.ts'
import { table } from '../table.ts'

export function register(program: Command): void {
  program
    .command('status')
    .description('how every server, connector, service, view and topic is; exit 1 unless all is ready')
    .option('--json')
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const stack = stackFrom(process.env)
      const status = await statusOf(stack)
      console.log(json ? JSON.stringify(status) : shown(status))
      if (isAllReady(status)) return
      if (!json) console.error(`stack '${stack.name}' is not ready`)
      process.exitCode = 1
    })
}

/** The status as tables. */
export function shown({ servers, connectors, services, views, topics }: Status): string {
  const rss_mb = servers.reduce((sum, server) => sum + server.rss_mb, 0)
  return [
    table(
      ['server', 'state', 'port', 'MB'],
      servers.map(({ name, state, port, rss_mb: own }) => [name, state, port === 0 ? '-' : String(port), own]),
    ),
    `all servers: ${rss_mb} MB`,
    table(
      ['connector', 'state', 'tasks'],
      connectors.map(({ name, state, tasks }) => [name, state, tasks.map((task) => task.state).join(', ')]),
    ),
    table(
      ['service', 'state', 'url'],
      services.map(({ name, state, url }) => [name, state, url]),
    ),
    table(
      ['view', 'version', 'store', 'state', 'lag (records)', 'lag (s)'],
      views.map(({ name, version, store, state, lag_records, lag_seconds }) => [
        name,
        version,
        store,
        state,
        lag_records ?? '-',
        lag_seconds ?? '-',
      ]),
    ),
    table(
      ['topic', 'partitions', 'records'],
      topics.map(({ name, partitions, records }) => [name, partitions, records]),
    ),
  ].join('\n\n')
}
