/** Which room of the house a file is in, and what may be brought into it. Paths are relative to the root, with `/`. */
import { posix } from 'node:path'

/** What each layer may import besides itself: schemas ← streams ← services; connectors know schemas only; infra stands on top. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  connectors: ['schemas'],
  streams: ['schemas'],
  services: ['schemas', 'streams'],
  infra: ['schemas', 'connectors', 'streams', 'services'],
}

/** Where each driver may be imported: beginnings of paths. All else goes through these files, so that a driver can be replaced. */
export const drivers: Readonly<Record<string, readonly string[]>> = {
  // the test holds our murmur2 to theirs; benches hold the runtime against programs written by hand
  kafkajs: ['streams/runtime/kafka.ts', 'streams/runtime/fetched.ts', 'streams/runtime/assigner.ts', 'streams/runtime/groups.ts', 'streams/runtime/producer.ts', 'streams/runtime/partition.test.ts', 'infra/bench/'],
  ioredis: ['streams/sinks/redis/', 'services/shared/redis.ts', 'infra/local/servers/', 'infra/bench/'],
  'cassandra-driver': ['streams/sinks/scylla/', 'infra/local/servers/'],
  'neo4j-driver': ['streams/sinks/neo4j/', 'infra/local/servers/'],
  '@clickhouse/client': ['streams/sinks/clickhouse/', 'infra/local/servers/'],
  '@grpc/grpc-js': ['services/shared/grpc-'],
  cockatiel: ['services/shared/resilience.ts'],
  mysql2: ['services/shared/', 'infra/'],
  lmdb: ['streams/runtime/local-store.ts'],
  'prom-client': ['streams/runtime/metrics', 'services/shared/telemetry', 'services/shared/http.ts', 'infra/observability/'],
  // its API goes wherever spans are made; what makes them leave the process is set up in one place
  '@opentelemetry/sdk-trace-base': ['streams/runtime/tracing', 'services/shared/telemetry'],
  '@opentelemetry/exporter-trace-otlp-http': ['streams/runtime/tracing'],
}

/** What views and processors may import out of streams/: the vocabulary, and one another's helpers. */
const vocabulary = /^streams\/(runtime\/(view|processor|readers|settings)\.ts|views\/|processors\/)/

/** Tests, and the made-up histories that they run on. */
export const isTest = (file: string): boolean => /\.test\.ts$|\/histories\.ts$/.test(file)
/** Tests on real servers may look at them by themselves, not only through what they test. */
export const isServerTest = (file: string): boolean => /\.(int|e2e)\.test\.ts$/.test(file)
/** Views and processors: pure by where they are. Deciders are pure by what they export. */
export const isProjection = (file: string): boolean => /^streams\/(views|processors)\//.test(file) && !isTest(file)

/** The package a specifier names, without the path inside it; undefined for a relative one and for Node's own. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

/** The file in this house that an import names; undefined where it names something from outside. */
export function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier)
  return specifier.startsWith('@cdlc/') ? specifier.slice('@cdlc/'.length) : undefined
}

/** Why `file` may not import `specifier`, or undefined if it may. */
export function importProblem(file: string, specifier: string): string | undefined {
  return driverProblem(file, specifier) ?? layerProblem(file, specifier)
}

function driverProblem(file: string, specifier: string): string | undefined {
  const homes = drivers[packageOf(specifier) ?? '']
  if (homes === undefined || isServerTest(file) || homes.some((home) => file.startsWith(home))) return undefined
  return `'${specifier}' is imported in ${homes.join(' and ')} only; use what is exported there`
}

function layerProblem(file: string, specifier: string): string | undefined {
  const target = targetOf(file, specifier)
  const [from = '', room = ''] = file.split('/')
  const allowed = layers[from]
  if (target === undefined || allowed === undefined) return undefined
  const [to = '', targetRoom = ''] = target.split('/')
  if (to !== from) {
    if (!allowed.includes(to)) return `${from} may import ${allowed.join(', ') || 'no other folder'}, not '${specifier}'`
    if (specifier.startsWith('.')) return `another folder is imported by its package: '@cdlc/${target}', not '${specifier}'`
    return undefined
  }
  const between = from === 'services' && file.split('/').length > 2 && target.split('/').length > 2 && room !== targetRoom && targetRoom !== 'shared'
  if (between) return `services/${room} may import services/shared, not '${specifier}': components meet in topics and views`
  if (from === 'streams' && isProjection(file) && !vocabulary.test(target)) return `views and processors are written in runtime/view.ts and runtime/readers.ts alone, not with '${specifier}'`
  if (from === 'streams' && room === 'runtime' && /^streams\/(sinks|views|processors)\//.test(target) && !isTest(file)) return `the runtime knows no store and no view by name, not '${specifier}'`
  return undefined
}
