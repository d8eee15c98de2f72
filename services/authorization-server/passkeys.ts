/** Passkeys (WebAuthn): kept in MySQL, made and checked by @simplewebauthn/server. Each verifies its user, so it is two factors in one. */
import {
  generateAuthenticationOptions, generateRegistrationOptions, verifyAuthenticationResponse, verifyRegistrationResponse,
  type AuthenticationResponseJSON, type AuthenticatorTransport, type PublicKeyCredentialCreationOptionsJSON, type PublicKeyCredentialRequestOptionsJSON, type RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { Database } from '../shared/mysql.ts'
import { product } from './pages/layout.ts'

export interface Passkey {
  readonly credential_id: string
  readonly name: string
  readonly created_at: number
}
export interface Passkeys {
  of(account_id: string): Promise<readonly Passkey[]>
  remove(account_id: string, credential_id: string): Promise<boolean>
  /** What the browser is to make a passkey from; its challenge is to be kept. */
  creation(account_id: string, email: string): Promise<PublicKeyCredentialCreationOptionsJSON>
  /** Keeps the passkey that a browser made; false where it is not what was asked for. */
  register(account_id: string, challenge: string, response: unknown, name: string): Promise<boolean>
  request(): Promise<PublicKeyCredentialRequestOptionsJSON>
  /** The account whose passkey answered the challenge; undefined where none did. */
  verify(challenge: string, response: unknown): Promise<string | undefined>
}

interface Row {
  readonly credential_id: string
  readonly account_id: string
  readonly public_key: Buffer
  readonly counter: number
  readonly transports: string
  readonly name: string
  readonly created_at: Date
}

/** Of one account. */
const most = 20
const columns = 'credential_id, account_id, public_key, counter, transports, name, created_at'
const isAnswer = (response: unknown): response is { readonly id: string } => typeof response === 'object' && response !== null && 'id' in response && typeof response.id === 'string'

/** Passkeys of the site at `origin`. */
export function openPasskeys(database: Database, origin: string): Passkeys {
  const rpID = new URL(origin).hostname
  const rows = (where: string, value: string): Promise<readonly Row[]> => database.read((sql) => sql.rows<Row>(`SELECT ${columns} FROM passkeys WHERE ${where} = ? ORDER BY created_at LIMIT ${most}`, [value]))
  return {
    of: async (account_id) => (await rows('account_id', account_id)).map(({ credential_id, name, created_at }) => ({ credential_id, name, created_at: created_at.getTime() })),
    remove: async (account_id, credential_id) => (await database.read((sql) => sql.run('DELETE FROM passkeys WHERE credential_id = ? AND account_id = ?', [credential_id, account_id]))) > 0,
    async creation(account_id, email) {
      const known = await rows('account_id', account_id)
      return generateRegistrationOptions({
        rpName: product, rpID, userName: email, userID: new Uint8Array(Buffer.from(account_id)), attestationType: 'none',
        excludeCredentials: known.map(({ credential_id }) => ({ id: credential_id })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      })
    },
    async register(account_id, challenge, response, name) {
      if (!isAnswer(response) || (await rows('account_id', account_id)).length >= most) return false
      const checked = await verifyRegistrationResponse({ response: response as RegistrationResponseJSON, expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: rpID, requireUserVerification: true }).catch(() => undefined)
      if (checked?.verified !== true) return false
      const { id, publicKey, counter, transports = [] } = checked.registrationInfo.credential
      await database.read((sql) => sql.run(`INSERT INTO passkeys (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`, [id, account_id, Buffer.from(publicKey), counter, transports.join(' ').slice(0, 128), name, new Date()]))
      return true
    },
    request: () => generateAuthenticationOptions({ rpID, userVerification: 'required' }),
    async verify(challenge, response) {
      const [row] = isAnswer(response) ? await rows('credential_id', response.id) : []
      if (row === undefined) return undefined
      const { credential_id, account_id, public_key, counter, transports } = row
      const checked = await verifyAuthenticationResponse({
        response: response as AuthenticationResponseJSON, expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: rpID, requireUserVerification: true,
        credential: { id: credential_id, publicKey: new Uint8Array(public_key), counter, transports: transports.split(' ').filter(Boolean) as AuthenticatorTransport[] },
      }).catch(() => undefined)
      if (checked?.verified !== true) return undefined
      await database.read((sql) => sql.run('UPDATE passkeys SET counter = ?, used_at = ? WHERE credential_id = ?', [checked.authenticationInfo.newCounter, new Date(), credential_id]))
      return account_id
    },
  }
}
