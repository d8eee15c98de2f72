/** Where oidc-provider keeps its models: grants and refresh tokens in MySQL, all else in Redis. Clients are declared, not kept. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { errors, Provider, type Adapter, type Payload } from 'oidc-provider'
import type { Origin, SignIns } from '../sign-ins.ts'
import { sidOf } from '../sign-ins.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import type { ShortLived } from './short-lived.ts'

export interface Stores {
  readonly signIns: SignIns
  readonly refreshTokens: RefreshTokens
  readonly shortLived: ShortLived
}

const nothing = async (): Promise<undefined> => undefined
/** What this model never does. */
const unused = { findByUid: nothing, findByUserCode: nothing, consume: nothing, revokeByGrantId: nothing }
const longestDevice = 120

/** The browser or device of the request that is being answered, as it calls itself. */
export const deviceOf = (userAgent: string | undefined): string => (userAgent ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, longestDevice) || 'unknown'

const origins = new AsyncLocalStorage<Origin>()
/** Does work whose grants come from there; within a request of the protocol itself it is known. */
export const from = <T>(origin: Origin, work: () => Promise<T>): Promise<T> => origins.run(origin, work)

function originOfRequest(): Origin {
  const told = origins.getStore()
  if (told !== undefined) return told
  const { ctx } = Provider
  const { uid, loginTs } = ctx?.oidc.session ?? {}
  return { browser_uid: uid, device: deviceOf(ctx?.get('user-agent')), signed_in_at: loginTs === undefined ? Date.now() : loginTs * 1_000 }
}

/** A code or token that was used at the same time by somebody else: neither knows which is the thief, so the whole grant goes (RFC 9700 §4.14). */
async function refuse(model: string, { signIns }: Stores, grant_id: string | undefined): Promise<never> {
  if (grant_id !== undefined) await signIns.end(sidOf(grant_id))
  throw model === 'PushedAuthorizationRequest' ? new errors.InvalidRequestUri('it was already used') : new errors.InvalidGrant('it was already used')
}

function grants({ signIns }: Stores): Adapter {
  return {
    ...unused,
    upsert: (id, payload, expiresIn) => signIns.put(id, payload, expiresIn, originOfRequest()),
    find: (id) => signIns.find(id),
    destroy: async (id) => {
      await signIns.end(sidOf(id))
    },
  }
}

function refresh(stores: Stores): Adapter {
  const { refreshTokens } = stores
  return {
    ...unused,
    upsert: (id, payload, expiresIn) => refreshTokens.put(id, payload, expiresIn),
    find: (id) => refreshTokens.find(id),
    async consume(id) {
      if (!(await refreshTokens.consume(id))) await refuse('RefreshToken', stores, (await refreshTokens.find(id))?.grantId)
    },
    destroy: (id) => refreshTokens.remove(id),
    revokeByGrantId: (grant_id) => refreshTokens.removeOf(grant_id),
  }
}

function shortLived(model: string, stores: Stores): Adapter {
  const kept = stores.shortLived
  const by = async (index: 'uid' | 'user-code', value: string): Promise<Payload | undefined> => {
    const id = await kept.findBy(index, value)
    return id === undefined ? undefined : kept.find(model, id)
  }
  return {
    upsert: (id, payload, expiresIn) => kept.put(model, id, payload, expiresIn),
    find: (id) => kept.find(model, id),
    findByUid: (uid) => by('uid', uid),
    findByUserCode: (userCode) => by('user-code', userCode),
    async consume(id) {
      if ((await kept.consume(model, id)) !== 'won') await refuse(model, stores, (await kept.find(model, id))?.grantId)
    },
    destroy: (id) => kept.remove(model, id),
    revokeByGrantId: (grant_id) => kept.removeOf(model, grant_id),
  }
}

/** A factory of adapters, one per model. */
export const adaptersOver = (stores: Stores) => (model: string): Adapter => {
  if (model === 'Client') return { ...unused, upsert: nothing, find: nothing, destroy: nothing }
  if (model === 'Grant') return grants(stores)
  return model === 'RefreshToken' ? refresh(stores) : shortLived(model, stores)
}
