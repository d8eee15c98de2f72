/** Speaks JSON to the services, patiently: what is not there yet is asked again, what is refused is an error that names why. */
import { setTimeout as pause } from 'node:timers/promises'

export interface Answer {
  readonly status: number
  readonly body: unknown
  /** True where the service repeated the answer it gave to the same Idempotency-Key before. */
  readonly replayed: boolean
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  readonly url: string
  readonly body?: unknown
  readonly idempotencyKey?: string
  /** Statuses besides 2xx that are answers, not errors. */
  readonly accept?: readonly number[]
  /** Codes of refusals that pass with time: what a view does not show yet. */
  readonly awaits?: readonly string[]
}

export interface ClientOptions {
  /** How long a service may stay away before the call gives up. */
  readonly patience_ms: number
  /** First wait between tries; doubled up to 5 s, each with jitter. */
  readonly backoff_ms: number
  readonly signal?: AbortSignal
  /** Says who asks; left out: nobody. */
  readonly token?: () => Promise<string>
}

export type Client = (call: Call) => Promise<Answer>

const longestWait_ms = 5_000
const cure = "start the platform with 'npm start -- --empty', see 'npx cdlc status', then seed again: it goes on where it ended"

/** Statuses that pass: too many requests, a restarting proxy, a store away, and another request holding the same key. */
const passing = (status: number, code: unknown, awaits: readonly string[] = []): boolean =>
  [429, 502, 503, 504].includes(status) || code === 'idempotency_key_in_flight' || (typeof code === 'string' && awaits.includes(code))

async function send({ method, url, body, idempotencyKey }: Call, signal: AbortSignal, token: ClientOptions['token']): Promise<Answer> {
  const response = await fetch(url, {
    method, signal,
    headers: {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${await token()}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  let parsed: unknown = null
  try {
    parsed = text === '' ? null : JSON.parse(text)
  } catch {
    parsed = text.slice(0, 200)
  }
  return { status: response.status, body: parsed, replayed: response.headers.get('idempotency-replayed') === 'true' }
}

const fieldOf = (body: unknown, field: string): unknown => (typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>)[field] : undefined)
const words = ({ status, body }: Answer): string => {
  const detail = fieldOf(body, 'detail')
  return `${status} ${detail === undefined ? JSON.stringify(body) : `${String(fieldOf(body, 'code'))}: ${String(detail)}`}`
}
/** fetch hides why a connection broke in the cause of its error, sometimes in a code alone. */
function because(error: unknown): string {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return reason instanceof Error ? reason.message || String(fieldOf(reason, 'code')) : String(reason)
}

/** A client that tries again while a service is away or busy. Writes must therefore be idempotent. */
export function createClient({ patience_ms, backoff_ms, signal, token }: ClientOptions): Client {
  return async (call) => {
    const until = Date.now() + patience_ms
    for (let tried = 0; ; tried += 1) {
      signal?.throwIfAborted()
      const timeout = AbortSignal.timeout(60_000)
      const answer = await send(call, signal === undefined ? timeout : AbortSignal.any([signal, timeout]), token).catch((cause: unknown) => ({ cause }))
      if ('status' in answer && (answer.status < 300 || call.accept?.includes(answer.status) === true)) return answer
      const problem = 'status' in answer ? words(answer) : because(answer.cause)
      const what = `calling ${call.method} '${call.url}': ${problem}`
      if ('status' in answer && !passing(answer.status, fieldOf(answer.body, 'code'), call.awaits)) throw new Error(what)
      signal?.throwIfAborted()
      if (Date.now() >= until) throw new Error(`${what}, for ${patience_ms / 1000} s; ${cure}`)
      const wait = Math.min(longestWait_ms, backoff_ms * 2 ** tried) * (0.5 + Math.random() / 2)
      await pause(wait, undefined, signal === undefined ? {} : { signal })
    }
  }
}

/** Works on all items, at most `limit` at once; the first error ends it. Results are in the order of the items. */
export async function each<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  const queue = items.entries()
  let failed = false
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, async () => {
    for (const [index, item] of queue) {
      if (failed) return
      try {
        results[index] = await work(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }))
  return results
}
