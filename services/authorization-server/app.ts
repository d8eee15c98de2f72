/** Authorization server: who people and programs are, and what they let applications do. */
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import { NotReady } from '../shared/errors.ts'
import { openVault } from '../shared/personal-data.ts'
import type { Platform } from '../shared/platform.ts'
import { openRedis } from '../shared/redis.ts'
import type { Service } from '../shared/service.ts'
import { rpcAccounts, type Accounts } from './accounts.ts'
import { openAuthority } from './authority.ts'
import { clientsOf } from './clients.ts'
import { openCredentials, type CredentialStore } from './credentials.ts'
import { openForms } from './forms.ts'
import { openKeyStore } from './key-store.ts'
import { openOutbox, smtpCarrier, type Post } from './mail/outbox.ts'
import { openOneTimeTokens } from './one-time-tokens.ts'
import { openPasskeys } from './passkeys.ts'
import { openPasswords, readCommonPasswords, type Passwords } from './passwords.ts'
import type { AuthorizationPorts } from './ports.ts'
import { createProvider, type Holder } from './provider.ts'
import { authorizationServer } from './routes/index.ts'
import { credentialRpc } from './rpc.ts'
import { openSignIns } from './sign-ins.ts'
import { rotationTimes, type RotationTimes } from './signing-key.ts'
import { adaptersOver } from './store/adapter.ts'
import { openRefreshTokens } from './store/refresh-tokens.ts'
import { openShortLived } from './store/short-lived.ts'
import { openThrottle } from './throttle.ts'

export { authorizationServer }

const poll_ms = 5_000
const sweepEvery_ms = 600_000

/** A person as tokens are made for them; what customer-services knows is asked for where it is to be told. */
const holders = (credentials: CredentialStore, accounts: Accounts) => async (account_id: string): Promise<Holder | undefined> => {
  const known = await credentials.read(account_id)
  if (known === undefined) return undefined
  const { roles } = known
  return {
    accountId: account_id,
    roles,
    async claims(_use, scope) {
      const account = /\b(email|profile)\b/.test(scope) ? await accounts.get(account_id) : undefined
      return { sub: account_id, roles, ...(account === undefined ? {} : { email: account.email, email_verified: true, ...(account.country === '' ? {} : { country: account.country }) }) }
    },
  }
}

/** What tests put in place of the real thing. */
export interface Replaced {
  readonly accounts?: Accounts
  readonly passwords?: Passwords
  readonly post?: Post
  readonly times?: RotationTimes
}

export interface Opened {
  readonly service: Service
  readonly ports: AuthorizationPorts
  close(): Promise<void>
}

/** The authorization server over the real platform. Connects to nothing until it is used. */
export function openAuthorization(platform: Platform, replaced: Replaced = {}): Opened {
  const { endpoints, config } = platform
  const { masterKey } = config
  const log = logLinesFrom(config.logLevel)
  const complain = (what: string) => (cause: unknown): void => { log('error', what, { component: 'authorization-server', cause }) }
  const issuer = endpoints.gateway.url
  const database = platform.database('user')
  const redis = openRedis(endpoints, 'auth:')
  const vault = openVault(masterKey)
  const signIns = openSignIns(database, redis)
  const refreshTokens = openRefreshTokens(database)
  const shortLived = openShortLived(redis)
  const credentials = openCredentials(database, vault, masterKey)
  const accounts = replaced.accounts ?? rpcAccounts(endpoints.grpc.customerServices, () => authority.ownToken())
  const times = replaced.times ?? rotationTimes
  const create = (keys: Parameters<Parameters<typeof openAuthority>[0]['create']>[0]) =>
    createProvider({ endpoints, config, adapter: adaptersOver({ signIns, refreshTokens, shortLived }), findAccount: holders(credentials, accounts), keys })
      .on('server_error', (_context: unknown, error: unknown) => { complain('answering a request of the protocol')(error) })
      .on('grant.revoked', () => { log('info', 'security', { component: 'authorization-server', event: 'grant_revoked' }) })
  const authority = openAuthority({ keys: openKeyStore(database, vault, times), times, create, poll_ms })
  const carrier = smtpCarrier(endpoints)
  const outbox = openOutbox(database, vault, carrier.carry)
  const clients = new Map(clientsOf(endpoints, config.secretOf).map((client) => [client.client_id, client]))
  const ports: AuthorizationPorts = {
    issuer, authority, accounts, credentials, signIns, shortLived,
    passkeys: openPasskeys(database, issuer),
    passwords: replaced.passwords ?? openPasswords(),
    common: readCommonPasswords(),
    throttle: openThrottle(redis, masterKey),
    tokens: openOneTimeTokens(database, vault),
    post: replaced.post ?? outbox,
    forms: openForms(masterKey, issuer),
    client: (client_id) => clients.get(client_id),
  }
  const close = async (): Promise<void> => {
    accounts.close()
    carrier.close()
    redis.disconnect()
  }
  return {
    ports,
    close,
    service: {
      name: 'authorization-server',
      port: endpoints.port('authorization_server'),
      description: 'OpenID Connect and OAuth 2.1: signing in, tokens, and what people let applications do.',
      routes: authorizationServer(ports),
      checks: {
        mysql: () => database.ping(),
        redis: async () => { await redis.ping() },
        keys: async () => {
          try {
            authority.provider()
          } catch {
            throw new NotReady('signing keys have not been read yet')
          }
        },
      },
      rpc: { port: endpoints.port('authorization_server_grpc'), services: [credentialRpc(ports)] },
      async start() {
        await authority.refresh()
        const stops = [
          authority.follow(complain('looking at signing keys')),
          outbox.follow({ lost: (mail_id, error) => { complain(`delivering mail ${mail_id} for a day`)(error) }, failed: complain('delivering mails') }),
        ]
        const sweep = setInterval(() => { void signIns.sweep(Date.now()).catch(complain('sweeping')) }, sweepEvery_ms).unref()
        return async () => {
          clearInterval(sweep)
          for (const stop of stops) stop()
          await close()
        }
      },
    },
  }
}

/** The authorization server as a component. */
export const open = (platform: Platform): Service => openAuthorization(platform).service
