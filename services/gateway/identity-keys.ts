/** The keys that the gateway signs identity tokens with. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JSONWebKeySet, type JWK } from 'jose'
import { readFile } from 'node:fs/promises'

export interface IdentityKeys {
  readonly kid: string
  readonly signing: CryptoKey
  /** What services verify with: every key of the set, so that one can be added before it signs and kept after it has. */
  readonly published: JSONWebKeySet
}

const publicOf = ({ kty, crv, x }: JWK, kid: string): JWK => ({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' } as JWK)

/** Out of a private JWK set; its first key signs. Throws, without quoting it, where it is none of Ed25519. */
export async function keysFrom(text: string): Promise<IdentityKeys> {
  let keys: readonly JWK[]
  try {
    ({ keys } = JSON.parse(text) as { keys: JWK[] })
    if (!Array.isArray(keys) || keys.length === 0 || keys.some(({ kty, crv, d }) => kty !== 'OKP' || crv !== 'Ed25519' || typeof d !== 'string')) throw new Error('other keys')
  } catch {
    throw new Error('reading CDLC_IDENTITY_KEYS: the file is not a JWK set of private Ed25519 keys')
  }
  const named = await Promise.all(keys.map(async (key) => ({ key, kid: key.kid ?? await calculateJwkThumbprint(key) })))
  const [first] = named
  if (first === undefined) throw new Error('reading CDLC_IDENTITY_KEYS: the file has no keys')
  return {
    kid: first.kid,
    signing: await importJWK(first.key, 'EdDSA') as CryptoKey,
    published: { keys: named.map(({ key, kid }) => publicOf(key, kid)) },
  }
}

/** A key that lives as long as this process. */
export async function newKeys(): Promise<IdentityKeys> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  return keysFrom(JSON.stringify({ keys: [await exportJWK(privateKey)] }))
}

/** Keys of the file that `CDLC_IDENTITY_KEYS` names; outside production new ones where it names none. */
export async function openKeys(env: Readonly<Record<string, string | undefined>>): Promise<IdentityKeys> {
  const file = env['CDLC_IDENTITY_KEYS']
  if (file === undefined) {
    if (env['NODE_ENV'] === 'production') throw new Error('reading CDLC_IDENTITY_KEYS: it is not set; production needs a file with a JWK set of private Ed25519 keys')
    return newKeys()
  }
  const text = await readFile(file, 'utf8').catch((cause: unknown) => { throw new Error('reading the file that CDLC_IDENTITY_KEYS names', { cause }) })
  return keysFrom(text)
}
