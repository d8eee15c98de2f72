/** The machine that figures were taken on, and the versions of what ran on it. */
import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { Redis } from 'ioredis'

export type ServerName = 'kafka' | 'redis' | 'clickhouse' | 'neo4j' | 'cassandra'

/** One line: processor, cores, memory, Node. */
export const machine = (): string => `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`

/** Processes that ran or waited to, as averages of 1, 5 and 15 minutes. */
export const load = (): readonly number[] => loadavg().map((value) => Math.round(value * 100) / 100)

/** Version that a Maven manifest of infra/local pins. */
function pinned(component: string, artifact: string): string {
  const pom = readFileSync(new URL(`../local/manifests/${component}/pom.xml`, import.meta.url), 'utf8')
  return new RegExp(`<artifactId>${artifact}</artifactId>\\s*<version>([^<]+)</version>`).exec(pom)?.[1] ?? 'unknown'
}

async function redisVersion({ redis: { url } }: Endpoints): Promise<string> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 })
  redis.on('error', () => {}) // the command says it too
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown'
  } finally {
    redis.disconnect()
  }
}

async function clickhouseVersion({ clickhouse: { url, user, password } }: Endpoints): Promise<string> {
  const answer = await fetch(`${url}/?query=${encodeURIComponent('SELECT version()')}`, { headers: { 'x-clickhouse-user': user, 'x-clickhouse-key': password } })
  return (await answer.text()).trim()
}

const ask: Readonly<Record<ServerName, (endpoints: Endpoints) => Promise<string> | string>> = {
  // these two do not tell their version to a client that only reads and writes
  kafka: () => pinned('kafka', 'kafka_2.13'),
  cassandra: () => pinned('cassandra', 'cassandra-all'),
  redis: redisVersion,
  clickhouse: clickhouseVersion,
  neo4j: async (endpoints) => String((await (await fetch(`http://127.0.0.1:${endpoints.port('neo4j_http')}/`)).json() as { neo4j_version?: string }).neo4j_version),
}

/** Versions by server. Throws where one does not answer: there is nothing to measure then. */
export async function versions(endpoints: Endpoints, servers: readonly ServerName[]): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const server of servers) {
    try {
      found[server] = await ask[server](endpoints)
    } catch (cause) {
      throw new Error(`asking ${server} for its version, before measuring; see 'npx cdlc status'`, { cause })
    }
  }
  return found
}
