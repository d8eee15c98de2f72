/**
 * `Idempotency-Key` on POST: the answer is kept in the transaction of its effect, and repeated for the same key and request.
 * A refused request leaves nothing behind, so it may be tried again under the same key.
 */
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { Refused } from './errors.ts'
import { StatementError, type Database, type Sql } from './mysql.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Headers of every POST. */
export const PostHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      pattern: '^[!-~]+$',
      description: 'repeats the first answer to the same key and request, for a day',
    }),
  ),
})

/** Digest of a request; one with personal data needs a keyed one. */
export type Digest = (text: string) => Uint8Array
const plain: Digest = (text) => createHash('sha256').update(text).digest()

interface Kept {
  readonly request_sha256: Buffer
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

async function keptAnswer(sql: Sql, scope: string, key: string, digest: Uint8Array): Promise<Answer | undefined> {
  const [kept] = await sql
    .rows<Kept>(
      'SELECT request_sha256, status, headers, body FROM idempotency_keys WHERE scope = ? AND idempotency_key = ? FOR UPDATE NOWAIT',
      [scope, key],
    )
    .catch((error: unknown) => {
      if (!(error instanceof StatementError) || error.code !== 'ER_LOCK_NOWAIT') throw error
      throw new Refused({
        code: 'idempotency_key_in_flight',
        field: 'header.idempotency-key',
        message: 'a request with this key is still being worked on',
      })
    })
  if (kept === undefined) return undefined
  if (!kept.request_sha256.equals(digest)) {
    throw new Refused({ code: 'idempotency_key_reused', field: 'header.idempotency-key', message: 'was used for a different request' })
  }
  return { status: kept.status, headers: { ...kept.headers, 'idempotency-replayed': 'true' }, body: JSON.parse(kept.body) as unknown }
}

/** Runs a POST's work in one transaction, once per key. `body` of the answer must hold no personal data: it is kept as it is. */
export async function once(
  database: Database,
  request: FastifyRequest,
  work: (sql: Sql) => Promise<Answer>,
  digestOf: Digest = plain,
): Promise<Answer> {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string') return database.transact(work)
  const scope = `${request.method} ${request.routeOptions.url ?? ''}`.slice(0, 128)
  const digest = digestOf(JSON.stringify([request.url, request.body]))
  return database.transact(async (sql) => {
    const kept = await keptAnswer(sql, scope, key, digest)
    if (kept !== undefined) return kept
    // holds the key from here on: another request with it finds the row locked, or waits here and then repeats the answer
    await sql.run(
      'INSERT INTO idempotency_keys (scope, idempotency_key, request_sha256, status, headers, body, created_at) ' +
        'VALUES (?, ?, ?, 0, ?, ?, ?)',
      [scope, key, digest, '{}', '', new Date()],
    )
    const answer = await work(sql)
    await sql.run('UPDATE idempotency_keys SET status = ?, headers = ?, body = ? WHERE scope = ? AND idempotency_key = ?', [
      answer.status,
      JSON.stringify(answer.headers),
      JSON.stringify(answer.body),
      scope,
      key,
    ])
    return answer
  })
}

/** Sends an answer. */
export const sendAnswer = (reply: FastifyReply, { status, headers, body }: Answer): FastifyReply =>
  reply.code(status).headers(headers).send(body)

/** Removes what is older than a day, a little at a time; answers how many rows. */
export const forgetAnswers = (database: Database, now: number): Promise<number> =>
  database.read((sql) => sql.run('DELETE FROM idempotency_keys WHERE created_at < ? LIMIT 1000', [new Date(now - 86_400_000)]))
