/** The platform's own processes: services and stream workers. */
import { join } from 'node:path'
import type { PortName } from '@cdlc/schemas/endpoints.ts'
import * as probes from '../probes.ts'
import type { Server } from '../server.ts'
import { loader, sourceRoot } from '../stack.ts'
import type { Parts } from './parts.ts'

/** Node 22 of node_modules, whatever Node the machine has. */
const node = join(sourceRoot, 'node_modules', '.bin', 'node')
/** Half of what the workers may take (MB): V8 would let garbage grow to gigabytes on a machine that has them. What is alive is 200 MB at most. */
const HEAP = '--max-old-space-size=448'
/** What a program of ours begins with. */
const program = [node, ...loader] as const
const stores = ['redis', 'cassandra', 'neo4j', 'clickhouse'] as const

/** Components that run in the process `services`, with their ports. */
export const services: readonly { readonly name: string; readonly port: PortName }[] = [
  { name: 'inventory', port: 'inventory' }, { name: 'actor', port: 'actor' }, { name: 'customer-services', port: 'customer_services' },
]

export function servicesProcess({ stack }: Parts): Server {
  const { port } = stack.endpoints
  return {
    name: 'services', ports: services.map((service) => service.port), after: ['migrations', 'topics', ...stores], memory_mb: 600,
    command: [...program, join(sourceRoot, 'services', 'main.ts'), ...services.map(({ name }) => name)], directory: sourceRoot,
    env: { CDLC_BUILDS_FILE: join(stack.home, 'data', 'services', 'view-builds.json') },
    probe: async () => { await Promise.all(services.map((service) => probes.http(`http://127.0.0.1:${port(service.port)}/readyz`))) },
  }
}

export function workers({ stack }: Parts): Server {
  return {
    name: 'workers', ports: ['workers'], after: ['topics', ...stores], memory_mb: 900,
    command: [...program, HEAP, join(sourceRoot, 'streams', 'main.ts')], directory: sourceRoot,
    env: { CDLC_STATE_DIR: join(stack.home, 'data', 'workers') },
    probe: () => probes.http(`http://127.0.0.1:${stack.endpoints.port('workers')}/healthz`),
  }
}

/** Restarts connectors that fail while MySQL or Kafka is away: Kafka Connect does not. It listens nowhere; where there is a process, it works. */
export function connectWatch(_parts: Parts): Server {
  return {
    name: 'connect-watch', ports: [], after: ['connectors'], memory_mb: 200,
    command: [...program, join(sourceRoot, 'connectors', 'main.ts')], directory: sourceRoot,
    probe: async () => {},
  }
}
