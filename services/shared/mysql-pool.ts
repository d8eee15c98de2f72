/** Connections to one MySQL: a bounded pool with bounded waiting, and statements that never take for ever. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { createPool, type Pool, type PoolConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'
import { Unavailable } from './errors.ts'
import type { Param, Sql } from './mysql.ts'

/** MySQL understood a statement and refused it. Holds neither values nor MySQL's own words, which may quote personal data. */
export class StatementError extends Error {
  readonly code: string
  constructor(code: string) {
    super(`running a statement: MySQL answered ${code}`)
    this.name = 'StatementError'
    this.code = code
  }
}

/** MySQL gives up a query (`query_ms`) before we give up its connection (`statement_ms`). */
export const limits = {
  connections: 10,
  queue: 200,
  connect_ms: 3_000,
  acquire_ms: 3_000,
  statement_ms: 5_000,
  query_ms: 4_000,
  lock_s: 3,
  attempts: 5,
}
/** Tells a refused statement, after which the connection is still good, from a broken or silent connection. */
function translated(error: unknown): Error {
  const { code, sqlState } = error as { readonly code?: unknown; readonly sqlState?: unknown }
  if (typeof sqlState === 'string' && typeof code === 'string') return new StatementError(code)
  return new Unavailable('running a statement: the connection to MySQL broke or timed out', { cause: error })
}

/** Statements on a connection. */
export function sqlOn(connection: PoolConnection, traceparent: string | null): Sql {
  const options = (sql: string, values: unknown): { sql: string; values: never; timeout: number } => ({
    sql,
    values: values as never,
    timeout: limits.statement_ms,
  })
  const execute = async <T extends RowDataPacket[] | ResultSetHeader>(text: string, params: readonly Param[]): Promise<T> => {
    try {
      return (await connection.execute<T>(options(text, params)))[0]
    } catch (error) {
      throw translated(error)
    }
  }
  // lists make statements of many lengths: not worth preparing
  const query = async (text: string, values: readonly unknown[]): Promise<unknown> => {
    try {
      return (await connection.query(options(text, values)))[0]
    } catch (error) {
      throw translated(error)
    }
  }
  return {
    traceparent,
    rows: async <T>(text: string, params: readonly Param[] = []) =>
      (await execute<RowDataPacket[]>(text, params)) as unknown as readonly T[],
    run: async (text, params = []) => (await execute<ResultSetHeader>(text, params)).affectedRows,
    runMany: async (text, rows) => {
      if (rows.length > 0) await query(text, [rows])
    },
    rowsIn: async <T>(text: string, list: readonly unknown[]) => (list.length === 0 ? [] : ((await query(text, [list])) as readonly T[])),
    runIn: async (text, list, params = []) => (list.length === 0 ? 0 : ((await query(text, [...params, list])) as ResultSetHeader).affectedRows),
  }
}

/** A connection of the pool, or Unavailable when none is free in time; one that comes too late goes back. */
async function acquire(pool: Pool): Promise<PoolConnection> {
  const asked = pool.getConnection()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      asked.then(
        (connection) => connection.release(),
        () => undefined,
      )
      reject(new Unavailable(`waiting for a MySQL connection: none was free within ${limits.acquire_ms} ms`, { code: 'overloaded' }))
    }, limits.acquire_ms)
  })
  try {
    return await Promise.race([asked, late])
  } catch (error) {
    throw error instanceof Unavailable ? error : new Unavailable('connecting to MySQL', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

/** A pool, and how many hold a connection of it or wait for one. */
export interface Shared {
  readonly pool: Pool
  in_use: number
  waiting: number
}

/** Runs the work on a connection, which goes back when it is done, or away where it may be broken. */
export async function onConnection<T>(shared: Shared, work: (connection: PoolConnection) => Promise<T>): Promise<T> {
  shared.waiting += 1
  const connection = await acquire(shared.pool).finally(() => {
    shared.waiting -= 1
  })
  shared.in_use += 1
  try {
    const result = await work(connection)
    connection.release()
    return result
  } catch (error) {
    // a statement may still be running on a connection that did not answer
    if (error instanceof Unavailable) connection.destroy()
    else connection.release()
    throw error
  } finally {
    shared.in_use -= 1
  }
}

/** Connects when first used. `readOnly`: the server refuses whatever would write. */
export function openPool(mysql: Endpoints['mysql'], database: string, { connections = limits.connections, readOnly = false } = {}): Shared {
  const pool = createPool({
    ...mysql,
    database,
    connectionLimit: connections,
    queueLimit: limits.queue,
    connectTimeout: limits.connect_ms,
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: ['DATE'],
    stringifyObjects: true,
  })
  pool.pool.on('connection', (connection) => {
    connection.query(
      `SET SESSION transaction_isolation = 'READ-COMMITTED', transaction_read_only = ${readOnly ? 1 : 0}, innodb_lock_wait_timeout = ${limits.lock_s}, ` +
        `max_execution_time = ${limits.query_ms}, time_zone = '+00:00'`,
      (error) => {
        if (error !== null) connection.destroy()
      },
    )
  })
  return { pool, in_use: 0, waiting: 0 }
}
