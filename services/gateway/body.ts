/** Bodies of requests on their way through. */
import { Readable, Transform } from 'node:stream'
import type { IncomingHttpHeaders } from 'node:http'
import { Refused } from '../shared/errors.ts'

/** What services take at most. */
export const gatheredLimit = 1_048_576
/** Of any other body, which goes on as it comes. */
export const streamedLimit = 1 << 30

const gathered = /^application\/(?:json|[a-z0-9.+-]+\+json|x-www-form-urlencoded)\s*(?:;|$)/i
const tooLarge = (limit: number): Refused => new Refused({ code: 'body_too_large', message: `must not be larger than ${limit} bytes`, field: 'body' })

/**
 * JSON and forms are taken in first: their sender may be slow, and an upstream is not to wait for it. Anything else is a stream that
 * throws past its limit. Undefined: there is none. Throws Refused `body_too_large`.
 */
export async function bodyOf(headers: IncomingHttpHeaders, payload: unknown): Promise<Buffer | Readable | undefined> {
  if (!(payload instanceof Readable)) return undefined
  const takeIn = gathered.test(headers['content-type'] ?? '')
  const limit = takeIn ? gatheredLimit : streamedLimit
  if (Number(headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  let seen = 0
  if (!takeIn) {
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        seen += chunk.length
        done(seen > limit ? tooLarge(limit) : null, chunk)
      },
    })
    payload.once('error', (error) => counted.destroy(error))
    payload.once('close', () => { if (!payload.readableEnded) counted.destroy() })
    return payload.pipe(counted)
  }
  const chunks: Buffer[] = []
  // who sends too much is told so, over the connection that it still sends on
  for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    seen += chunk.length
    if (seen > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
