/** How a stack is: each server, connector, service, view and topic, asked at once. */
import { connectorStatus } from '@cdlc/connectors/apply.ts'
import { topics as catalogue } from '@cdlc/schemas/topics.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import * as probes from './probes.ts'
import { rssOf } from './ports.ts'
import type { Server } from './server.ts'
import { partsOf, servers } from './servers/index.ts'
import { services } from './servers/processes.ts'
import { type Stack, supervisorPid } from './stack.ts'
import { type Process, processes } from './supervisor.ts'

/** `ready`: runs and answers. `starting`: does not answer yet. `restarting`: ended, and about to be tried again. `failed`: given up. */
export type ServerState = 'ready' | 'starting' | 'restarting' | 'failed' | 'stopped'
export interface ServerStatus {
  readonly name: string
  readonly state: ServerState
  /** 0 where it listens nowhere. */
  readonly port: number
  readonly rss_mb: number
}
export interface ServiceStatus {
  readonly name: string
  readonly state: 'ready' | 'down'
  readonly url: string
}
export interface ViewLine {
  readonly name: string
  readonly version: number
  readonly store: string
  readonly state: string
  readonly lag_records: number | null
  readonly lag_seconds: number | null
}
export interface TopicLine {
  readonly name: string
  readonly partitions: number
  readonly records: number
}

export interface Status {
  readonly servers: readonly ServerStatus[]
  readonly connectors: readonly {
    readonly name: string
    readonly state: string
    readonly tasks: readonly { readonly id: number; readonly state: string }[]
  }[]
  readonly services: readonly ServiceStatus[]
  readonly views: readonly ViewLine[]
  readonly topics: readonly TopicLine[]
}

/** Asks everything; what does not answer is not ready, and never an error. */
export async function statusOf(stack: Stack): Promise<Status> {
  if (supervisorPid(stack.home) === undefined) {
    const stopped = servers(partsOf(stack)).map((server) => serverStatus(stack, server, undefined, false))
    return {
      servers: stopped,
      connectors: [],
      services: services.map(({ name, port }) => ({ name, state: 'down', url: urlOf(stack, port) })),
      views: [],
      topics: [],
    }
  }
  const running = await processes(stack).catch((): readonly Process[] => [])
  const ready = await Promise.all(
    servers(partsOf(stack)).map(async (server) => {
      const process = running.find(({ name }) => name === server.name)
      return serverStatus(stack, server, process, process !== undefined && process.pid !== 0 && (await answers(server.probe())))
    }),
  )
  const isReady = (name: string): boolean => ready.some((server) => server.name === name && server.state === 'ready')
  const [connectors, own, views, topics] = await Promise.all([
    isReady('connect') ? connectorStatus(stack.endpoints).catch(() => []) : [],
    Promise.all(
      services.map(async ({ name, port }): Promise<ServiceStatus> => ({
        name,
        state: (await answers(probes.http(`${urlOf(stack, port)}/readyz`))) ? 'ready' : 'down',
        url: urlOf(stack, port),
      })),
    ),
    isReady('workers') ? viewsOf(stack).catch(() => []) : [],
    isReady('kafka') ? topicsOf(stack).catch(() => []) : [],
  ])
  return { servers: ready, connectors, services: own, views, topics }
}

/** True if nothing is missing and everything is ready. */
export const isAllReady = ({ servers: all, connectors, services: own, views, topics }: Status): boolean =>
  all.every(({ state }) => state === 'ready')
  && own.every(({ state }) => state === 'ready')
  && connectors.length > 0
  && connectors.every(({ state, tasks }) => state === 'RUNNING' && tasks.length > 0 && tasks.every((task) => task.state === 'RUNNING'))
  && views.length > 0
  && views.every(({ state }) => state === 'running')
  && catalogue.filter(({ kind }) => kind !== 'internal').every(({ name }) => topics.some((topic) => topic.name === name))

function serverStatus({ endpoints }: Stack, { name, ports: [port] }: Server, process: Process | undefined, ready: boolean): ServerStatus {
  return {
    name,
    state: ready ? 'ready' : stateOf(process),
    port: port === undefined ? 0 : endpoints.port(port),
    rss_mb: process === undefined || process.pid === 0 ? 0 : rssOf(process.pid),
  }
}

/** State of a server that does not answer, from supervisor's word for it. */
export function stateOf(process: Pick<Process, 'state'> | undefined): ServerState {
  switch (process?.state) {
    case 'STARTING':
    case 'RUNNING':
      return 'starting'
    case 'BACKOFF':
    case 'EXITED':
      return 'restarting'
    case 'FATAL':
    case 'UNKNOWN':
      return 'failed'
    default:
      return 'stopped'
  }
}

const urlOf = ({ endpoints }: Stack, port: (typeof services)[number]['port']): string => `http://127.0.0.1:${endpoints.port(port)}`
const answers = (probe: Promise<void>): Promise<boolean> =>
  probe.then(
    () => true,
    () => false,
  )

/** What the workers say of their views. Throws where they do not answer. */
export async function viewsOf({ endpoints }: Pick<Stack, 'endpoints'>): Promise<readonly ViewLine[]> {
  const response = await fetch(`http://127.0.0.1:${endpoints.port('workers')}/views`, { signal: AbortSignal.timeout(5000) })
  const views = (await response.json()) as readonly ViewLine[]
  return views.map(({ name, version, store, state, lag_records, lag_seconds }) => ({
    name,
    version,
    store,
    state,
    lag_records,
    lag_seconds,
  }))
}

/** Topics of the catalogue that are there, with the number of records they hold. */
async function topicsOf({ endpoints }: Stack): Promise<readonly TopicLine[]> {
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-status')
  try {
    const there = new Set(await kafka.topics())
    return await Promise.all(
      catalogue
        .filter(({ name }) => there.has(name))
        .map(async ({ name }) => {
          const offsets = await kafka.offsets(name)
          return { name, partitions: offsets.length, records: offsets.reduce((sum, { low, high }) => sum + high - low, 0) }
        }),
    )
  } finally {
    await kafka.close()
  }
}
