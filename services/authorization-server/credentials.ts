/** How people prove who they are, in MySQL: password, second factor, recovery codes, passkeys. Only this component knows any of it. */
import { createHmac } from 'node:crypto'
import { roles as allRoles, type Role } from '../shared/identity.ts'
import type { Database } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'

export interface Credentials {
  readonly account_id: string
  readonly password_hash: string | null
  readonly roles: readonly Role[]
  /** Whether a code is asked for after the password. */
  readonly second_factor: boolean
}
export interface Totp {
  readonly secret: string
  /** Time step of the last code that was taken. */
  readonly last_step: number | undefined
}
export interface CredentialStore {
  read(account_id: string): Promise<Credentials | undefined>
  /** Answers false where there were some already; they stay as they are. */
  create(account_id: string, password_hash: string, roles: readonly Role[]): Promise<boolean>
  enrol(account_id: string, password_hash: string, roles: readonly Role[]): Promise<void>
  setPassword(account_id: string, password_hash: string): Promise<void>
  totp(account_id: string): Promise<Totp | undefined>
  /** Sets the second factor and its recovery codes; undefined: none any more. */
  setTotp(account_id: string, secret: string | undefined, codes: readonly string[]): Promise<void>
  /** Takes a code of this time step; false where one of it or a later one was taken already, be it at the same time. */
  takeStep(account_id: string, step: number): Promise<boolean>
  /** Uses a recovery code up; false where it is none, or none any more. */
  takeRecoveryCode(account_id: string, code: string): Promise<boolean>
  recoveryCodesLeft(account_id: string): Promise<number>
  erase(account_id: string): Promise<void>
}

interface Row {
  readonly account_id: string
  readonly password_hash: string | null
  readonly roles: string
  readonly key_wrapped: Buffer
  readonly totp_sealed: Buffer | null
  readonly totp_last_step: number | null
}

const keyPlace = (account_id: string): string => `credentials:${account_id}`
const normalCode = (code: string): string => code.toUpperCase().replace(/[^A-Z0-9]/g, '')

export function openCredentials(database: Database, vault: Vault, masterKey: Uint8Array): CredentialStore {
  const digestOf = (account_id: string, code: string): Buffer => createHmac('sha256', masterKey).update(`recovery code:${account_id}:${normalCode(code)}`).digest()
  const row = async (account_id: string): Promise<Row | undefined> => {
    const [found] = await database.read((sql) => sql.rows<Row>('SELECT account_id, password_hash, roles, key_wrapped, totp_sealed, totp_last_step FROM credentials WHERE account_id = ?', [account_id]))
    return found
  }
  const values = (account_id: string, password_hash: string, roles: readonly Role[]): readonly (string | Buffer | Date)[] =>
    [account_id, password_hash, roles.join(' '), vault.newKey(keyPlace(account_id)), new Date(), new Date()]
  const insert = 'INSERT INTO credentials (account_id, password_hash, roles, key_wrapped, email_verified_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)'

  return {
    async read(account_id) {
      const found = await row(account_id)
      if (found === undefined) return undefined
      const given = found.roles.split(' ')
      return { account_id, password_hash: found.password_hash, roles: allRoles.filter((role) => given.includes(role)), second_factor: found.totp_sealed !== null }
    },
    create: (account_id, password_hash, roles) => database.transact(async (sql) => {
      const [known] = await sql.rows('SELECT 1 FROM credentials WHERE account_id = ? FOR UPDATE', [account_id])
      if (known !== undefined) return false
      await sql.run(insert, values(account_id, password_hash, roles))
      return true
    }),
    async enrol(account_id, password_hash, roles) {
      await database.read((sql) => sql.run(
        `${insert} AS new ON DUPLICATE KEY UPDATE password_hash = new.password_hash, roles = new.roles, updated_at = new.updated_at`,
        values(account_id, password_hash, roles)))
    },
    async setPassword(account_id, password_hash) {
      await database.read((sql) => sql.run('UPDATE credentials SET password_hash = ?, updated_at = ? WHERE account_id = ?', [password_hash, new Date(), account_id]))
    },
    async totp(account_id) {
      const found = await row(account_id)
      if (found?.totp_sealed === null || found === undefined) return undefined
      const secret = vault.open({ account_id: keyPlace(account_id), key_wrapped: found.key_wrapped }, 'totp', found.totp_sealed)
      return { secret, last_step: found.totp_last_step ?? undefined }
    },
    setTotp: (account_id, secret, codes) => database.transact(async (sql) => {
      const [found] = await sql.rows<{ readonly key_wrapped: Buffer }>('SELECT key_wrapped FROM credentials WHERE account_id = ? FOR UPDATE', [account_id])
      if (found === undefined) return
      const sealed = secret === undefined ? null : vault.seal({ account_id: keyPlace(account_id), ...found }, 'totp', secret)
      await sql.run('UPDATE credentials SET totp_sealed = ?, totp_last_step = NULL, updated_at = ? WHERE account_id = ?', [sealed, new Date(), account_id])
      await sql.run('DELETE FROM recovery_codes WHERE account_id = ?', [account_id])
      await sql.runMany('INSERT INTO recovery_codes (account_id, code_digest) VALUES ?', codes.map((code) => [account_id, digestOf(account_id, code)]))
    }),
    takeStep: async (account_id, step) => (await database.read((sql) => sql.run(
      'UPDATE credentials SET totp_last_step = ? WHERE account_id = ? AND (totp_last_step IS NULL OR totp_last_step < ?)', [step, account_id, step]))) > 0,
    takeRecoveryCode: async (account_id, code) => (await database.read((sql) => sql.run(
      'DELETE FROM recovery_codes WHERE account_id = ? AND code_digest = ?', [account_id, digestOf(account_id, code)]))) > 0,
    async recoveryCodesLeft(account_id) {
      const [found] = await database.read((sql) => sql.rows<{ readonly codes: number }>('SELECT COUNT(*) AS codes FROM recovery_codes WHERE account_id = ?', [account_id]))
      return found?.codes ?? 0
    },
    erase: (account_id) => database.transact(async (sql) => {
      for (const table of ['recovery_codes', 'passkeys', 'one_time_tokens', 'credentials']) await sql.run(`DELETE FROM ${table} WHERE account_id = ?`, [account_id])
    }),
  }
}
