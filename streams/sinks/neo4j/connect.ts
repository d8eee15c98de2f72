/** The connection to Neo4j: sessions, transactions that are tried again on deadlock, every call bounded in time. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import neo4j, { type Session, type Transaction } from 'neo4j-driver'
import type { Neo4jReader } from '../../runtime/readers.ts'
import type { AnyRow, Sink } from '../../runtime/store.ts'
import type { Statement } from './compile.ts'
import { openReader } from './reader.ts'
import { openStore } from './store.ts'

export interface Neo4jConnection {
  /** Runs the work in one transaction and commits, unless the work answers undefined: then rolls back. Tries again on deadlock. */
  transact<T>(what: string, work: (transaction: Transaction) => Promise<T | undefined>): Promise<T | undefined>
  /** One statement in a transaction of its own; for schema changes and for statements that open transactions themselves. */
  alone(what: string, statement: Statement): Promise<void>
  /** A read for queries; may be served by a follower. */
  query<T>(what: string, statement: Statement): Promise<readonly T[]>
  stream(what: string, cypher: string): AsyncIterable<AnyRow>
}

const TIMEOUT_MS = 30_000
const PING_TIMEOUT_MS = 3_000
const ATTEMPTS = 10
const FIRST_PAUSE_MS = 20
const LAST_PAUSE_MS = 1_000

/** Errors of one transaction running into another that the driver itself does not call retriable: a stub deleted under an edge, two DDLs. */
const collision = /^Neo\.ClientError\.(Statement\.EntityNotFound|Schema\..*)$/
const worthAnother = (cause: unknown): boolean => cause instanceof neo4j.Neo4jError && (cause.retryable || collision.test(cause.code))

/** Opens nothing yet; a call fails within a minute while Neo4j is away. */
export function openConnection(endpoints: Endpoints): Neo4jConnection & { ping(): Promise<void>; close(): Promise<void> } {
  const { url, user, password } = endpoints.neo4j
  const driver = neo4j.driver(url, neo4j.auth.basic(user, password), {
    disableLosslessIntegers: true, userAgent: 'cdlc-streams', maxConnectionPoolSize: 50,
    connectionTimeout: 5_000, connectionAcquisitionTimeout: 10_000, maxTransactionRetryTime: 5_000,
  })
  const told = async <T>(what: string, timeout: number, call: () => Promise<T>): Promise<T> => {
    const stop = new AbortController()
    const late = wait(timeout, undefined, { signal: stop.signal, ref: false }).then(() => { throw new Error(`no answer within ${timeout} ms`) })
    try {
      return await Promise.race([call(), late])
    } catch (cause) {
      throw new Error(`${what} in neo4j: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    } finally {
      late.catch(() => {})
      stop.abort()
    }
  }
  const inSession = async <T>(mode: 'READ' | 'WRITE', work: (session: Session) => Promise<T>): Promise<T> => {
    const session = driver.session({ defaultAccessMode: mode })
    try {
      return await work(session)
    } finally {
      await session.close()
    }
  }
  const again = async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (let tried = 1; ; tried++) {
      try {
        return await attempt()
      } catch (cause) {
        if (tried === ATTEMPTS || !worthAnother(cause)) throw cause
        await wait(Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tried) * Math.random())
      }
    }
  }
  return {
    transact: (what, work) => told(what, TIMEOUT_MS * 2, () => again(() => inSession('WRITE', async (session) => {
      const transaction = session.beginTransaction({ timeout: TIMEOUT_MS })
      try {
        const result = await work(transaction)
        if (result === undefined) await transaction.rollback()
        else await transaction.commit()
        return result
      } finally {
        await transaction.close()
      }
    }))),
    alone: (what, { cypher, params }) => told(what, TIMEOUT_MS * 10, () => again(() => inSession('WRITE', async (session) => { await session.run(cypher, params) }))),
    query: (what, { cypher, params }) => told(what, TIMEOUT_MS, () => inSession('READ', (session) => session.executeRead(
      async (transaction) => (await transaction.run(cypher, params)).records.map((record) => record.toObject() as never), { timeout: TIMEOUT_MS }))),
    async *stream(what, cypher) {
      const session = driver.session({ defaultAccessMode: 'READ', fetchSize: 2_000 })
      try {
        for await (const record of session.run(cypher)) yield record.toObject()
      } catch (cause) {
        throw new Error(`${what} in neo4j: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
      } finally {
        await session.close()
      }
    },
    ping: () => told('asking for a sign of life', PING_TIMEOUT_MS, async () => { await driver.verifyConnectivity() }),
    close: () => driver.close(),
  }
}

/** Connects lazily. */
export async function connect(endpoints: Endpoints): Promise<Sink<Neo4jReader>> {
  const connection = openConnection(endpoints)
  return {
    open: (view) => openStore(connection, view),
    reader: (view) => openReader(connection, view),
    ping: () => connection.ping(),
    close: () => connection.close(),
  }
}
