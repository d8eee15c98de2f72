/** Brings Kafka Connect to what the files of this folder say; doing it again changes nothing. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import type { Connector } from './configs.ts'
import { rendered } from './render.ts'
import { connectAt, connectError, type Connect } from './rest.ts'

type Environment = Readonly<Record<string, string | undefined>>
export interface Applied { readonly name: string; readonly action: 'created' | 'changed' | 'unchanged'; readonly tasks: number }
/** `state` is Connect's own word (RUNNING, PAUSED, FAILED …), or MISSING where the connector is not there; `problem` the first line of a failure. */
export interface ConnectorStatus { readonly name: string; readonly state: string; readonly tasks: readonly { readonly id: number; readonly state: string; readonly problem?: string }[] }
export interface FieldErrors { readonly name: string; readonly errors: readonly { readonly field: string; readonly error: string }[] }

/** Asks Connect to check each connector's configuration; one entry per connector, empty `errors` where it is sound. */
export async function validateConnectors(endpoints: Endpoints, env: Environment = process.env): Promise<readonly FieldErrors[]> {
  const connect = connectAt(endpoints.connect.url)
  return await Promise.all(rendered(endpoints, env).map((connector) => validate(connect, connector)))
}

async function validate(connect: Connect, { name, config }: Connector): Promise<FieldErrors> {
  const { configs } = await connect.validate(config)
  return { name, errors: configs.flatMap(({ value }) => value?.errors.map((error) => ({ field: value.name, error })) ?? []) }
}

/** Validates every connector, then creates or changes those that differ, and waits until all run; throws past `deadline_ms`. */
export async function applyConnectors(
  endpoints: Endpoints,
  { env = process.env, deadline_ms = 120_000 }: { readonly env?: Environment; readonly deadline_ms?: number } = {},
): Promise<readonly Applied[]> {
  const connect = connectAt(endpoints.connect.url)
  const all = rendered(endpoints, env)
  const wrong = (await Promise.all(all.map((connector) => validate(connect, connector)))).filter(({ errors }) => errors.length > 0)
  if (wrong.length > 0) {
    const lines = wrong.flatMap(({ name, errors }) => errors.map(({ field, error }) => `\n  ${name}: '${field}': ${error}`))
    throw connectError('connect_refused', `applying connectors: Kafka Connect finds fault with${lines.join('')}`)
  }
  return await Promise.all(all.map(async ({ name, config }): Promise<Applied> => {
    const before = await connect.config(name)
    const action = before === undefined ? 'created' : same(before, config) ? 'unchanged' : 'changed'
    if (action !== 'unchanged') await connect.configure(name, config)
    return { name, action, tasks: await running(connect, name, deadline_ms) }
  }))
}

const same = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean => {
  const fields = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...fields].every((field) => a[field] === b[field])
}

/** Number of tasks once connector and tasks run. A failed task is restarted, at most once in five seconds. */
async function running(connect: Connect, name: string, deadline_ms: number): Promise<number> {
  const deadline = Date.now() + deadline_ms
  let restarted_at = 0
  for (;;) {
    const status = await connect.status(name)
    const states = status === undefined ? [] : [status.connector, ...status.tasks]
    if (status !== undefined && status.tasks.length > 0 && states.every(({ state }) => state === 'RUNNING')) return status.tasks.length
    if (status !== undefined && /^(PAUSED|STOPPED)$/.test(status.connector.state)) {
      throw connectError('connect_not_running', `waiting for connector '${name}': it is ${status.connector.state}, as an operator has left it; resume it (PUT /connectors/${name}/resume)`)
    }
    if (Date.now() > deadline) {
      const seen = states.map(({ state, trace }) => `${state}${trace === undefined ? '' : `: ${problemOf(trace)}`}`).join(', ') || 'MISSING'
      throw connectError('connect_not_running', `waiting for connector '${name}': after ${deadline_ms} ms it is ${seen}; its log is Connect's`)
    }
    if (states.some(({ state }) => state === 'FAILED') && Date.now() - restarted_at > 5_000) {
      await connect.restart(name, true)
      restarted_at = Date.now()
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** The innermost cause of a Java stack trace; it alone says what went wrong. */
const problemOf = (trace: string): string => (trace.split('\n').findLast((line) => line.startsWith('Caused by: ')) ?? trace.split('\n')[0] ?? '').trim()

/** State of every connector of this folder, and of any other that Connect has. */
export async function connectorStatus(endpoints: Endpoints, env: Environment = process.env): Promise<readonly ConnectorStatus[]> {
  const connect = connectAt(endpoints.connect.url, { timeout_ms: 10_000 })
  const names = new Set([...rendered(endpoints, env).map(({ name }) => name), ...await connect.names()])
  return await Promise.all([...names].sort().map(async (name): Promise<ConnectorStatus> => {
    const status = await connect.status(name)
    if (status === undefined) return { name, state: 'MISSING', tasks: [] }
    const tasks = status.tasks.map(({ id, state, trace }) => ({ id, state, ...(trace === undefined ? {} : { problem: problemOf(trace) }) }))
    return { name, state: status.connector.state, tasks }
  }))
}

/** Restarts a connector and its tasks, and waits until they run. */
export async function restartConnector(endpoints: Endpoints, name: string, { deadline_ms = 60_000 }: { readonly deadline_ms?: number } = {}): Promise<void> {
  const connect = connectAt(endpoints.connect.url)
  if (await connect.config(name) === undefined) throw connectError('connect_not_running', `restarting connector '${name}': there is none of that name; there are ${(await connect.names()).join(', ')}`)
  await connect.restart(name, false)
  await running(connect, name, deadline_ms)
}
