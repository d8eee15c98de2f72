/** gRPC servers: every call says who makes it and by when it needs its answer; health and reflection are served besides. */
import {
  Metadata, Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall, type ServerWritableStream, type ServiceError, type UntypedHandleCall, type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { ReflectionService } from '@grpc/reflection'
import { HealthImplementation } from 'grpc-health-check'
import { admit, type Rule } from './access.ts'
import { Refused } from './errors.ts'
import type { Contract } from './grpc-contract.ts'
import type { Checks } from './health.ts'
import type { Identity, Verifier } from './identity.ts'
import { problemFor } from './problem.ts'

export interface CallContext {
  readonly identity: Identity
  /** Aborted when the caller has gone, or its deadline has passed. */
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
  /** Lets calls under way end, for 5 s at most. */
  close(): Promise<void>
}

export interface RpcServerOptions {
  readonly host: string
  readonly port: number
  readonly services: readonly RpcService[]
  readonly verifier: Verifier
  readonly checks: Checks
  readonly log: (error: unknown, method: string) => void
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
export async function startRpc({ host, port, services, verifier, checks, log }: RpcServerOptions): Promise<RpcServer> {
  const server = new Server({ 'grpc.max_receive_message_length': 1_048_576, 'grpc.keepalive_time_ms': 30_000 })

  async function contextOf(call: Call, access: Rule, deadline: boolean): Promise<CallContext> {
    const [authorization] = call.metadata.get('authorization')
    const token = /^Bearer (\S+)$/i.exec(String(authorization ?? ''))?.[1]
    if (token === undefined) throw new Refused({ code: 'unauthenticated', message: 'this needs metadata `authorization: Bearer <token>`' })
    const identity = await verifier.verify(token)
    admit(access, identity)
    if (deadline && call.getDeadline() === Infinity) throw new Refused({ code: 'invalid_request', message: 'a call needs a deadline' })
    const gone = new AbortController()
    call.on('cancelled', () => { gone.abort() })
    if (call.cancelled) gone.abort()
    return { identity, signal: gone.signal }
  }
  const failed = (error: unknown, method: string): Partial<ServiceError> => {
    const answer = serviceError(error)
    if (answer.code === status.INTERNAL || answer.code === status.UNAVAILABLE) log(error, method)
    return answer
  }

  const unary = (handler: UnaryHandler<never, unknown>, access: Rule, method: string) => async (call: ServerUnaryCall<never, unknown>, callback: sendUnaryData<unknown>): Promise<void> => {
    let answer: unknown
    try {
      answer = await handler(call.request, await contextOf(call, access, true))
    } catch (error) {
      callback(failed(error, method))
      return
    }
    callback(null, answer)
  }
  const stream = (handler: StreamHandler<never, unknown>, access: Rule, method: string) => async (call: ServerWritableStream<never, unknown>): Promise<void> => {
    try {
      const context = await contextOf(call, access, false)
      for await (const answer of handler(call.request, context)) {
        if (context.signal.aborted) return
        if (!call.write(answer)) await new Promise<void>((resolve) => { call.once('drain', resolve).once('cancelled', resolve) })
      }
      call.end()
    } catch (error) {
      call.emit('error', failed(error, method))
    }
  }

  for (const { contract, access, unary: calls = {}, streams = {} } of services) {
    const implementation: UntypedServiceImplementation = {}
    for (const [method, handler] of Object.entries(calls)) implementation[method] = unary(handler, access, method) as unknown as UntypedHandleCall
    for (const [method, handler] of Object.entries(streams)) implementation[method] = stream(handler, access, method) as unknown as UntypedHandleCall
    const missing = Object.keys(contract.definition).filter((method) => !(method in implementation))
    if (missing.length > 0) throw new Error(`serving '${contract.name}': nothing answers ${missing.join(', ')}`)
    server.addService(contract.definition, implementation)
    new ReflectionService(contract.package).addToServer(server)
  }
  const health = new HealthImplementation()
  health.addToServer(server)
  const look = async (): Promise<void> => {
    const well = await Promise.all(Object.values(checks).map((check) => check())).then(() => true, () => false)
    for (const name of ['', ...services.map(({ contract }) => contract.name)]) health.setStatus(name, well ? 'SERVING' : 'NOT_SERVING')
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
      const force = setTimeout(() => { server.forceShutdown(); resolve() }, longestDrain_ms).unref()
      server.tryShutdown(() => { clearTimeout(force); resolve() })
    }),
  }
}
