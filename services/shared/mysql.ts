/** MySQL behind a small port: bounded pool, bounded waiting, transactions that are tried again when they lose a race. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import type { PoolConnection } from 'mysql2/promise'
import { Refused, Unavailable } from './errors.ts'
import { limits, onConnection, openPool, sqlOn, StatementError } from './mysql-pool.ts'
import { openReplica, type ReplicaTimes } from './replica.ts'
import { timed, transactionRetries, transactionSeconds, watchPool, type Outcome } from './telemetry.ts'
import { traced } from './telemetry-trace.ts'

export { StatementError } from './mysql-pool.ts'

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
  /** The same for what writes, with the `?` of the list after those of `params`: `SET a = ? WHERE id IN (?)`. Answers as `run` does; no list, no rows. */
  runIn(text: string, list: readonly Param[], params?: readonly Param[]): Promise<number>
}

export interface Database {
  /** Single statements outside a transaction, which see all that was committed before. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** Reads that may miss the last seconds: a replica answers where there is one that keeps up. */
  readCopy<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** All of it or nothing, READ COMMITTED; run again from its start after a deadlock or a lost race for a unique key. */
  transact<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  ping(): Promise<void>
  close(): Promise<void>
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

/** Connects when first used. Reads that may come from a copy do, where a replica is configured and keeps up. */
export function openDatabase({ mysql, mysqlReplica }: Pick<Endpoints, 'mysql' | 'mysqlReplica'>, database: string, times?: ReplicaTimes): Database {
  const shared = openPool(mysql, database)
  watchPool(database, () => ({ ...shared, limit: limits.connections }))
  const attempts = async <T>(traceparent: string | null, work: (sql: Sql) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await onConnection(shared, (connection) => inTransaction(connection, traceparent, work))
      } catch (error) {
        if (!races.has(codeOf(error)) || attempt === limits.attempts) throw settled(error)
        transactionRetries.inc({ database })
      }
    }
  }
  const attributes = { 'db.system.name': 'mysql', 'db.namespace': database }
  const told = (seconds: number, error: unknown): void => transactionSeconds.observe({ database, outcome: outcomeOf(error) }, seconds)
  const read: Database['read'] = (work) =>
    onConnection(shared, (connection) => work(sqlOn(connection, null))).catch((error: unknown) => {
      throw settled(error)
    })
  const replica = mysqlReplica === undefined ? undefined : openReplica(mysql, mysqlReplica, database, times)
  return {
    transact: (work) => traced(`transaction ${database}`, attributes, (traceparent) => timed(() => attempts(traceparent, work), told)),
    read,
    readCopy: replica === undefined ? read : (work) => replica.read(work, read),
    ping: async () => {
      await onConnection(shared, (connection) => sqlOn(connection, null).rows('SELECT 1'))
    },
    close: async () => {
      await replica?.close()
      await shared.pool.end()
    },
  }
}
