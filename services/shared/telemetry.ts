/**
 * What services tell Prometheus. Each component's requests are told on its own port; what belongs to the whole process (its stores,
 * its memory) on the port of the first component that runs in it, so that sums over ports count everything once.
 *
 * Labels are routes as they are declared, methods, codes and names of stores: nothing that a client can make up.
 */
import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Of this process. */
export const processRegistry = new Registry()
const registers = [processRegistry]

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export type Outcome = 'committed' | 'refused' | 'failed'
export const transactionSeconds = new Histogram({
  name: 'cdlc_mysql_transaction_duration_seconds',
  help: 'Time of a transaction, waiting for a connection and lost races included; outcome: committed, refused by a rule, failed.',
  labelNames: ['database', 'outcome'] as const,
  buckets: REQUEST_SECONDS,
  registers,
})
export const transactionRetries = new Counter({
  name: 'cdlc_mysql_transaction_retries_total',
  help: 'Transactions run again after a deadlock or a lost race for a unique key.',
  labelNames: ['database'] as const,
  registers,
})
export const viewQuerySeconds = new Histogram({
  name: 'cdlc_view_query_duration_seconds',
  help: 'Time of a question to a view; outcome: answered, unavailable.',
  labelNames: ['view', 'store', 'outcome'] as const,
  buckets: REQUEST_SECONDS,
  registers,
})
export const readAfterSeconds = new Histogram({
  name: 'cdlc_read_after_wait_seconds',
  help: "How long reads with Read-After waited for the caller's writes to be in the view; served_from: view, or mysql where they were not in time.",
  labelNames: ['served_from'] as const,
  buckets: REQUEST_SECONDS,
  registers,
})

export const callsRefused = new Counter({
  name: 'cdlc_calls_refused_total',
  help: 'Calls to another process that were not made; reason: bulkhead, too many were under way; circuit, it had not answered for a while.',
  labelNames: ['called', 'reason'] as const,
  registers,
})
export const rpcServerSeconds = new Histogram({
  name: 'cdlc_rpc_server_duration_seconds',
  help: 'Time from a gRPC call to its answer, or to the end of its stream, by status code.',
  labelNames: ['service', 'method', 'code'] as const,
  buckets: REQUEST_SECONDS,
  registers,
})
export const rpcStreams = new Gauge({
  name: 'cdlc_rpc_server_streams',
  help: 'gRPC streams that are being answered.',
  labelNames: ['service', 'method'] as const,
  registers,
})
export const rpcClientSeconds = new Histogram({
  name: 'cdlc_rpc_client_duration_seconds',
  help: 'Time of a gRPC call to another process, further tries included; outcome: answered, refused by a rule, unavailable, failed.',
  labelNames: ['called', 'method', 'outcome'] as const,
  buckets: REQUEST_SECONDS,
  registers,
})

const circuits = new Map<string, () => string>()
const circuitBreaks = new Counter({
  name: 'cdlc_circuit_breaks_total',
  help: 'Times that a circuit opened, as the process called had not answered several times in a row.',
  labelNames: ['called'] as const,
  registers,
})
processRegistry.registerMetric(
  new Gauge({
    name: 'cdlc_circuit_state',
    help: '1 for the state the circuit is in, 0 for the others: closed, half_open, open.',
    labelNames: ['called', 'state'],
    registers: [],
    collect() {
      for (const [called, state] of circuits) for (const one of ['closed', 'half_open', 'open']) this.set({ called, state: one }, state() === one ? 1 : 0)
    },
  }),
)
/** Tells of a circuit from now on; `onBreak` is given what to call when it opens. */
export function watchCircuit(called: string, state: () => string, onBreak: (listener: () => void) => void): void {
  circuits.set(called, state)
  circuitBreaks.inc({ called }, 0)
  onBreak(() => circuitBreaks.inc({ called }))
}

/** How a pool stands at one moment. */
export interface PoolState {
  readonly in_use: number
  readonly waiting: number
  readonly limit: number
}
const pools = new Map<string, () => PoolState>()
const poolGauge = (name: string, help: string, value: (state: PoolState) => number): Gauge =>
  new Gauge({
    name,
    help,
    labelNames: ['database'],
    registers,
    collect() {
      for (const [database, state] of pools) this.set({ database }, value(state()))
    },
  })
poolGauge('cdlc_mysql_pool_connections_in_use', 'Connections to MySQL that a request holds.', ({ in_use }) => in_use)
poolGauge('cdlc_mysql_pool_connections_limit', 'Connections to MySQL at most.', ({ limit }) => limit)
poolGauge('cdlc_mysql_pool_waiting', 'Requests that wait for a connection to MySQL.', ({ waiting }) => waiting)

/** Tells of a database's pool from now on. */
export function watchPool(database: string, state: () => PoolState): void {
  pools.set(database, state)
  transactionRetries.inc({ database }, 0)
}

export const readsByServer = new Counter({
  name: 'cdlc_mysql_reads_total',
  help: 'Reads that a replica may answer, where there is one; server: replica, or source where the replica was left out or failed.',
  labelNames: ['database', 'server'] as const,
  registers,
})
/** How a replica stands at one moment. */
export interface ReplicaState {
  readonly usable: boolean
  /** What was committed before so many seconds is on it. */
  readonly behind_s: number
}
const replicas = new Map<string, () => ReplicaState>()
const replicaGauge = (name: string, help: string, value: (state: ReplicaState) => number): Gauge =>
  new Gauge({
    name,
    help,
    labelNames: ['database'],
    registers,
    collect() {
      for (const [database, state] of replicas) this.set({ database }, value(state()))
    },
  })
replicaGauge('cdlc_mysql_replica_usable', 'Whether reads go to the replica: 1, or 0 while it is away or too far behind.', ({ usable }) => (usable ? 1 : 0))
replicaGauge('cdlc_mysql_replica_behind_seconds', 'What was committed before so many seconds is known to be on the replica.', ({ behind_s }) => behind_s)
/** Tells of a database's replica from now on. */
export function watchReplica(database: string, state: () => ReplicaState): void {
  replicas.set(database, state)
}

/** Runs the work and tells how long it took, and what it failed with, if it did. */
export function timed<T>(work: () => Promise<T>, tell: (seconds: number, error: unknown) => void): Promise<T> {
  const from = performance.now()
  const told = (error: unknown): void => {
    tell((performance.now() - from) / 1_000, error)
  }
  const done = work()
  done.then(() => told(undefined), told)
  return done
}

/** Counts the app's requests and serves `/metrics`: the component's own, and those of `also`. */
export function measureRequests(app: FastifyInstance, component: string, also: readonly Registry[]): void {
  const registry = new Registry()
  const seconds = new Histogram({
    name: 'cdlc_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, by route as declared, method and status.',
    labelNames: ['component', 'method', 'route', 'status'] as const,
    buckets: REQUEST_SECONDS,
    registers: [registry],
  })
  let in_flight = 0
  registry.registerMetric(
    new Gauge({
      name: 'cdlc_http_requests_in_flight',
      help: 'Requests that are being answered.',
      labelNames: ['component'],
      registers: [],
      collect() {
        this.set({ component }, in_flight)
      },
    }),
  )
  app.addHook('onRequest', (_request, reply, done) => {
    in_flight += 1
    // who leaves before the answer, or opens a WebSocket, has no end that Fastify tells of
    reply.raw.once('close', () => { in_flight -= 1 })
    done()
  })
  app.addHook('onResponse', ({ method, routeOptions }, reply, done) => {
    seconds.observe({ component, method, route: routeOptions.url ?? 'unmatched', status: reply.statusCode }, reply.elapsedTime / 1_000)
    done()
  })
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(registry.contentType).send((await Promise.all([registry, ...also].map((each) => each.metrics()))).join('\n')),
  )
}
