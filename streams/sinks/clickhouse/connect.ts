/** The connection to ClickHouse: HTTP with keep-alive, every call bounded in time, errors with what was attempted. */
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { ClickHouseReader } from '../../runtime/readers.ts'
import type { AnyRow, Sink } from '../../runtime/store.ts'
import { openReader } from './reader.ts'
import { openStore } from './store.ts'

export interface ClickHouseConnection {
  readonly database: string
  /** Runs a statement that answers nothing. */
  command(what: string, sql: string): Promise<void>
  /** Sends an insert with its bytes, one after another; `token` is the insert's deduplication token. */
  insert(what: string, sql: string, bytes: readonly Buffer[], token: string): Promise<void>
  query<T>(what: string, sql: string, params?: AnyRow): Promise<readonly T[]>
  /** The same row by row, for results of any size. */
  stream(what: string, sql: string): AsyncIterable<AnyRow>
}

const TIMEOUT_MS = 30_000
const PING_TIMEOUT_MS = 3_000

/** Connects lazily; a call fails within 30 s while ClickHouse is away. */
export async function connect(endpoints: Endpoints): Promise<Sink<ClickHouseReader>> {
  const { url, user, password, database } = endpoints.clickhouse
  const client = createClient({
    url, username: user, password, application: 'cdlc-streams', max_open_connections: 32, request_timeout: TIMEOUT_MS,
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    log: { level: ClickHouseLogLevel.OFF }, // every call that fails tells its caller
  })
  const told = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (cause) {
      throw new Error(`${what} in clickhouse: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
  }
  const connection: ClickHouseConnection = {
    database,
    command: (what, sql) => told(what, async () => { await client.command({ query: sql }) }),
    insert: (what, sql, bytes, token) => told(what, async () => {
      const { stream } = await client.exec({
        query: sql, values: Readable.from(bytes, { objectMode: false }),
        clickhouse_settings: { insert_deduplication_token: token, insert_deduplicate: 1, async_insert: 0, max_threads: 1, max_insert_threads: '1', wait_end_of_query: 1 },
      })
      await text(stream)
    }),
    query: (what, sql, params = {}) => told(what, async () => {
      const result = await client.query({ query: sql, format: 'JSONEachRow', query_params: { ...params } })
      return await result.json()
    }),
    async *stream(what, sql) {
      const result = await told(what, () => client.query({ query: sql, format: 'JSONEachRow' }))
      for await (const rows of result.stream<AnyRow>()) for (const row of rows) yield row.json<AnyRow>()
    },
  }
  return {
    open: (view) => openStore(connection, view),
    reader: (view) => openReader(connection, view),
    ping: async () => {
      const abort_signal = AbortSignal.timeout(PING_TIMEOUT_MS)
      await told('asking for a sign of life', () => client.query({ query: 'SELECT 1', abort_signal }).then((result) => result.text()))
    },
    close: () => client.close(),
  }
}
