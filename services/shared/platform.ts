/** What the components of one process share: each database's pool, the stores of views, the codec, the clock. */
import { createCodec, type Codec } from '@cdlc/schemas/codec.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { fileMemory } from '@cdlc/streams/runtime/editions-memory.ts'
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import { openLiveSinks, type LiveSinks } from '@cdlc/streams/sinks/live.ts'
import { createClock, type Clock } from './clock.ts'
import type { Config } from './config.ts'
import { openConfiguration, type Configuration } from './configuration.ts'
import { fileOf } from './configuration-values.ts'
import { forgetAnswers } from './idempotency.ts'
import { openDatabase, type Database } from './mysql.ts'
import { forgetEvents } from './outbox.ts'
import { openServiceTokens } from './service-token.ts'

export interface Platform {
  readonly endpoints: Endpoints
  readonly config: Config
  readonly sinks: LiveSinks
  readonly codec: Codec
  readonly clock: Clock
  database(name: 'content' | 'user'): Database
  /** The configuration that the components of this process follow, as the first of them to ask; from then on. */
  configuration(clientId: string): Configuration
  /** A token by which a component says who it is to another. */
  tokenOf(clientId: string): () => Promise<string>
  close(): Promise<void>
}

const hour_ms = 3_600_000
/** What services go by; tools have namespaces of their own. */
const namespaces = ['flags', 'services']

/** Follows which builds of views are live from now on; connects to nothing else until it is used. */
export function openPlatform(endpoints: Endpoints, config: Config): Platform {
  const databases = new Map<string, Database>()
  const sinks = openLiveSinks(endpoints, {
    component: 'services',
    log: logLinesFrom(config.logLevel),
    ...(config.buildsFile === undefined ? {} : { memory: fileMemory(config.buildsFile) }),
  })
  const sweep = setInterval(() => {
    // what is left over is swept at the next turn; a database that is away shows elsewhere
    for (const database of databases.values())
      for (const forget of [forgetAnswers, forgetEvents]) void forget(database, Date.now()).catch(() => undefined)
  }, hour_ms).unref()
  let configuration: Configuration | undefined
  const tokenOf = (clientId: string): (() => Promise<string>) =>
    openServiceTokens({ tokenUrl: `${endpoints.authorization.url}/oauth/token`, clientId, clientSecret: config.secretOf(clientId) })
  return {
    endpoints,
    config,
    sinks,
    codec: createCodec(endpoints.registry),
    clock: createClock(),
    database(name) {
      const database = databases.get(name) ?? openDatabase(endpoints, name)
      databases.set(name, database)
      return database
    },
    configuration(clientId) {
      configuration ??= openConfiguration({
        namespaces,
        address: endpoints.grpc.configurationsServer,
        token: tokenOf(clientId),
        log: logLinesFrom(config.logLevel),
        ...(config.configurationFile === undefined ? {} : { memory: fileOf(config.configurationFile) }),
      })
      return configuration
    },
    tokenOf,
    async close() {
      clearInterval(sweep)
      await Promise.allSettled([...databases.values()].map((database) => database.close()).concat(sinks.close(), configuration?.close() ?? []))
    },
  }
}
