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

interface ComponentPorts { readonly name: string; readonly port: PortName; readonly grpc?: PortName }
/** Components by the process they run in, with their ports. The gateway is by itself: what it keeps off the others must not slow it down. */
const processes = {
  services: [{ name: 'inventory', port: 'inventory' }, { name: 'actor', port: 'actor' }, { name: 'customer-services', port: 'customer_services', grpc: 'customer_services_grpc' }],
  platform: [
    { name: 'authorization-server', port: 'authorization_server', grpc: 'authorization_server_grpc' },
    { name: 'configurations-server', port: 'configurations_server', grpc: 'configurations_server_grpc' },
  ],
  social: [
    { name: 'social', port: 'social', grpc: 'social_grpc' },
    { name: 'feed', port: 'feed', grpc: 'feed_grpc' },
    { name: 'graph', port: 'graph' },
    { name: 'collector', port: 'collector' },
  ],
  gateway: [{ name: 'gateway', port: 'gateway' }],
} as const satisfies Readonly<Record<string, readonly ComponentPorts[]>>

/** All components. */
export const services: readonly ComponentPorts[] = Object.values(processes).flat()

const componentsProcess = (name: keyof typeof processes, after: readonly string[], memory_mb: number) => ({ stack }: Parts): Server => {
  const { port } = stack.endpoints
  const components: readonly ComponentPorts[] = processes[name]
  const data = join(stack.home, 'data', name)
  return {
    name, ports: components.flatMap((component) => [component.port, ...component.grpc === undefined ? [] : [component.grpc]]), after, memory_mb,
    command: [...program, join(sourceRoot, 'services', 'main.ts'), ...components.map((component) => component.name)], directory: sourceRoot,
    env: { CDLC_BUILDS_FILE: join(data, 'view-builds.json'), CDLC_CONFIGURATION_FILE: join(data, 'configuration.json') },
    probe: async () => { await Promise.all(components.map((component) => probes.http(`http://127.0.0.1:${port(component.port)}/readyz`))) },
  }
}

export const servicesProcess = componentsProcess('services', ['migrations', 'topics', ...stores], 600)
export const platformProcess = componentsProcess('platform', ['migrations', 'topics', 'redis'], 400)
export const socialProcess = componentsProcess('social', ['migrations', 'topics', ...stores], 500)
export const gatewayProcess = componentsProcess('gateway', ['services', 'platform', 'social'], 400)

/** Catches the mail of a machine that must send none: a page and a REST API show what would have gone out. */
export function mail({ stack }: Parts): Server {
  const { port } = stack.endpoints
  return {
    name: 'mail', ports: ['smtp', 'mail'], after: [], memory_mb: 200, directory: sourceRoot,
    command: [node, join(sourceRoot, 'node_modules', 'maildev', 'dist', 'bin', 'maildev.js'), '--smtp', String(port('smtp')), '--web', String(port('mail')), '--ip', '127.0.0.1', '--web-ip', '127.0.0.1', '--max-emails', '1000', '--silent'],
    probe: () => probes.http(`http://127.0.0.1:${port('mail')}/api/healthz`),
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
