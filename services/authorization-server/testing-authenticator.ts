/** An authenticator in software: makes passkeys and signs with them as WebAuthn says, without attestation. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

type Cbor = number | string | Buffer | ReadonlyMap<number | string, Cbor>

/** As much of CBOR as an attestation takes. */
function cbor(value: Cbor): Buffer {
  const head = (major: number, n: number): Buffer => (n < 24 ? Buffer.of((major << 5) | n) : n < 256 ? Buffer.of((major << 5) | 24, n) : Buffer.of((major << 5) | 25, n >> 8, n & 255))
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  const entries = value as ReadonlyMap<number | string, Cbor>
  return Buffer.concat([head(5, entries.size), ...[...entries].flatMap(([key, each]) => [cbor(key), cbor(each)])])
}

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()
/** User present and verified. */
const flags = 0x05
const attested = 0x40

export interface Authenticator {
  create(options: { readonly challenge: string; readonly rp: { readonly id?: string } }): object
  get(options: { readonly challenge: string; readonly rpId?: string }, changes?: { readonly origin?: string; readonly type?: string }): object
}

/** An authenticator in a browser that shows `origin`. */
export function openAuthenticator(origin: string): Authenticator {
  const id = randomBytes(32)
  let key: KeyObject | undefined
  let counter = 0
  const clientData = (type: string, challenge: string, at = origin): Buffer => Buffer.from(JSON.stringify({ type, challenge, origin: at, crossOrigin: false }))
  const authData = (rpId: string, bits: number, more: Buffer = Buffer.alloc(0)): Buffer => {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    return Buffer.concat([sha256(rpId), Buffer.of(bits), count, more])
  }
  const answer = (response: Readonly<Record<string, string>>): object => ({ id: id.toString('base64url'), rawId: id.toString('base64url'), type: 'public-key', clientExtensionResults: {}, response })
  return {
    create({ challenge, rp }) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      key = pair.privateKey
      const { x = '', y = '' } = pair.publicKey.export({ format: 'jwk' })
      const cose = cbor(new Map<number, Cbor>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]]))
      const data = authData(rp.id ?? '', flags | attested, Buffer.concat([Buffer.alloc(16), Buffer.of(0, id.length), id, cose]))
      return answer({
        clientDataJSON: clientData('webauthn.create', challenge).toString('base64url'),
        attestationObject: cbor(new Map<string, Cbor>([['fmt', 'none'], ['attStmt', new Map()], ['authData', data]])).toString('base64url'),
      })
    },
    get({ challenge, rpId = '' }, { origin: at, type = 'webauthn.get' } = {}) {
      if (key === undefined) throw new Error('signing with a passkey: none was made')
      counter += 1
      const data = authData(rpId, flags)
      const client = clientData(type, challenge, at)
      return answer({
        clientDataJSON: client.toString('base64url'), authenticatorData: data.toString('base64url'),
        signature: sign('sha256', Buffer.concat([data, sha256(client)]), key).toString('base64url'),
      })
    },
  }
}
