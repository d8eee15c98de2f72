import { expect, test } from 'vitest'
import type { Provider } from 'oidc-provider'
import { openAuthority } from './authority.ts'
import type { KeyStore, SigningKey } from './key-store.ts'
import { rotationTimes } from './signing-key.ts'

const key = (generation: number): SigningKey => ({ generation, kid: `key-${generation}`, signs_from: 0, jwk: {} })

test('a new provider takes the place of the old one when keys change, and only then; what the old one began goes on', async () => {
  let live: readonly SigningKey[] = [key(1)]
  const made: string[] = []
  const keys: KeyStore = { load: async () => live, rotate: async () => ({ kid: 'key-2', signs_from: 0 }) }
  const create = (given: readonly SigningKey[]): Provider => {
    const order = given.map(({ kid }) => kid).join(' ')
    made.push(order)
    return { callback: () => async (request: { ended: Promise<void> }, response: { by?: string }) => { await request.ended; response.by = order } } as unknown as Provider
  }
  const authority = openAuthority({ keys, times: rotationTimes, create, poll_ms: 1_000 })
  expect(() => authority.provider()).toThrow('its keys have not been read yet')
  await authority.refresh()
  await authority.refresh()
  const slow: { by?: string } = {}
  let end = (): void => undefined
  const begun = authority.handle({ ended: new Promise<void>((resolve) => { end = resolve }) } as never, slow as never)
  live = [key(2), key(1)]
  await authority.rotate()
  const quick: { by?: string } = {}
  await authority.handle({ ended: Promise.resolve() } as never, quick as never)
  end()
  await begun
  expect([made, slow.by, quick.by]).toEqual([['key-1', 'key-2 key-1'], 'key-1', 'key-2 key-1'])
})
