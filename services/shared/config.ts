/** What the environment says about the services beyond addresses; read once, before anything opens. */
import { createHash } from 'node:crypto'

export interface Config {
  /** 32 bytes that every account's key is wrapped under. */
  readonly masterKey: Buffer
  readonly logLevel: string
  /** Address services listen on. */
  readonly host: string
  /** Where customer-services is, if not on this machine. */
  readonly customerServicesUrl: string | undefined
  /** By which a program of the platform says who it is to the authorization server. */
  readonly secretOf: (clientId: string) => string
  /** File to remember in which builds of views were live, for a start while Kafka is away; each process needs its own. */
  readonly buildsFile: string | undefined
  /** File to remember the configuration in, for a start while configurations-server is away; each process needs its own. */
  readonly configurationFile: string | undefined
}

/** Throws, naming the variable and the cure. */
export function configFrom(env: Readonly<Record<string, string | undefined>>): Config {
  const logLevel = env['CDLC_LOG_LEVEL'] ?? 'info'
  if (!/^(trace|debug|info|warn|error|fatal|silent)$/.test(logLevel))
    throw new Error(`reading CDLC_LOG_LEVEL: '${logLevel}' is none of trace, debug, info, warn, error, fatal, silent`)
  return {
    masterKey: masterKeyFrom(env),
    logLevel,
    host: env['CDLC_HOST'] ?? '127.0.0.1',
    customerServicesUrl: env['CDLC_CUSTOMER_SERVICES_URL'],
    secretOf: secretsFrom(env),
    buildsFile: env['CDLC_BUILDS_FILE'],
    configurationFile: env['CDLC_CONFIGURATION_FILE'],
  }
}

/** Programs of the platform; the authorization server knows them as clients. */
export const programs = ['gateway', 'inventory', 'actor', 'customer-services', 'configurations-server', 'authorization-server', 'social', 'feed', 'graph', 'collector', 'workers', 'tools'] as const

/** `CDLC_CLIENT_SECRETS` is a JSON object of secrets by client id; on a developer's machine they are derived from the name, and protect nothing. */
function secretsFrom(env: Readonly<Record<string, string | undefined>>): (clientId: string) => string {
  const given = env['CDLC_CLIENT_SECRETS']
  if (given === undefined && env['NODE_ENV'] === 'production')
    throw new Error('reading CDLC_CLIENT_SECRETS: it is not set; production needs a JSON object of secrets by client id')
  let secrets: Readonly<Record<string, unknown>> | undefined
  try {
    secrets = given === undefined ? undefined : (JSON.parse(given) as Readonly<Record<string, unknown>>)
  } catch {
    throw new Error('reading CDLC_CLIENT_SECRETS: it is not a JSON object of secrets by client id')
  }
  return (clientId) => {
    const secret = secrets === undefined ? `cdlc-local-${clientId}` : secrets[clientId]
    if (typeof secret !== 'string' || secret === '') throw new Error(`reading CDLC_CLIENT_SECRETS: there is none of '${clientId}'`)
    return secret
  }
}

function masterKeyFrom(env: Readonly<Record<string, string | undefined>>): Buffer {
  const hex = env['CDLC_MASTER_KEY']
  if (hex === undefined) {
    if (env['NODE_ENV'] === 'production')
      throw new Error('reading CDLC_MASTER_KEY: it is not set; production needs 64 hex digits of its own')
    return createHash('sha256').update('creme dela creme: local master key, protects nothing').digest()
  }
  // its value must not reach a log
  if (!/^[0-9a-f]{64}$/i.test(hex)) throw new Error('reading CDLC_MASTER_KEY: it is not 64 hex digits')
  return Buffer.from(hex, 'hex')
}
