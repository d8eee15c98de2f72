/** Redis for what need not outlive a day: sign-ins under way, counters of rates, answers that may be asked for again. Views have their own. */
import { Redis } from 'ioredis'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'

export type { Redis } from 'ioredis'

/** A client that connects at its first command, answers within 1 s or throws, and comes back by itself. Keys begin with `prefix`. */
export function openRedis({ redis }: Pick<Endpoints, 'redis'>, prefix: string): Redis {
  const client = new Redis(redis.url, { keyPrefix: prefix, lazyConnect: true, commandTimeout: 1_000, connectTimeout: 3_000, maxRetriesPerRequest: 1, enableOfflineQueue: true })
  // what is away shows where it is asked; without a listener it would end the process
  client.on('error', () => undefined)
  return client
}
