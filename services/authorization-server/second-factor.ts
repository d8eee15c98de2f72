/** Codes of an authenticator app (TOTP, RFC 6238), and the recovery codes for who has lost it. */
import { generateSecret, generateURI, verify } from 'otplib'
import { randomInt } from 'node:crypto'
import type { CredentialStore } from './credentials.ts'
import { product } from './pages/layout.ts'

const recoveryCodes = 10
/** A phone's clock may be off by one step. */
const tolerance_s = 30
/** No letter that looks like another. */
const letters = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

export const newSecret = (): string => generateSecret()
/** What an authenticator app reads out of a QR code. */
export const secretUri = (secret: string, email: string): string => generateURI({ issuer: product, label: email, secret })

/** Ten codes of 10 letters each, as people write them down: `ABCDE-FGHJK`. */
export const newRecoveryCodes = (): readonly string[] => Array.from({ length: recoveryCodes }, () => {
  const code = Array.from({ length: 10 }, () => letters[randomInt(letters.length)]).join('')
  return `${code.slice(0, 5)}-${code.slice(5)}`
})

/** Time step of a code; undefined where it is not one of this secret's now. */
export async function stepOf(secret: string, code: string): Promise<number | undefined> {
  const token = code.replace(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return undefined
  const result = await verify({ secret, token, epochTolerance: tolerance_s })
  return result.valid && 'timeStep' in result ? result.timeStep : undefined
}

/** Takes a code of the app or a recovery code; each is good once. */
export async function takeCode(credentials: CredentialStore, account_id: string, code: string): Promise<boolean> {
  const totp = await credentials.totp(account_id)
  if (totp === undefined) return false
  const step = await stepOf(totp.secret, code)
  if (step !== undefined) return credentials.takeStep(account_id, step)
  return credentials.takeRecoveryCode(account_id, code)
}
