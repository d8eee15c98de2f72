/** gRPC clients: every call carries who makes it and a deadline, and goes through the policy of the one that is called. */
import { credentials, Metadata, status, type CallOptions, type Client, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import { Refused, Unavailable, type ErrorCode } from './errors.ts'
import type { Contract } from './grpc-contract.ts'
import { createResilience, type Circuit } from './resilience.ts'
import { rpcClientSeconds, timed } from './telemetry.ts'
import { traced, traceHeaders } from './telemetry-trace.ts'

export interface RpcOptions {
  /** Who is called, as errors name it. */
  readonly name: string
  /** `host:port`. */
  readonly address: string
  readonly token: () => Promise<string>
  /** Of each attempt; the caller's deadline is this far away. */
  readonly timeout_ms?: number
}

export interface Rpc<C> {
  /** One question, one answer. Throws Refused with the code the other side gave, Unavailable where it did not answer. `repeat`: may be asked again. */
  ask<Q, A>(method: keyof C & string, request: Q, options?: { readonly repeat?: boolean; readonly signal?: AbortSignal }): Promise<A>
  /** One question, answers until the other side ends or breaks, which throws; leaving the loop ends the call. */
  follow<Q, A>(method: keyof C & string, request: Q, signal: AbortSignal): AsyncIterable<A>
  circuit(): Circuit
  close(): void
}

const transient: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED])
const isService = (error: unknown): error is ServiceError => error instanceof Error && 'metadata' in error && 'details' in error
const isFailure = (error: unknown): boolean => isService(error) && (transient.has(error.code) || error.code === status.UNKNOWN)
/** Refused to us, the program, and no fault of whoever we ask for. */
const isOurs: ReadonlySet<unknown> = new Set(['unauthenticated', 'forbidden', 'internal', undefined])

/** What the other side said, as one of our errors. */
function told(name: string, method: string, error: unknown): Error {
  if (!isService(error)) return error instanceof Error ? error : new Error(String(error))
  const [code] = error.metadata.get('cdlc-code')
  const words = `calling ${name} ${method}: ${error.details}`
  if (isFailure(error)) return new Unavailable(words, { cause: error, code: code === 'overloaded' ? 'overloaded' : 'store_unavailable' })
  if (isOurs.has(code)) return new Error(`${words} (${String(code ?? status[error.code])})`, { cause: error })
  return new Refused({ code: String(code) as ErrorCode, message: error.details })
}

const outcomeOf = (error: unknown): 'answered' | 'refused' | 'unavailable' | 'failed' =>
  error === undefined ? 'answered' : error instanceof Refused ? 'refused' : error instanceof Unavailable ? 'unavailable' : 'failed'

/** A client that connects at its first call. */
export function openRpc<C extends Client>(contract: Contract<C>, { name, address, token, timeout_ms = 2_000 }: RpcOptions): Rpc<C> {
  const client = new contract.connect(address, credentials.createInsecure(), {
    'grpc.keepalive_time_ms': 30_000, 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 2_000, 'grpc.enable_retries': 0,
  })
  const policy = createResilience({ name, timeout_ms, retries: 2, breaker: { failures: 5, open_ms: 2_000 }, bulkhead: { calls: 50, queue: 100 }, isFailure })
  const headers = async (): Promise<Metadata> => {
    const metadata = new Metadata()
    metadata.set('authorization', `Bearer ${await token()}`)
    for (const [header, value] of Object.entries(traceHeaders())) metadata.set(header, value)
    return metadata
  }
  type Method = (request: unknown, metadata: Metadata, options: CallOptions, callback: (error: ServiceError | null, answer: unknown) => void) => { cancel(): void }
  type Stream = (request: unknown, metadata: Metadata) => ClientReadableStream<unknown>

  async function attempt<A>(method: keyof C & string, request: unknown, until: AbortSignal): Promise<A> {
    const metadata = await headers()
    until.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<A>()
    const call = (client[method] as Method).call(client, request, metadata, { deadline: Date.now() + timeout_ms }, (error, answer) => {
      if (error === null) resolve(answer as A)
      else reject(error)
    })
    until.addEventListener('abort', () => { call.cancel() }, { once: true })
    return promise
  }

  return {
    circuit: policy.circuit,
    close: () => { client.close() },
    ask<Q, A>(method: keyof C & string, request: Q, { repeat = false, signal }: { readonly repeat?: boolean; readonly signal?: AbortSignal } = {}) {
      const run = repeat ? policy.run : policy.once
      return timed(
        () => traced(`call ${name}`, { 'rpc.system': 'grpc', 'rpc.service': contract.name, 'rpc.method': method }, () =>
          run((until) => attempt<A>(method, request, until), signal).catch((error: unknown) => { throw told(name, method, error) })),
        (seconds, error) => { rpcClientSeconds.observe({ called: name, method, outcome: outcomeOf(error) }, seconds) },
      )
    },
    async *follow<Q, A>(method: keyof C & string, request: Q, signal: AbortSignal) {
      const metadata = await headers()
      if (signal.aborted) return
      const call = (client[method] as Stream).call(client, request, metadata)
      const leave = (): void => { call.cancel() }
      signal.addEventListener('abort', leave, { once: true })
      try {
        for await (const answer of call) yield answer as A
      } catch (error) {
        if (!signal.aborted) throw told(name, method, error)
      } finally {
        signal.removeEventListener('abort', leave)
        // a call that is over breaks once more when it is cancelled, and nobody listens any more
        call.on('error', () => undefined)
        leave()
      }
    },
  }
}
