/** MySQL behind a small port: bounded pool, bounded waiting, transactions that are tried again when they lose a race. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { createPool, type Pool, type PoolConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'
import { Refused, Unavailable } from './errors.ts'
import { timed, transactionRetries, transactionSeconds, watchPool, type Outcome } from './telemetry.ts'
import { traced } from './telemetry-trace.ts'

export type Param = string | number | Date | Uint8Array | null

/** Statements on one connection. Dates are `YYYY-MM-DD` strings, instants `Date`, BIGINT numbers. */
export interface Sql {
  /** Trace context of the transaction, for rows that carry it; null where it is not traced. */
  readonly traceparent: string | null
  rows<T>(text: string, params?: readonly Param[]): Promise<readonly T[]>
  /** Answers the number of rows matched or written. */
  run(text: string, params?: readonly Param[]): Promise<number>
  /** `text` holds one `?` where the rows go: `INSERT INTO t (a, b) VALUES ?`. Nothing is sent for no rows. */
  runMany(text: string, rows: readonly (readonly Param[])[]): Promise<void>
  /** `text` holds one `?` where the list goes, of one column or of tuples: `WHERE id IN (?)`. No list, no rows. */
  rowsIn<T>(text: string, list: readonly (Param | readonly Param[])[]): Promise<readonly T[]>
}

export interface Database {
  /** Reads outside a transaction. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** All of it or nothing, READ COMMITTED; run again from its start after a deadlock or a lost race for a unique key. */
  transact<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  ping(): Promise<void>
  close(): Promise<void>
}

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
const limits = {
  connections: 10,
  queue: 200,
  connect_ms: 3_000,
  acquire_ms: 3_000,
  statement_ms: 5_000,
  query_ms: 4_000,
  lock_s: 3,
  attempts: 5,
}
/** Duplicate key too: every insert looks first, so a duplicate came in between and the next attempt will see it. */
const races: ReadonlySet<string> = new Set(['ER_LOCK_DEADLOCK', 'ER_DUP_ENTRY'])
const transient: ReadonlySet<string> = new Set([
  ...races,
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_QUERY_TIMEOUT',
  'ER_SERVER_SHUTDOWN',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_NO_SUCH_TABLE',
])

/** Tells a refused statement, after which the connection is still good, from a broken or silent connection. */
function translated(error: unknown): Error {
  const { code, sqlState } = error as { readonly code?: unknown; readonly sqlState?: unknown }
  if (typeof sqlState === 'string' && typeof code === 'string') return new StatementError(code)
  return new Unavailable('running a statement: the connection to MySQL broke or timed out', { cause: error })
}

function sqlOn(connection: PoolConnection, traceparent: string | null): Sql {
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
  const query = async (text: string, list: readonly unknown[]): Promise<unknown> => {
    try {
      return (await connection.query(options(text, [list])))[0]
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
      if (rows.length > 0) await query(text, rows)
    },
    rowsIn: async <T>(text: string, list: readonly unknown[]) => (list.length === 0 ? [] : ((await query(text, list)) as readonly T[])),
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
interface Shared {
  readonly pool: Pool
  in_use: number
  waiting: number
}

async function once<T>(shared: Shared, work: (connection: PoolConnection) => Promise<T>): Promise<T> {
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

async function inTransaction<T>(connection: PoolConnection, traceparent: string | null, work: (sql: Sql) => Promise<T>): Promise<T> {
  const control = async (sql: string): Promise<void> => {
    await connection.query({ sql, timeout: limits.statement_ms }).catch((error: unknown) => {
      throw new Unavailable(`running ${sql}`, { cause: error })
    })
  }
  await control('START TRANSACTION')
  try {
    const result = await work(sqlOn(connection, traceparent))
    await control('COMMIT')
    return result
  } catch (error) {
    if (!(error instanceof Unavailable)) await control('ROLLBACK')
    throw error
  }
}

const codeOf = (error: unknown): string => (error instanceof StatementError ? error.code : '')
/** What is left of an error once it is not to be tried again. */
const settled = (error: unknown): unknown =>
  transient.has(codeOf(error)) ? new Unavailable(`giving up on MySQL after ${codeOf(error)}`, { cause: error, code: 'overloaded' }) : error

const outcomeOf = (error: unknown): Outcome => (error === undefined ? 'committed' : error instanceof Refused ? 'refused' : 'failed')

/** Connects when first used. */
export function openDatabase({ mysql }: Pick<Endpoints, 'mysql'>, database: string): Database {
  const pool = createPool({
    ...mysql,
    database,
    connectionLimit: limits.connections,
    queueLimit: limits.queue,
    connectTimeout: limits.connect_ms,
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: ['DATE'],
    stringifyObjects: true,
  })
  pool.pool.on('connection', (connection) => {
    connection.query(
      `SET SESSION transaction_isolation = 'READ-COMMITTED', innodb_lock_wait_timeout = ${limits.lock_s}, ` +
        `max_execution_time = ${limits.query_ms}, time_zone = '+00:00'`,
      (error) => {
        if (error !== null) connection.destroy()
      },
    )
  })
  const shared: Shared = { pool, in_use: 0, waiting: 0 }
  watchPool(database, () => ({ ...shared, limit: limits.connections }))
  const attempts = async <T>(traceparent: string | null, work: (sql: Sql) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(shared, (connection) => inTransaction(connection, traceparent, work))
      } catch (error) {
        if (!races.has(codeOf(error)) || attempt === limits.attempts) throw settled(error)
        transactionRetries.inc({ database })
      }
    }
  }
  const attributes = { 'db.system.name': 'mysql', 'db.namespace': database }
  const told = (seconds: number, error: unknown): void => transactionSeconds.observe({ database, outcome: outcomeOf(error) }, seconds)
  return {
    transact: (work) => traced(`transaction ${database}`, attributes, (traceparent) => timed(() => attempts(traceparent, work), told)),
    read: (work) =>
      once(shared, (connection) => work(sqlOn(connection, null))).catch((error: unknown) => {
        throw settled(error)
      }),
    ping: async () => {
      await once(shared, (connection) => sqlOn(connection, null).rows('SELECT 1'))
    },
    close: () => pool.end(),
  }
}
