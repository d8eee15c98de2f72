/** Who asks: access tokens verified once, and the identity tokens that are made of them for services. */
import { SignJWT } from 'jose'
import { Refused } from '../shared/errors.ts'
import { audienceOf, gatewayIssuer, identityType, servicesAudience, type Identity, type Verifier } from '../shared/identity.ts'
import { tokensSeen } from '../shared/telemetry-gateway.ts'
import type { IdentityKeys } from './identity-keys.ts'
import type { Upstream } from './routes.ts'
import type { EndedSessions } from './sessions.ts'

export interface Asker {
  readonly identity: Identity
  /** When the access token ends, in ms since the epoch. */
  readonly until: number
  /** What passes for it at an upstream. */
  authorizationFor(upstream: Upstream): string | Promise<string>
}

export interface Askers {
  /** Who has this access token, where it has been verified before and still counts. */
  known(token: string): Asker | undefined
  /** Verifies it. Throws Refused `unauthenticated`, or Unavailable where the keys cannot be had. */
  verified(token: string): Promise<Asker>
}

export interface AskersOptions {
  readonly persons: Verifier
  readonly programs: Verifier
  readonly keys: IdentityKeys
  readonly sessions: EndedSessions
  readonly now?: () => number
}

/** Tokens that are remembered, and the life of an identity token; one is not used in its last half. */
const remembered = 10_000
const life_s = 60
const spare_ms = 30_000

const claimsIn = (token: string): { readonly aud?: unknown; readonly exp?: number } => {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { aud?: unknown; exp?: number }
  } catch {
    return {}
  }
}
const ended = (): Refused => new Refused({ code: 'unauthenticated', message: 'the session of this token has ended; sign in again', field: 'header.authorization' })

export function createAskers({ persons, programs, keys, sessions, now = Date.now }: AskersOptions): Askers {
  const askers = new Map<string, Asker>()

  async function mint({ identity, until }: Pick<Asker, 'identity' | 'until'>, upstream: Upstream): Promise<{ readonly value: string; readonly until: number }> {
    const at_s = Math.floor(now() / 1_000)
    // no longer than the access token it is made of
    const exp = Math.min(at_s + life_s, Math.floor(until / 1_000))
    const { subject, client_id, scopes, roles, session_id } = identity
    const token = await new SignJWT({ client_id, scope: scopes.join(' '), roles: [...roles], ...(session_id === undefined ? {} : { sid: session_id }) })
      .setProtectedHeader({ alg: 'EdDSA', typ: identityType, kid: keys.kid })
      .setIssuer(gatewayIssuer).setAudience(audienceOf(upstream)).setSubject(subject).setIssuedAt(at_s).setExpirationTime(exp)
      .sign(keys.signing)
    return { value: `Bearer ${token}`, until: exp * 1_000 - Math.min(spare_ms, (exp - at_s) * 500) }
  }

  function personWith(identity: Identity, until: number): Asker {
    const minted = new Map<Upstream, { readonly value: string; readonly until: number }>()
    const minting = new Map<Upstream, Promise<string>>()
    const asker: Asker = {
      identity, until,
      authorizationFor(upstream) {
        const made = minted.get(upstream)
        if (made !== undefined && made.until > now()) return made.value
        const making = minting.get(upstream) ?? mint(asker, upstream).then((token) => {
          minted.set(upstream, token)
          return token.value
        }).finally(() => { minting.delete(upstream) })
        minting.set(upstream, making)
        return making
      },
    }
    return asker
  }

  async function verify(token: string): Promise<Asker> {
    const { aud, exp = 0 } = claimsIn(token)
    // which of the two it is makes no difference to whether it is believed
    const forPrograms = [aud].flat().includes(servicesAudience)
    const identity = await (forPrograms ? programs : persons).verify(token)
    const until = exp * 1_000
    return forPrograms ? { identity, until, authorizationFor: () => `Bearer ${token}` } : personWith(identity, until)
  }

  function isEnded({ identity: { session_id } }: Asker): boolean {
    if (session_id === undefined || !sessions.isEnded(session_id)) return false
    tokensSeen.inc({ outcome: 'ended' })
    return true
  }

  return {
    known(token) {
      const asker = askers.get(token)
      if (asker === undefined) return undefined
      if (asker.until <= now()) {
        askers.delete(token)
        return undefined
      }
      if (isEnded(asker)) throw ended()
      const { session_id } = asker.identity
      return session_id === undefined || sessions.isConfirmed(session_id) ? asker : undefined
    },
    async verified(token) {
      try {
        const asker = askers.get(token) ?? await verify(token)
        const { session_id } = asker.identity
        if (session_id !== undefined && !(await sessions.confirm(session_id))) tokensSeen.inc({ outcome: 'unconfirmed' })
        if (askers.size >= remembered && !askers.has(token)) askers.delete(askers.keys().next().value ?? '')
        askers.set(token, asker)
        if (isEnded(asker)) throw ended()
        tokensSeen.inc({ outcome: 'verified' })
        return asker
      } catch (error) {
        if (error instanceof Refused) tokensSeen.inc({ outcome: 'refused' })
        throw error
      }
    },
  }
}
