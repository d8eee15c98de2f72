/** Restarts connectors and tasks that have failed, which Kafka Connect itself never does: once at first, then at growing intervals. */
import type { Connect, ConnectorState } from './rest.ts'

export interface Restarted {
  readonly name: string
  /** How often in a row. */
  readonly attempt: number
  /** First line of what it failed of. */
  readonly problem: string
}
export interface Watch {
  /** Looks at every connector and restarts what has failed and is due; answers what was restarted. */
  look(): Promise<readonly Restarted[]>
}

const first_ms = 1_000
const last_ms = 60_000

/** `clock` in ms. A connector that runs for a minute has recovered: its next failure is a first one. */
export function createWatch(connect: Pick<Connect, 'names' | 'status' | 'restart'>, clock: () => number): Watch {
  const restarts = new Map<string, { readonly attempt: number; readonly at: number }>()

  async function mend(name: string): Promise<readonly Restarted[]> {
    const problem = problemOf(await connect.status(name))
    const last = restarts.get(name)
    if (problem === undefined) {
      if (last !== undefined && clock() - last.at >= last_ms) restarts.delete(name)
      return []
    }
    if (last !== undefined && clock() - last.at < Math.min(last_ms, first_ms * 2 ** (last.attempt - 1))) return []
    const attempt = (last?.attempt ?? 0) + 1
    restarts.set(name, { attempt, at: clock() })
    await connect.restart(name, true)
    return [{ name, attempt, problem }]
  }

  return {
    async look() {
      return (await Promise.all((await connect.names()).map(mend))).flat()
    },
  }
}

/** What a connector or one of its tasks failed of; undefined where none has. */
function problemOf(status: ConnectorState | undefined): string | undefined {
  const failed = status === undefined ? undefined : [status.connector, ...status.tasks].find(({ state }) => state === 'FAILED')
  return failed === undefined ? undefined : (failed.trace ?? '').split('\n')[0]
}
