/** What tokens are good for: whose resource they name, and which scopes of it a person's roles allow. Pure. */
import { apiAudience, scopes, servicesAudience, type Role, type Scope } from '../shared/identity.ts'
import { isProgramClient } from './clients.ts'

/** Scopes of OpenID Connect itself; they name no resource. */
export const openidScopes = ['openid', 'profile', 'email', 'offline_access'] as const

/** The API's scopes, in the order in which they are declared. */
export const apiScopes = Object.keys(scopes) as readonly Scope[]

const everybody: readonly Scope[] = ['account:read', 'account:write', 'ratings:read', 'ratings:write', 'social:read', 'social:write']
const byRole: Readonly<Record<Role, readonly Scope[]>> = {
  viewer: [],
  editor: ['catalogue:write'],
  'venue-manager': [],
  analyst: ['configuration:read'],
  operator: ['configuration:read', 'configuration:write'],
  service: [],
}
/** What an application may have for anybody, whatever their roles: a TV neither changes accounts nor the catalogue. */
const byClient: Readonly<Record<string, readonly Scope[]>> = {
  'cdlc-web': apiScopes,
  'cdlc-app': apiScopes,
  'cdlc-tv': ['account:read', 'ratings:read', 'ratings:write', 'social:read'],
}

/** The scopes that a person of these roles may let this application have. */
export function allowedScopes(client_id: string, roles: readonly Role[]): readonly Scope[] {
  const allowed = new Set([...everybody, ...roles.flatMap((role) => byRole[role])])
  return (byClient[client_id] ?? []).filter((scope) => allowed.has(scope))
}

/** Parts the API scopes that were asked for into those that application and roles allow, and those that they do not. */
export function partScopes(asked: Iterable<string>, client_id: string, roles: readonly Role[]): { readonly granted: readonly Scope[]; readonly refused: readonly Scope[] } {
  const wanted = new Set(asked)
  const allowed: ReadonlySet<string> = new Set(allowedScopes(client_id, roles))
  const known = apiScopes.filter((scope) => wanted.has(scope))
  return { granted: known.filter((scope) => allowed.has(scope)), refused: known.filter((scope) => !allowed.has(scope)) }
}

/**
 * The resource of a request that names none. Whoever asks for nothing but OpenID Connect's scopes gets a token for `/oauth/userinfo`,
 * which takes no token that is meant for somebody else.
 */
export function defaultResource(client_id: string, asked: Iterable<string>): string | undefined {
  if (isProgramClient(client_id)) return servicesAudience
  return [...asked].some((scope) => !openidScopes.some((own) => own === scope)) ? apiAudience : undefined
}

/** Life of an access token: whoever is signed out with it is known to the gateway for longer. */
export const accessToken_s = 600

/** A resource as oidc-provider knows it; undefined where this client has no business with it. `roles` undefined: nobody has signed in yet. */
export function resourceServer(resource: string, client_id: string, roles: readonly Role[] | undefined): object | undefined {
  const program = isProgramClient(client_id)
  if (resource !== (program ? servicesAudience : apiAudience)) return undefined
  const scope = program ? [] : roles === undefined ? (byClient[client_id] ?? []) : allowedScopes(client_id, roles)
  return { scope: scope.join(' '), audience: resource, accessTokenTTL: accessToken_s, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }
}
