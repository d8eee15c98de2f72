/**
 * Personal data is sealed (AES-256-GCM) under a key per account, and that key under the master key: whoever destroys an account's key
 * row has erased the account everywhere, topics and lake included. What is sealed is bound to its account and column.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

export interface Vault {
  /** A new account key, wrapped for `account_keys.key_wrapped`. */
  newKey(account_id: string): Buffer
  seal(account: Keyed, column: string, text: string): Buffer
  /** Throws when the key or the place is not the one it was sealed with. */
  open(account: Keyed, column: string, sealed: Uint8Array): string
  /** The same of bytes. */
  sealBytes(account: Keyed, column: string, bytes: Uint8Array): Buffer
  openBytes(account: Keyed, column: string, sealed: Uint8Array): Buffer
  /** Finds an e-mail address without revealing it. */
  emailIndex(email: string): Buffer
  /** What PINs are hashed under besides themselves. */
  readonly pinSecret: Buffer
  /** Digest of a request that may hold personal data. */
  requestDigest(text: string): Buffer
}
export interface Keyed {
  readonly account_id: string
  readonly key_wrapped: Uint8Array
}

const format = 1
const ivBytes = 12
const tagBytes = 16

function encrypt(key: Uint8Array, place: string, plain: Uint8Array): Buffer {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.of(format), iv, cipher.getAuthTag(), body])
}

function decrypt(key: Uint8Array, place: string, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed)
  if (bytes[0] !== format) throw new Error(`opening sealed data of '${place}': format ${bytes[0]} is unknown`)
  const body = 1 + ivBytes + tagBytes
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + ivBytes), { authTagLength: tagBytes })
    .setAAD(Buffer.from(place))
    .setAuthTag(bytes.subarray(1 + ivBytes, body))
  return Buffer.concat([decipher.update(bytes.subarray(body)), decipher.final()])
}

/** One spelling per address: the domain knows no case, and no provider we know tells local parts apart by it. */
export const normalEmail = (email: string): string => email.normalize('NFC').toLowerCase()

/** A vault under a master key of 32 bytes. */
export function openVault(masterKey: Uint8Array): Vault {
  const derived = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', masterKey, '', purpose, 32))
  const wrapping = derived('account key wrapping')
  const indexing = derived('email index')
  const digesting = derived('request digest')
  const keyOf = ({ account_id, key_wrapped }: Keyed): Buffer => decrypt(wrapping, `${account_id}:key`, key_wrapped)
  const sealBytes: Vault['sealBytes'] = (account, column, bytes) => encrypt(keyOf(account), `${account.account_id}:${column}`, bytes)
  const openBytes: Vault['openBytes'] = (account, column, sealed) => decrypt(keyOf(account), `${account.account_id}:${column}`, sealed)
  return {
    newKey: (account_id) => encrypt(wrapping, `${account_id}:key`, randomBytes(32)),
    seal: (account, column, text) => sealBytes(account, column, Buffer.from(text)),
    open: (account, column, sealed) => openBytes(account, column, sealed).toString(),
    sealBytes,
    openBytes,
    emailIndex: (email) => createHmac('sha256', indexing).update(normalEmail(email)).digest(),
    pinSecret: derived('profile pins'),
    requestDigest: (text) => createHmac('sha256', digesting).update(text).digest(),
  }
}
