/**
 * Sign-ins: what a person granted an application, from the moment they let it act until it is ended. A grant of oidc-provider is a
 * row here, and the digest of its id is the `sid` of every token that comes from it: to end the row is to end them all.
 */
import { createHash } from 'node:crypto'
import type { Payload } from 'oidc-provider'
import type { Database } from '../shared/mysql.ts'
import type { Redis } from '../shared/redis.ts'

export interface SignIn {
  readonly session_id: string
  readonly client_id: string
  readonly device: string
  /** When the person last proved who they are; what needs a fresh sign-in asks for this. */
  readonly signed_in_at: number
  readonly last_used_at: number
  /** Session of the browser it was granted in. */
  readonly browser_uid: string | undefined
}

/** Where and how a grant came about. */
export interface Origin {
  readonly browser_uid: string | undefined
  readonly device: string
  /** When the person last proved who they are, in ms. */
  readonly signed_in_at: number
}

export interface SignIns {
  put(grant_id: string, payload: Payload, expiresIn_s: number, origin: Origin): Promise<void>
  find(grant_id: string): Promise<Payload | undefined>
  /** Ends a sign-in: its grant and refresh tokens go, the gateway is told to refuse its access tokens. Answers whether there was one. */
  end(session_id: string): Promise<boolean>
  /** Newest first, 100 at most. */
  of(account_id: string): Promise<readonly SignIn[]>
  sweep(now: number): Promise<void>
}

/** `sid` of the tokens of a grant. */
export const sidOf = (grant_id: string): string => createHash('sha256').update(`grant:${grant_id}`).digest('base64url')

/** An access token that is out lives 10 minutes at most; the gateway asks for longer. */
const endedFor_s = 900
const channel = 'auth:ended'

interface Row {
  readonly session_id: string
  readonly client_id: string
  readonly device: string
  readonly browser_uid: string | null
  readonly signed_in_at: Date
  readonly last_used_at: Date
}

/** Sign-ins in MySQL; `redis` prefixes its keys with `auth:`. */
export function openSignIns(database: Database, redis: Redis): SignIns {
  return {
    async put(grant_id, { jti: _, ...payload }, expiresIn_s, { browser_uid, device, signed_in_at }) {
      const now = Date.now()
      await database.read((sql) => sql.run(
        'INSERT INTO sign_ins (session_id, account_id, client_id, browser_uid, device, payload, signed_in_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) AS new ' +
          'ON DUPLICATE KEY UPDATE payload = new.payload, signed_in_at = new.signed_in_at, expires_at = new.expires_at',
        [sidOf(grant_id), String(payload.accountId), String(payload.clientId), browser_uid ?? null, device, JSON.stringify(payload), new Date(signed_in_at), new Date(now + expiresIn_s * 1_000)],
      ))
    },
    async find(grant_id) {
      const [row] = await database.read((sql) => sql.rows<{ readonly payload: Payload }>('SELECT payload FROM sign_ins WHERE session_id = ?', [sidOf(grant_id)]))
      return row === undefined ? undefined : { ...row.payload, jti: grant_id }
    },
    async end(session_id) {
      // told first: should the rest not be done, nothing is left that still works
      await redis.set(`ended:${session_id}`, '1', 'EX', endedFor_s)
      await redis.publish(channel, session_id)
      return database.transact(async (sql) => {
        await sql.run('DELETE FROM refresh_tokens WHERE session_id = ?', [session_id])
        return (await sql.run('DELETE FROM sign_ins WHERE session_id = ?', [session_id])) > 0
      })
    },
    async of(account_id) {
      const rows = await database.read((sql) => sql.rows<Row>(
        'SELECT s.session_id, s.client_id, s.device, s.browser_uid, s.signed_in_at, ' +
          'COALESCE((SELECT MAX(r.issued_at) FROM refresh_tokens r WHERE r.session_id = s.session_id), s.signed_in_at) AS last_used_at ' +
          'FROM sign_ins s WHERE s.account_id = ? AND s.expires_at > ? ORDER BY s.signed_in_at DESC, s.expires_at DESC LIMIT 100',
        [account_id, new Date()],
      ))
      return rows.map(({ signed_in_at, last_used_at, browser_uid, ...row }) => ({
        ...row, browser_uid: browser_uid ?? undefined, signed_in_at: signed_in_at.getTime(), last_used_at: last_used_at.getTime(),
      }))
    },
    async sweep(now) {
      for (const table of ['refresh_tokens', 'sign_ins', 'one_time_tokens'])
        await database.read((sql) => sql.run(`DELETE FROM ${table} WHERE expires_at < ? LIMIT 1000`, [new Date(now)]))
    },
  }
}
