/** How oidc-provider is set up here: OAuth 2.1 and OpenID Connect, nothing optional that nobody uses. */
import { hkdfSync } from 'node:crypto'
import { errors, Provider, type Account, type Adapter, type Client, type Context, type Interaction, type Session, type Token } from 'oidc-provider'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import type { Config } from '../shared/config.ts'
import type { Role } from '../shared/identity.ts'
import { clientsOf, isProgramClient } from './clients.ts'
import { firstPartyGrant } from './consent.ts'
import type { SigningKey } from './key-store.ts'
import * as screens from './pages/provider.ts'
import { accessToken_s, defaultResource, openidScopes, resourceServer } from './resources.ts'
import { sidOf } from './sign-ins.ts'

/** A person as tokens are made for them. */
export interface Holder extends Account {
  readonly roles: readonly Role[]
}

export interface ProviderOptions {
  readonly endpoints: Pick<Endpoints, 'gateway'>
  readonly config: Pick<Config, 'secretOf' | 'masterKey'>
  readonly adapter: (model: string) => Adapter
  /** Undefined where nobody may sign in as this account, or not any more. */
  readonly findAccount: (account_id: string) => Promise<Holder | undefined>
  /** The one that signs first. */
  readonly keys: readonly SigningKey[]
}

const day_s = 86_400
/** A session that is used goes on for two weeks more, but not past 90 days from signing in. */
const sessionTtl = (_: Context, { loginTs }: Session): number => (loginTs === undefined ? day_s : Math.max(1, Math.min(14 * day_s, loginTs + 90 * day_s - Math.floor(Date.now() / 1_000))))
const ttl = {
  AccessToken: accessToken_s, ClientCredentials: accessToken_s, IdToken: accessToken_s, AuthorizationCode: 60, DeviceCode: 600,
  Interaction: 3_600, Session: sessionTtl, RefreshToken: 30 * day_s, Grant: 90 * day_s,
}
export const routes = {
  authorization: '/oauth/authorize', token: '/oauth/token', jwks: '/oauth/jwks', introspection: '/oauth/introspect', revocation: '/oauth/revoke',
  device_authorization: '/oauth/device/code', code_verification: '/oauth/device', userinfo: '/oauth/userinfo', end_session: '/oauth/logout',
  pushed_authorization_request: '/oauth/par',
}
/** Where a person is asked something before an authorization goes on; the cookie that binds it to their browser is for this path alone. */
export const interactionPath = (uid: string): string => `/auth/interaction/${uid}`

const program = ({ clientId }: Client): boolean => isProgramClient(clientId)
const rolesOf = (ctx: Context | undefined): readonly Role[] | undefined => (ctx?.oidc.account as Holder | undefined)?.roles

/** Claims besides the standard's own: roles, and the sign-in that the token is of. */
async function extraTokenClaims(ctx: Context | undefined, { accountId, grantId }: Token): Promise<object> {
  if (accountId === undefined || grantId === undefined) return { roles: ['service'] }
  return { roles: rolesOf(ctx) ?? [], sid: sidOf(grantId) }
}

/** A grant to an application in a browser ends with the browser's session; a device that was allowed offline access is signed in by itself. */
const expiresWithSession = async (ctx: Context, source: Token): Promise<boolean> =>
  ctx.oidc.client.applicationType === 'web' || !source.scopes.has('offline_access')

/** Browsers take a cookie with such a prefix from its own host by https alone. */
const cookieNames = (issuer: string): Readonly<Record<string, string>> => {
  const [own, narrow] = issuer.startsWith('https:') ? ['__Host-', '__Secure-'] : ['', '']
  return { session: `${own}cdlc_session`, interaction: `${narrow}cdlc_interaction`, resume: `${narrow}cdlc_resume` }
}

/** A provider that signs with the first of these keys and publishes all. Opens nothing. */
export function createProvider({ endpoints, config, adapter, findAccount, keys }: ProviderOptions): Provider {
  const cookieKey = Buffer.from(hkdfSync('sha256', config.masterKey, '', 'authorization server cookies', 32)).toString('base64url')
  const signed = { signed: true, httpOnly: true, sameSite: 'lax' }
  const provider = new Provider(endpoints.gateway.url, {
    adapter,
    clients: clientsOf(endpoints, config.secretOf),
    jwks: { keys: keys.map(({ jwk }) => jwk) },
    routes,
    ttl,
    findAccount: async (_: Context, account_id: string) => findAccount(account_id),
    scopes: openidScopes.filter((scope) => scope === 'openid' || scope === 'offline_access'),
    claims: { openid: ['sub'], profile: ['country', 'roles'], email: ['email', 'email_verified'] },
    // no second question to /oauth/userinfo for what the ID token may say at once
    conformIdTokenClaims: false,
    extraTokenClaims,
    expiresWithSession,
    issueRefreshToken: async (_: Context, client: Client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: () => true,
    loadExistingGrant: firstPartyGrant,
    pkce: { required: () => true },
    responseTypes: ['code', 'none'],
    clientAuthMethods: ['client_secret_basic', 'none'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256'], userinfoSigningAlgValues: ['ES256'], introspectionSigningAlgValues: ['ES256'],
      authorizationSigningAlgValues: ['ES256'], requestObjectSigningAlgValues: ['ES256'],
    },
    allowOmittingSingleRegisteredRedirectUri: false,
    clientBasedCORS: () => false, // the gateway's affair
    cookies: { keys: [cookieKey], names: cookieNames(endpoints.gateway.url), long: signed, short: signed },
    interactions: { url: async (_: Context, { uid }: Interaction) => interactionPath(uid) },
    renderError: screens.renderError,
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', userCodeInputSource: screens.userCodeInput, userCodeConfirmSource: screens.userCodeConfirm, successSource: screens.deviceSignedIn },
      introspection: { enabled: true, allowedPolicy: async (_: Context, client: Client, { clientId }: Token) => program(client) || clientId === client.clientId },
      revocation: { enabled: true, allowedPolicy: async (_: Context, { clientId }: Client, token: Token) => token.clientId === clientId },
      rpInitiatedLogout: { enabled: true, logoutSource: screens.signOut, postLogoutSuccessSource: screens.signedOut },
      resourceIndicators: {
        enabled: true,
        defaultResource: async ({ oidc }: Context, client: Client, oneOf: unknown) => oneOf ?? defaultResource(client.clientId, oidc.requestParamScopes),
        useGrantedResource: async () => true,
        getResourceServerInfo: async (ctx: Context, resource: string, client: Client) => {
          const known = resourceServer(resource, client.clientId, rolesOf(ctx))
          if (known === undefined) throw new errors.InvalidTarget()
          return known
        },
      },
    },
  })
  provider.proxy = true
  return provider
}
