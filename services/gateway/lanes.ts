/** Ways to upstreams: connections that are kept, and policies for what goes over them. */
import { Readable } from 'node:stream'
import { Pool } from 'undici'
import { Refused, Unavailable } from '../shared/errors.ts'
import { createResilience, type Resilience } from '../shared/resilience.ts'
import type { Lane, Method } from './routes.ts'

export interface Call {
  readonly method: Method
  /** With its query, as it came. */
  readonly target: string
  readonly headers: Record<string, string>
  /** A stream can be sent once, and is not retried. */
  readonly body: Buffer | Readable | undefined
  /** Aborted when whoever asks has left. */
  readonly left: AbortSignal
}
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** All of it where it is short and its length is told; else as it comes. */
  readonly body: Buffer | Readable
}
export interface OpenLane {
  /** Throws Unavailable: upstream_unavailable, upstream_timeout or overloaded. What the upstream answers, be it an error, is an answer. */
  call(call: Call): Promise<Answer>
  circuit: Resilience['circuit']
  close(): Promise<void>
}

const connect_ms = 1_000
/** Shorter than services keep theirs, so that none is closed while a request is on its way. */
const idle_ms = 30_000
/** Between two parts of a body; an event stream may be silent for as long as it likes. */
const silence_ms = 30_000
/** Answers up to this length are taken in before they are passed on, so that a slow client holds no connection to the upstream. */
const shortAnswer = 1_048_576

/** An answer that says the upstream could not. */
class Failing extends Error {
  readonly answer: Answer
  constructor(answer: Answer) {
    super(`it answers ${answer.status}`)
    this.answer = answer
  }
}
const failing = new Set([502, 503, 504])
const isOf = (error: unknown, mark: string): boolean => typeof error === 'object' && error !== null && mark in error

const isShort = ({ headers }: Pick<Answer, 'headers'>): boolean => {
  const length = headers['content-length']
  return typeof length === 'string' && Number(length) <= shortAnswer
}

/** Connects at the first call. */
export function openLane(name: string, { timeout_ms, retries, breaker, bulkhead }: Lane, url: string): OpenLane {
  const pool = new Pool(new URL(url).origin, {
    connections: bulkhead.calls, connect: { timeout: connect_ms }, keepAliveTimeout: idle_ms, headersTimeout: timeout_ms * 2, bodyTimeout: silence_ms,
  })
  // whatever is thrown here is a connection that failed, or an answer that says so; but for a body of which too much came
  const resilience = createResilience({ name: `gateway to ${name}`, timeout_ms, retries, breaker, bulkhead, isFailure: (error) => !(error instanceof Refused) })

  async function attempt({ method, target, headers, body }: Call, until: AbortSignal): Promise<Answer> {
    const controller = new AbortController()
    // the policy ends its signal with the call, and a body goes on after that
    const stop = (): void => { controller.abort() }
    until.addEventListener('abort', stop, { once: true })
    try {
      const streams = headers['accept']?.includes('text/event-stream') === true
      const answer = await pool.request({ method, path: target, headers, body: body ?? null, signal: controller.signal, ...(streams ? { bodyTimeout: 0 } : {}) })
      const { statusCode: status, headers: given } = answer
      // undici takes the length that such an answer may tell for that of a body, and misses it
      const empty = method === 'HEAD' || status === 204 || status === 304
      if (empty) answer.body.on('error', () => undefined).resume()
      const whole = empty || isShort({ headers: given })
      const taken: Answer = { status, headers: given, body: empty ? Buffer.alloc(0) : whole ? Buffer.from(await answer.body.arrayBuffer()) : answer.body }
      if (failing.has(status) && whole) throw new Failing(taken)
      return taken
    } finally {
      until.removeEventListener('abort', stop)
    }
  }

  return {
    circuit: () => resilience.circuit(),
    async call(call) {
      const safe = (call.method === 'GET' || call.method === 'HEAD') && !(call.body instanceof Readable)
      try {
        return await (safe ? resilience.run : resilience.once)((until) => attempt(call, until), call.left)
      } catch (error) {
        if (error instanceof Failing) return error.answer
        if (error instanceof Refused || (error instanceof Unavailable && error.code === 'overloaded')) throw error
        const late = isOf((error as Error).cause, 'isTaskCancelledError') && !call.left.aborted
        throw new Unavailable(`passing a request on by '${name}'`, { cause: error, code: late ? 'upstream_timeout' : 'upstream_unavailable' })
      }
    },
    close: () => pool.destroy(),
  }
}
