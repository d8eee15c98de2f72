/** Refresh tokens in MySQL: by digest, kept after their use so that a second use is seen. */
import { createHash } from 'node:crypto'
import type { Payload } from 'oidc-provider'
import type { Database } from '../../shared/mysql.ts'
import { sidOf } from '../sign-ins.ts'

export interface RefreshTokens {
  put(token: string, payload: Payload, expiresIn_s: number): Promise<void>
  find(token: string): Promise<Payload | undefined>
  /** Answers false where it was used already, be it at the same time. */
  consume(token: string): Promise<boolean>
  remove(token: string): Promise<void>
  removeOf(grant_id: string): Promise<void>
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest()

export function openRefreshTokens(database: Database): RefreshTokens {
  const run = (text: string, params: Parameters<Parameters<Parameters<Database['read']>[0]>[0]['run']>[1]): Promise<number> => database.read((sql) => sql.run(text, params))
  return {
    async put(token, { jti: _, ...payload }, expiresIn_s) {
      const now = Date.now()
      await run(
        'INSERT INTO refresh_tokens (token_digest, session_id, payload, issued_at, expires_at) VALUES (?, ?, ?, ?, ?) AS new ' +
          'ON DUPLICATE KEY UPDATE payload = new.payload, expires_at = new.expires_at',
        [digestOf(token), sidOf(String(payload.grantId)), JSON.stringify(payload), new Date(now), new Date(now + expiresIn_s * 1_000)],
      )
    },
    async find(token) {
      const [row] = await database.read((sql) => sql.rows<{ readonly payload: Payload; readonly consumed_at: Date | null }>(
        'SELECT payload, consumed_at FROM refresh_tokens WHERE token_digest = ?', [digestOf(token)]))
      if (row === undefined) return undefined
      return { ...row.payload, jti: token, ...(row.consumed_at === null ? {} : { consumed: Math.floor(row.consumed_at.getTime() / 1_000) }) }
    },
    consume: async (token) => (await run('UPDATE refresh_tokens SET consumed_at = ? WHERE token_digest = ? AND consumed_at IS NULL', [new Date(), digestOf(token)])) > 0,
    async remove(token) {
      await run('DELETE FROM refresh_tokens WHERE token_digest = ?', [digestOf(token)])
    },
    async removeOf(grant_id) {
      await run('DELETE FROM refresh_tokens WHERE session_id = ?', [sidOf(grant_id)])
    },
  }
}
