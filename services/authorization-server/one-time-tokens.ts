/** Tokens in links of mails: 256 random bits, kept as a digest, good once and for a while. What belongs to them is sealed. */
import { createHash, randomBytes } from 'node:crypto'
import type { Database, Sql } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'

export interface Bodies {
  /** A sign-up that waits for its address to be confirmed; there is no account yet. */
  readonly 'confirm': { readonly email: string; readonly country: string; readonly password_hash: string; readonly interaction: string }
  readonly 'reset': { readonly interaction: string }
  /** An address that an account shall have once its holder has shown that it is theirs. */
  readonly 'email': { readonly email: string }
}
export type Purpose = keyof Bodies

export interface Held<P extends Purpose> {
  readonly account_id: string | undefined
  readonly body: Bodies[P]
}

export interface OneTimeTokens {
  issue<P extends Purpose>(purpose: P, account_id: string | undefined, body: Bodies[P]): Promise<string>
  look<P extends Purpose>(purpose: P, token: string): Promise<Held<P> | undefined>
  /** The same, and the token is used up; of two at once one gets it. */
  take<P extends Purpose>(purpose: P, token: string): Promise<Held<P> | undefined>
  /** Makes all links of an account useless: whoever asked for one may not be who they were taken for. */
  withdraw(account_id: string): Promise<void>
}

const hour_ms = 3_600_000
const lives_ms: Readonly<Record<Purpose, number>> = { confirm: 24 * hour_ms, reset: hour_ms, email: hour_ms }
const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest()
const placeOf = (digest: Buffer): string => `one-time-token:${digest.toString('hex')}`

interface Row {
  readonly account_id: string | null
  readonly key_wrapped: Buffer
  readonly body_sealed: Buffer
}

export function openOneTimeTokens(database: Database, vault: Vault): OneTimeTokens {
  async function held<P extends Purpose>(sql: Sql, purpose: P, token: string, lock: string): Promise<Held<P> | undefined> {
    const digest = digestOf(token)
    const [row] = await sql.rows<Row>(`SELECT account_id, key_wrapped, body_sealed FROM one_time_tokens WHERE token_digest = ? AND purpose = ? AND expires_at > ? ${lock}`, [digest, purpose, new Date()])
    if (row === undefined) return undefined
    const body = JSON.parse(vault.open({ account_id: placeOf(digest), key_wrapped: row.key_wrapped }, 'body', row.body_sealed)) as Bodies[P]
    return { account_id: row.account_id ?? undefined, body }
  }
  return {
    async issue(purpose, account_id, body) {
      const token = randomBytes(32).toString('base64url')
      const digest = digestOf(token)
      const key = { account_id: placeOf(digest), key_wrapped: vault.newKey(placeOf(digest)) }
      await database.transact(async (sql) => {
        // the newest link is the one that counts
        if (account_id !== undefined) await sql.run('DELETE FROM one_time_tokens WHERE account_id = ? AND purpose = ?', [account_id, purpose])
        await sql.run('INSERT INTO one_time_tokens (token_digest, purpose, account_id, key_wrapped, body_sealed, expires_at) VALUES (?, ?, ?, ?, ?, ?)', [
          digest, purpose, account_id ?? null, key.key_wrapped, vault.seal(key, 'body', JSON.stringify(body)), new Date(Date.now() + lives_ms[purpose]),
        ])
      })
      return token
    },
    look: (purpose, token) => database.read((sql) => held(sql, purpose, token, '')),
    take: (purpose, token) => database.transact(async (sql) => {
      const found = await held(sql, purpose, token, 'FOR UPDATE')
      if (found !== undefined) await sql.run('DELETE FROM one_time_tokens WHERE token_digest = ?', [digestOf(token)])
      return found
    }),
    async withdraw(account_id) {
      await database.read((sql) => sql.run('DELETE FROM one_time_tokens WHERE account_id = ?', [account_id]))
    },
  }
}
