/** gRPC servers: every call says who makes it and by when it needs its answer; health and reflection are served besides. */
import {
  Metadata, Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall, type ServerWritableStream, type ServiceError, type UntypedHandleCall, type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { ReflectionService } from '@grpc/reflection'
import type { Tracer } from '@opentelemetry/api'
import { HealthImplementation } from 'grpc-health-check'
import { admit, type Rule } from './access.ts'
import { Refused, Unavailable } from './errors.ts'
import type { Contract } from './grpc-contract.ts'
import type { Checks } from './health.ts'
import type { Identity, Verifier } from './identity.ts'
import { problemFor } from './problem.ts'
import { rpcServerSeconds, rpcStreams } from './telemetry.ts'
import { tracedCall } from './telemetry-trace.ts'

export interface CallContext {
  readonly identity: Identity
  /** Aborted when the caller has gone, or its deadline has passed; of a stream also when the server is closing. */
  readonly signal: AbortSignal
}
export type UnaryHandler<Q, A> = (request: Q, context: CallContext) => Promise<A>
/** Yields answers until it returns or the caller leaves. The next one is asked for when the last one is on its way. */
export type StreamHandler<Q, A> = (request: Q, context: CallContext) => AsyncIterable<A>

export interface RpcService {
  readonly contract: Contract<unknown>
  readonly access: Rule
  readonly unary?: Readonly<Record<string, UnaryHandler<never, unknown>>>
  readonly streams?: Readonly<Record<string, StreamHandler<never, unknown>>>
}

export interface RpcServer {
  readonly port: number
  /** Lets calls under way end, for 5 s at most; streams are told to go elsewhere. */
  close(): Promise<void>
}

export interface RpcServerOptions {
  readonly host: string
  readonly port: number
  readonly services: readonly RpcService[]
  readonly verifier: Verifier
  readonly checks: Checks
  readonly log: (error: unknown, method: string) => void
  /** Left out: calls are not traced. */
  readonly tracer?: Tracer | undefined
}

const codeOf: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT, 401: status.UNAUTHENTICATED, 403: status.PERMISSION_DENIED, 404: status.NOT_FOUND, 409: status.ABORTED,
  412: status.FAILED_PRECONDITION, 422: status.INVALID_ARGUMENT, 429: status.RESOURCE_EXHAUSTED, 503: status.UNAVAILABLE,
}
const longestDrain_ms = 5_000
const checkEvery_ms = 2_000

/** What an error is to a caller: its code as trailing metadata `cdlc-code`, and no word of what is inside. */
function serviceError(error: unknown): Partial<ServiceError> {
  const { status: http, code, detail } = problemFor(error)
  const metadata = new Metadata()
  metadata.set('cdlc-code', code)
  return { code: codeOf[http] ?? status.INTERNAL, details: detail, metadata }
}

type Call = ServerUnaryCall<never, unknown> | ServerWritableStream<never, unknown>

/** Starts a server on a port (0: any). */
export async function startRpc({ host, port, services, verifier, checks, log, tracer }: RpcServerOptions): Promise<RpcServer> {
  const server = new Server({ 'grpc.max_receive_message_length': 1_048_576, 'grpc.keepalive_time_ms': 30_000 })
  const closing = new AbortController()

  async function identify(call: Call, access: Rule): Promise<Identity> {
    const [authorization] = call.metadata.get('authorization')
    const token = /^Bearer (\S+)$/i.exec(String(authorization ?? ''))?.[1]
    if (token === undefined) throw new Refused({ code: 'unauthenticated', message: 'this needs metadata `authorization: Bearer <token>`' })
    const identity = await verifier.verify(token)
    admit(access, identity)
    return identity
  }
  /** Answers a call, told to metrics and traces; what goes wrong becomes its status. */
  async function answer(call: Call, service: string, method: string, work: (signal: AbortSignal) => Promise<void>, fail: (error: Partial<ServiceError>) => void): Promise<void> {
    const done = rpcServerSeconds.startTimer({ service, method })
    const gone = new AbortController()
    call.on('cancelled', () => { gone.abort() })
    // whoever is gone hears nothing more, and a stream that cannot be written is no fault of ours
    call.on('error', () => { gone.abort() })
    try {
      const [parent] = call.metadata.get('traceparent')
      await (tracer === undefined ? work(gone.signal) : tracedCall(tracer, `${service}/${method}`, parent?.toString(), { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method }, () => work(gone.signal)))
      done({ code: gone.signal.aborted ? 'CANCELLED' : 'OK' })
    } catch (error) {
      const told = serviceError(error)
      done({ code: gone.signal.aborted ? 'CANCELLED' : (status[told.code ?? status.INTERNAL] ?? 'INTERNAL') })
      if (gone.signal.aborted) return
      if (!closing.signal.aborted && (told.code === status.INTERNAL || told.code === status.UNAVAILABLE)) log(error, method)
      fail(told)
    }
  }

  const unary = (handler: UnaryHandler<never, unknown>, access: Rule, service: string, method: string) => (call: ServerUnaryCall<never, unknown>, callback: sendUnaryData<unknown>): void => {
    void answer(call, service, method, async (signal) => {
      const identity = await identify(call, access)
      if (call.getDeadline() === Infinity) throw new Refused({ code: 'invalid_request', message: 'a call needs a deadline' })
      callback(null, await handler(call.request, { identity, signal }))
    }, callback)
  }
  const stream = (handler: StreamHandler<never, unknown>, access: Rule, service: string, method: string) => (call: ServerWritableStream<never, unknown>): void => {
    rpcStreams.inc({ service, method })
    void answer(call, service, method, async (gone) => {
      const identity = await identify(call, access)
      const signal = AbortSignal.any([gone, closing.signal])
      for await (const message of handler(call.request, { identity, signal })) {
        if (signal.aborted) break
        if (!call.write(message)) await drained(call, signal)
      }
      if (closing.signal.aborted) throw new Unavailable('this server is closing')
      if (!gone.aborted) call.end()
    }, (error) => { call.emit('error', error) }).finally(() => { rpcStreams.dec({ service, method }) })
  }

  for (const { contract, access, unary: calls = {}, streams = {} } of services) {
    const implementation: UntypedServiceImplementation = {}
    for (const [method, handler] of Object.entries(calls)) implementation[method] = unary(handler, access, contract.name, method) as unknown as UntypedHandleCall
    for (const [method, handler] of Object.entries(streams)) implementation[method] = stream(handler, access, contract.name, method) as unknown as UntypedHandleCall
    const missing = Object.keys(contract.definition).filter((method) => !(method in implementation))
    if (missing.length > 0) throw new Error(`serving '${contract.name}': nothing answers ${missing.join(', ')}`)
    server.addService(contract.definition, implementation)
  }
  // one for all: a server takes the service of reflection once
  new ReflectionService(Object.assign({}, ...services.map(({ contract }) => contract.package)), { services: services.map(({ contract }) => contract.name) }).addToServer(server)
  const health = new HealthImplementation()
  health.addToServer(server)
  const tell = (state: 'SERVING' | 'NOT_SERVING'): void => { for (const name of ['', ...services.map(({ contract }) => contract.name)]) health.setStatus(name, state) }
  const look = async (): Promise<void> => {
    const well = await Promise.all(Object.values(checks).map((check) => check())).then(() => true, () => false)
    tell(well && !closing.signal.aborted ? 'SERVING' : 'NOT_SERVING')
  }
  await look()
  const looking = setInterval(() => void look(), checkEvery_ms).unref()
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, at) => { if (error === null) resolve(at); else reject(error) })
  })
  return {
    port: bound,
    close: () => new Promise((resolve) => {
      clearInterval(looking)
      closing.abort()
      tell('NOT_SERVING')
      const force = setTimeout(() => { server.forceShutdown(); resolve() }, longestDrain_ms).unref()
      server.tryShutdown(() => { clearTimeout(force); resolve() })
    }),
  }
}

/** Resolves when a stream takes more, or nobody wants it any more. */
async function drained(call: ServerWritableStream<never, unknown>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const go = (): void => { resolve() }
  call.once('drain', go)
  signal.addEventListener('abort', go, { once: true })
  if (signal.aborted) go()
  await promise
  call.off('drain', go)
  signal.removeEventListener('abort', go)
}
