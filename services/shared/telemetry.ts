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
  app.addHook('onRequest', (_request, _reply, done) => {
    in_flight += 1
    done()
  })
  app.addHook('onResponse', ({ method, routeOptions }, reply, done) => {
    in_flight -= 1
    seconds.observe({ component, method, route: routeOptions.url ?? 'unmatched', status: reply.statusCode }, reply.elapsedTime / 1_000)
    done()
  })
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(registry.contentType).send((await Promise.all([registry, ...also].map((each) => each.metrics()))).join('\n')),
  )
}
