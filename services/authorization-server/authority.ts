/** The provider that answers now. A new one over the same stores takes its place when keys change; what the old one began, it ends. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import { Unavailable } from '../shared/errors.ts'
import { servicesAudience } from '../shared/identity.ts'
import type { KeyStore, SigningKey } from './key-store.ts'
import { accessToken_s, resourceServer } from './resources.ts'
import { nextChange, type RotationTimes } from './signing-key.ts'

export interface Authority {
  /** Throws before the first `refresh`. */
  provider(): Provider
  /** Answers a request of the protocol. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Looks at the keys, and puts a new provider in place where they have changed. */
  refresh(): Promise<void>
  /** Adds a key that will sign once every process knows it. */
  rotate(): Promise<{ readonly kid: string; readonly signs_from: number }>
  /** A token of this program itself, made here and now. */
  ownToken(): Promise<string>
  /** Follows the keys until it is called again. */
  follow(onError: (error: unknown) => void): () => void
}

export interface AuthorityOptions {
  readonly keys: KeyStore
  readonly times: RotationTimes
  readonly create: (keys: readonly SigningKey[]) => Provider
  /** How often to look for keys that another process made; less than the time from a key's publication to its first signature. */
  readonly poll_ms: number
}

const self = 'authorization-server'
const early_ms = 30_000

export function openAuthority({ keys, times, create, poll_ms }: AuthorityOptions): Authority {
  let current: { readonly provider: Provider; readonly handle: Authority['handle']; readonly keys: readonly SigningKey[]; readonly order: string } | undefined
  let own: { readonly token: string; readonly until: number } | undefined
  let refreshing: Promise<void> | undefined

  const now = (): NonNullable<typeof current> => {
    if (current === undefined) throw new Unavailable('answering for the authorization server: its keys have not been read yet')
    return current
  }
  async function look(): Promise<void> {
    const live = await keys.load()
    const order = live.map(({ kid }) => kid).join(' ')
    if (order === current?.order) return
    const provider = create(live)
    current = { provider, handle: provider.callback(), keys: live, order }
  }
  const refresh = (): Promise<void> => {
    refreshing ??= look().finally(() => { refreshing = undefined })
    return refreshing
  }

  return {
    provider: () => now().provider,
    handle: (request, response) => now().handle(request, response),
    refresh,
    async rotate() {
      const added = await keys.rotate()
      await refresh()
      return added
    },
    async ownToken() {
      if (own !== undefined && own.until > Date.now()) return own.token
      const issuer = now().provider
      const client = await issuer.Client.find(self)
      const info = resourceServer(servicesAudience, self, undefined)
      if (client === undefined || info === undefined) throw new Error(`making a token for '${self}': it is not among the clients`)
      const token = new issuer.ClientCredentials({ client })
      token.resourceServer = new issuer.ResourceServer(servicesAudience, info)
      own = { token: await token.save(), until: Date.now() + accessToken_s * 1_000 - early_ms }
      return own.token
    },
    follow(onError) {
      let timer: NodeJS.Timeout | undefined
      let over = false
      const again = (): void => {
        if (over) return
        // a key begins to sign at its instant, in every process alike
        const wait = Math.min(poll_ms, Math.max(0, nextChange(current?.keys ?? [], Date.now(), times) - Date.now()))
        timer = setTimeout(() => { void refresh().catch(onError).finally(again) }, wait).unref()
      }
      again()
      return () => {
        over = true
        clearTimeout(timer)
      }
    },
  }
}
