/** The connection to Redis, with the flush script loaded by name. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { Redis } from 'ioredis'
import type { RedisReader } from '../../runtime/readers.ts'
import type { Sink } from '../../runtime/store.ts'
import type { RowSpecs } from '../../runtime/view.ts'
import { flushScript } from './compile.ts'
import { openReader } from './reader.ts'
import { openStore } from './store.ts'

export interface RedisConnection {
  readonly redis: Redis
  /** Runs the flush script: position key and arguments; the new fence, or null where fenced. */
  readonly flush: (args: readonly string[]) => Promise<string | null>
}

/** Connects lazily; a call fails within 5 s while Redis is away. */
export async function connect(endpoints: Endpoints): Promise<Sink<RedisReader<RowSpecs>>> {
  const redis = new Redis(endpoints.redis.url, {
    lazyConnect: true, connectTimeout: 5_000, commandTimeout: 5_000, maxRetriesPerRequest: 1, enableAutoPipelining: true,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 1_000),
    scripts: { cdlcFlush: { numberOfKeys: 1, lua: flushScript } },
  })
  redis.on('error', () => {}) // every call that needs the connection reports it; an unheard 'error' event would end the process
  const flush = (redis as unknown as { cdlcFlush(args: readonly string[]): Promise<string | null> }).cdlcFlush.bind(redis)
  const connection: RedisConnection = { redis, flush }
  return {
    open: (view) => openStore(connection, view),
    reader: (view) => openReader(connection, view),
    ping: async () => { await redis.ping() },
    close: async () => { redis.disconnect() },
  }
}
