/** The connection to ScyllaDB, or Cassandra: prepared statements at local quorum, every call bounded in time. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { Client, errors, policies, types } from 'cassandra-driver'
import type { ScyllaReader } from '../../runtime/readers.ts'
import type { AnyRow, Sink } from '../../runtime/store.ts'
import type { Statement } from './compile.ts'
import { openReader } from './reader.ts'
import { openStore, type ScyllaStore } from './store.ts'

export interface ScyllaConnection {
  readonly keyspace: string
  /** A schema change; tried again when another worker makes the same one. */
  change(what: string, query: string): Promise<void>
  execute(what: string, statement: Statement): Promise<void>
  /** Statements of one partition as an unlogged batch. */
  batch(what: string, statements: readonly Statement[]): Promise<void>
  /** All rows, or the first `limit`; integers and instants as numbers. */
  query(what: string, statement: Statement, limit?: number): Promise<readonly AnyRow[]>
  /** Row by row, page after page. */
  stream(what: string, statement: Statement): AsyncIterable<AnyRow>
  /** Runs the task once, so many ms from now, unless the connection is closed before. */
  after(delay_ms: number, task: () => void): void
}

const READ_TIMEOUT_MS = 10_000
const PING_TIMEOUT_MS = 3_000
const FIRST_RECONNECT_MS = 250
const LAST_RECONNECT_MS = 2_000
const PAGE = 5_000
const ATTEMPTS = 6

/** Values as the runtime has them: longs and instants as numbers. The driver writes an empty list as null, so here null is empty. */
function plain(value: unknown, type: types.dataTypes): unknown {
  if (value instanceof types.Long) return value.toNumber()
  if (value instanceof Date) return value.getTime()
  return value === null && type === types.dataTypes.list ? [] : value
}
const plainRows = ({ columns, rows }: Pick<types.ResultSet, 'columns' | 'rows'>): readonly AnyRow[] =>
  rows.map((row) => Object.fromEntries(columns.map(({ name, type }) => [name, plain(row.get(name), type.code)])))

/** Connects lazily; a call fails within some seconds while the store is away. */
export async function connect(endpoints: Endpoints): Promise<Sink<ScyllaReader>> {
  const { contactPoints, localDataCenter, keyspace } = endpoints.scylla
  const client = new Client({
    contactPoints: [...contactPoints], localDataCenter,
    queryOptions: { consistency: types.consistencies.localQuorum, prepare: true, isIdempotent: true, fetchSize: PAGE },
    socketOptions: { connectTimeout: 5_000, readTimeout: READ_TIMEOUT_MS },
    pooling: { maxRequestsPerConnection: 2_048 },
    // the driver's own waits up to ten minutes: a store that was away for two would be back two minutes late
    policies: { reconnection: new policies.reconnection.ExponentialReconnectionPolicy(FIRST_RECONNECT_MS, LAST_RECONNECT_MS) },
  })
  const told = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (cause) {
      throw new Error(`${what} in scylla: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
  }
  async function* stream(what: string, { query, params }: Statement): AsyncIterable<AnyRow> {
    for (let pageState: string | undefined; ;) {
      const page = await told(what, () => client.execute(query, [...params], pageState === undefined ? {} : { pageState }))
      yield* plainRows(page)
      pageState = page.pageState
      if (pageState === null || pageState === undefined) return
    }
  }
  const timers = new Set<NodeJS.Timeout>()
  const connection: ScyllaConnection = {
    keyspace,
    change: (what, query) => told(what, async () => {
      for (let tried = 1; ; tried++) {
        try {
          await client.execute(query, [], { prepare: false, readTimeout: 3 * READ_TIMEOUT_MS })
          return
        } catch (cause) {
          if (tried === ATTEMPTS || !(cause instanceof errors.ResponseError)) throw cause
          await wait(100 * 2 ** tried * Math.random())
        }
      }
    }),
    execute: (what, { query, params }) => told(what, async () => { await client.execute(query, [...params]) }),
    batch: (what, statements) => told(what, async () => {
      const [only] = statements
      if (statements.length === 1 && only !== undefined) await client.execute(only.query, [...only.params])
      else await client.batch(statements.map(({ query, params }) => ({ query, params: [...params] })), { prepare: true, logged: false })
    }),
    query: (what, statement, limit) => told(what, async () => {
      const rows: AnyRow[] = []
      if (limit === undefined) for await (const row of stream(what, statement)) rows.push(row)
      else rows.push(...plainRows(await client.execute(statement.query, [...statement.params], { fetchSize: limit })).slice(0, limit))
      return rows
    }),
    stream,
    after(delay_ms, task) {
      const timer = setTimeout(() => {
        timers.delete(timer)
        task()
      }, delay_ms)
      timers.add(timer)
      timer.unref() // nothing is lost with it: positions may lag behind
    },
  }
  const stores = new Set<ScyllaStore>()
  return {
    open(view) {
      const store = openStore(connection, view)
      stores.add(store)
      return store
    },
    reader: (view) => openReader(connection, view),
    ping: () => told('asking for a sign of life', async () => {
      await client.execute('SELECT release_version FROM system.local', [], { prepare: false, readTimeout: PING_TIMEOUT_MS, consistency: types.consistencies.localOne })
    }),
    async close() {
      for (const timer of timers) clearTimeout(timer)
      await Promise.allSettled([...stores].map((store) => store.settle()))
      await client.shutdown()
    },
  }
}
