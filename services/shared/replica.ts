/**
 * A replica of MySQL that answers reads. How far it is behind is measured, not asked: the source tells which transactions it has committed
 * (its GTIDs), and the replica tells when it has them too. From then on, what was committed before the question is on the replica. It needs
 * no table, no privilege and no common clock, and sees a replica that believes itself up to date because it has lost its source.
 */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { Unavailable } from './errors.ts'
import { onConnection, openPool, sqlOn, StatementError, type Shared } from './mysql-pool.ts'
import type { Database, Sql } from './mysql.ts'
import { readsByServer, watchPool, watchReplica } from './telemetry.ts'

export interface ReplicaTimes {
  /** Who is further behind than this, or has not been heard of for so long, answers nobody. */
  readonly behind_ms: number
  readonly ask_ms: number
}
const usual: ReplicaTimes = { behind_ms: 3_000, ask_ms: 500 }
const connections = 10

export interface Replica {
  /** Reads from the replica; by `fromSource`, where the replica is left out or fails. */
  read<T>(work: (sql: Sql) => Promise<T>, fromSource: Database['read']): Promise<T>
  close(): Promise<void>
}

const one = <T>(pool: Shared, text: string, params: readonly string[] = []): Promise<T | undefined> =>
  onConnection(pool, async (connection) => (await sqlOn(connection, null).rows<T>(text, params))[0])

/** Connects at once, and follows how the replica stands until it is closed. */
export function openReplica(source: Endpoints['mysql'], replica: Endpoints['mysql'], database: string, { behind_ms, ask_ms }: ReplicaTimes = usual): Replica {
  const pool = openPool(replica, database, { connections, readOnly: true })
  // connections of their own: a busy pool must not make a good replica look late
  const [asked, followed] = [openPool(source, database, { connections: 1 }), openPool(replica, database, { connections: 1, readOnly: true })]
  const stopping = new AbortController()
  /** What was committed before this instant is on the replica. */
  let complete_to = -Infinity
  let answers = false
  const usable = (): boolean => answers && performance.now() - complete_to <= behind_ms
  watchPool(`${database} replica`, () => ({ ...pool, limit: connections }))
  watchReplica(database, () => ({ usable: usable(), behind_s: Math.min(performance.now() - complete_to, 86_400_000) / 1_000 }))

  async function look(): Promise<void> {
    const from = performance.now()
    const was = usable()
    const executed = await one<{ readonly gtids: string }>(asked, 'SELECT @@GLOBAL.gtid_executed AS gtids').catch(() => undefined)
    try {
      if (executed === undefined) {
        // while the source is away nothing is written that the replica could lack, and nobody else has an answer
        await one(followed, 'SELECT 1')
        if (was) complete_to = performance.now() - behind_ms / 2
      } else {
        const patience_s = String(behind_ms / 2_000)
        const waited = await one<{ readonly late: number }>(followed, 'SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?) AS late', [executed.gtids, patience_s])
        if (waited?.late === 0) complete_to = from
      }
      answers = true
    } catch {
      answers = false
    }
  }
  const following = (async () => {
    while (!stopping.signal.aborted) {
      await look()
      await sleep(ask_ms, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  })()

  return {
    async read(work, fromSource) {
      if (usable()) {
        try {
          const answer = await onConnection(pool, (connection) => work(sqlOn(connection, null)))
          readsByServer.inc({ database, server: 'replica' })
          return answer
        } catch (error) {
          // a table it does not have yet, or it is gone: the source knows better; what the work itself throws is an answer
          if (!(error instanceof Unavailable || error instanceof StatementError)) throw error
          if (error instanceof Unavailable && error.code !== 'overloaded') answers = false
        }
      }
      readsByServer.inc({ database, server: 'source' })
      return fromSource(work)
    },
    async close() {
      stopping.abort()
      await Promise.allSettled([asked, followed, pool].map((each) => each.pool.end()))
      await following
    },
  }
}
