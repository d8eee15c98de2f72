/**
 * Who asks, read out of a signed token. Two issuers are trusted: the gateway, which passes a person on as a token of a minute for one
 * service, and the authorization server, whose client-credentials tokens say which program asks. Each service verifies for itself.
 */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { Refused, Unavailable } from './errors.ts'

export const roles = ['viewer', 'editor', 'venue-manager', 'analyst', 'operator', 'service'] as const
export type Role = (typeof roles)[number]

/** What an application may be allowed to do for a person; besides OpenID Connect's own scopes. */
export const scopes = {
  'account:read': 'see the account and its profiles',
  'account:write': 'change the account and its profiles',
  'ratings:read': 'see what its profiles rated',
  'ratings:write': 'rate for its profiles',
  'social:read': 'see feeds, notifications and what friends share',
  'social:write': 'follow, review, comment, like and keep lists',
  'catalogue:write': 'change titles, people and credits',
  'configuration:read': 'see configuration and feature flags',
  'configuration:write': 'change configuration and feature flags',
} as const
export type Scope = keyof typeof scopes

export interface Identity {
  /** `account_id` of a person, `client_id` of a program. */
  readonly subject: string
  readonly kind: 'person' | 'service'
  /** The application a person uses, or the program itself. */
  readonly client_id: string
  readonly roles: readonly Role[]
  readonly scopes: readonly string[]
  /** The sign-in that the token comes from; a program has none. */
  readonly session_id: string | undefined
}

export interface Verifier {
  /** Throws Refused `unauthenticated` for a token that is not to be trusted, Unavailable where the issuer's keys cannot be had. */
  verify(token: string): Promise<Identity>
}

/** Of tokens that the gateway makes: `iss`, and `typ` in the header. */
export const gatewayIssuer = 'urn:cdlc:gateway'
export const identityType = 'cdlc-identity+jwt'
/** Where the gateway answers the keys of its identity tokens, as a JWK set. */
export const identityKeysPath = '/.well-known/identity-jwks.json'
/** `aud` of an identity token: one service, so that no service can go to another with it. */
export const audienceOf = (component: string): string => `urn:cdlc:service:${component}`
/** `aud` of a program's access token, good at every service; of a person's, good at the gateway alone. */
export const servicesAudience = 'urn:cdlc:services'
export const apiAudience = 'urn:cdlc:api'

export interface Trust {
  readonly issuer: string
  readonly audience: string
  /** `typ` of the header: tokens of one kind are never taken for another. */
  readonly type: string
  readonly algorithms: readonly string[]
  readonly keys: JWTVerifyGetKey
  readonly read: (claims: JWTPayload) => Identity | undefined
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const words = (value: unknown): readonly string[] => (typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : [])
const rolesIn = (value: unknown): readonly Role[] => (Array.isArray(value) ? roles.filter((role) => value.includes(role)) : [])

/** A person's identity out of claims; undefined where one is missing. */
export function personOf({ sub, client_id, roles: given, scope, sid }: JWTPayload): Identity | undefined {
  const [subject, client] = [text(sub), text(client_id)]
  if (subject === undefined || client === undefined) return undefined
  return { subject, kind: 'person', client_id: client, roles: rolesIn(given), scopes: words(scope), session_id: text(sid) }
}

/** A program's identity: the subject is the client itself, as RFC 9068 has it for client credentials. */
export function programOf({ sub, client_id, scope }: JWTPayload): Identity | undefined {
  const client = text(client_id)
  if (client === undefined || sub !== client) return undefined
  return { subject: client, kind: 'service', client_id: client, roles: ['service'], scopes: words(scope), session_id: undefined }
}

const remote = (url: string): JWTVerifyGetKey => createRemoteJWKSet(new URL(url), { timeoutDuration: 3_000, cooldownDuration: 1_000, cacheMaxAge: 600_000 })

/** What a component trusts. */
export function trustOf(component: string, { gateway, authorization }: Pick<Endpoints, 'gateway' | 'authorization'>): readonly Trust[] {
  return [
    { issuer: gatewayIssuer, audience: audienceOf(component), type: identityType, algorithms: ['EdDSA'], keys: remote(`${gateway.url}${identityKeysPath}`), read: personOf },
    { issuer: gateway.url, audience: servicesAudience, type: 'at+jwt', algorithms: ['ES256'], keys: remote(`${authorization.url}/oauth/jwks`), read: programOf },
  ]
}

const refused = (): Refused => new Refused({ code: 'unauthenticated', message: 'the token is not valid here, or not any more; get a new one and try again', field: 'header.authorization' })
/** Claims of a token before anybody has verified it; good for nothing but to choose who is to. */
function issuerIn(token: string): string | undefined {
  try {
    return text((JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as JWTPayload).iss)
  } catch {
    return undefined
  }
}

const remembered = 10_000
const clockTolerance_s = 5

/** Verifies tokens of these issuers; one that was verified is not again until it expires. */
export function openVerifier(trusts: readonly Trust[], now: () => number = Date.now): Verifier {
  const known = new Map<string, { readonly identity: Identity; readonly until: number }>()
  return {
    async verify(token) {
      const hit = known.get(token)
      if (hit !== undefined && hit.until > now()) return hit.identity
      known.delete(token)
      const trust = trusts.find(({ issuer }) => issuer === issuerIn(token))
      if (trust === undefined) throw refused()
      const { payload } = await jwtVerify(token, trust.keys, {
        issuer: trust.issuer, audience: trust.audience, typ: trust.type, algorithms: [...trust.algorithms], clockTolerance: clockTolerance_s,
        requiredClaims: ['exp', 'iat', 'sub'], currentDate: new Date(now()),
      }).catch((cause: unknown) => {
        // what jose cannot fetch is not the caller's fault
        if (cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout) && cause.code !== 'ERR_JOSE_GENERIC') throw refused()
        throw new Unavailable(`fetching keys of '${trust.issuer}'`, { cause })
      })
      const identity = trust.read(payload)
      if (identity === undefined || payload.exp === undefined || (payload.iat ?? 0) * 1_000 > now() + clockTolerance_s * 1_000) throw refused()
      if (known.size >= remembered) known.delete(known.keys().next().value ?? '')
      known.set(token, { identity, until: payload.exp * 1_000 })
      return identity
    },
  }
}
