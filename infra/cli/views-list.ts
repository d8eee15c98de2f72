/** `cdlc views list`: every view with its store, state and lag. */
import { views } from '@cdlc/streams/runtime/registry.ts'
import type { ViewStatus } from '@cdlc/streams/runtime/worker.ts'
import type { Command } from 'commander'
import { stackFrom } from '../local/stack.ts'
import { table } from './table.ts'

/** Adds `list` to the command `views`. */
export function registerList(command: Command): void {
  command.command('list').description('every view with its store, state and lag').option('--json').action(async (options: { json?: boolean }) => {
    const url = `http://127.0.0.1:${stackFrom(process.env).endpoints.port('workers')}/views`
    const running = await fetch(url, { signal: AbortSignal.timeout(10_000) }).then(async (response) => await response.json() as readonly ViewStatus[], () => [])
    const all = (await views()).map((view) => {
      const status = running.find((candidate) => candidate.name === view.name)
      return status ?? { name: view.name, version: view.version, store: view.store, state: 'down', lag_records: null, lag_seconds: null }
    })
    process.stdout.write(`${options.json === true ? JSON.stringify(all) : table(['view', 'version', 'store', 'state', 'lag (records)', 'lag (s)'],
      all.map((view) => [view.name, view.version, view.store, view.state, view.lag_records ?? '-', view.lag_seconds ?? '-']))}\n`)
    if (all.some((view) => view.state !== 'running')) process.exitCode = 1
  })
}
