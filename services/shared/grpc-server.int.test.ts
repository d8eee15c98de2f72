/** What a gRPC server does besides answering calls. */
import { fileURLToPath } from 'node:url'
import { loadSync } from '@grpc/proto-loader'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { protoPath } from 'grpc-health-check'
import { afterEach, describe, expect, test } from 'vitest'
import { Refused, Unavailable } from './errors.ts'
import type { RpcServer } from './grpc-server.ts'
import { accounts, bareClient, closeAll, configuration, connect, serve, soon, watching } from './grpc-testing.ts'
import { processRegistry } from './telemetry.ts'
import { traceHeaders, tracedCall } from './telemetry-trace.ts'

afterEach(closeAll)

describe('a server', () => {
  const health = async (server: RpcServer, service = ''): Promise<unknown> => {
    const check = (loadSync(protoPath, { enums: String, defaults: true })['grpc.health.v1.Health'] as unknown as Record<string, { requestSerialize: (value: object) => Buffer; responseDeserialize: (bytes: Buffer) => { status: string } }>)['Check']
    if (check === undefined) throw new Error('the protocol of health has no Check')
    const client = bareClient(server)
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest('/grpc.health.v1.Health/Check', check.requestSerialize, check.responseDeserialize, { service }, soon(), (error, value) => { if (error === null) resolve(value?.status); else reject(error) })
    })
  }

  test('tells its health, of all of it and of each service', async () => {
    const well = await serve()
    expect([await health(well), await health(well, accounts.name), await health(well, configuration.name)]).toEqual(['SERVING', 'SERVING', 'SERVING'])
    const ill = await serve({}, { checks: { kafka: async () => { throw new Error('gone') } } })
    expect(await health(ill, configuration.name)).toBe('NOT_SERVING')
  })

  test('describes all of its services to whoever asks by reflection', async () => {
    const server = await serve()
    const file = fileURLToPath(new URL('../proto/grpc/reflection/v1/reflection.proto', import.meta.resolve('@grpc/reflection')))
    const info = (loadSync(file, { keepCase: true, defaults: true })['grpc.reflection.v1.ServerReflection'] as unknown as Record<string, { requestSerialize: (value: object) => Buffer; responseDeserialize: (bytes: Buffer) => { list_services_response: { service: { name: string }[] } } }>)['ServerReflectionInfo']
    if (info === undefined) throw new Error('the protocol of reflection has no ServerReflectionInfo')
    const client = bareClient(server)
    const call = client.makeBidiStreamRequest('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', info.requestSerialize, info.responseDeserialize, soon())
    call.write({ list_services: '' })
    const named = await new Promise<readonly string[]>((resolve, reject) => {
      call.once('data', (told: { list_services_response: { service: { name: string }[] } }) => { resolve(told.list_services_response.service.map(({ name }) => name)) }).on('error', reject)
    })
    call.end()
    expect(named).toEqual(expect.arrayContaining([accounts.name, configuration.name]))
  })

  test('that closes finishes what has begun, sends streams away, and takes nothing new', async () => {
    const [begun, going] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const server = await serve({
      get: async () => { begun.resolve(undefined); await going.promise; return { account: { account_id: 'late' } } },
      async *watch(_request, { signal }) { yield { resume: '1' }; await new Promise<void>((resolve) => { signal.addEventListener('abort', () => { resolve() }) }) },
    })
    const client = connect(server)
    const made = client.get()
    await begun.promise
    const answers = watching(server).follow('watch', {}, new AbortController().signal)[Symbol.asyncIterator]()
    await answers.next()
    const closed = server.close()
    await expect(answers.next()).rejects.toBeInstanceOf(Unavailable)
    expect(server.logged).toEqual([])
    await expect(connect(server, 'program', 2_000).get()).rejects.toBeInstanceOf(Unavailable)
    going.resolve(undefined)
    expect(await made).toMatchObject({ account: { account_id: 'late' } })
    await closed
  })

  test('that is gone opens the circuit of its callers; one that comes back closes it', async () => {
    const first = await serve()
    const client = connect(first, 'program', 2_000)
    await client.get()
    await first.close()
    for (let i = 0; i < 5; i++) await client.get().catch(() => undefined)
    expect(client.circuit()).toBe('open')
    await serve({}, { port: first.port })
    const until = async (): Promise<unknown> => { for (;;) { try { return await client.get() } catch { await new Promise((resolve) => { setTimeout(resolve, 50) }) } } }
    expect(await until()).toMatchObject({ account: { account_id: 'a' } })
    expect(client.circuit()).toBe('closed')
  })

  test('goes on with the trace of its caller', async () => {
    const exporter = new InMemorySpanExporter()
    const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('test')
    let handed: Readonly<Record<string, string>> = {}
    const server = await serve({ get: async () => { handed = traceHeaders(); return {} } }, { tracer })
    await tracedCall(tracer, 'outermost', undefined, {}, () => connect(server).get())
    const spans = exporter.getFinishedSpans()
    expect(spans.map(({ name }) => name)).toEqual(['cdlc.user.v1.AccountService/GetAccount', 'call accounts', 'outermost'])
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1)
    expect([spans[0]?.parentSpanContext?.spanId, handed['traceparent']]).toEqual([spans[1]?.spanContext().spanId, expect.stringContaining(spans[0]?.spanContext().spanId ?? '?')])
  })

  test('and its callers count their calls', async () => {
    const server = await serve({ get: async () => { throw new Refused({ code: 'account_not_found', message: 'no account has this id' }) } })
    await connect(server).get().catch(() => undefined)
    const text = await processRegistry.metrics()
    expect(text).toMatch(/cdlc_rpc_server_duration_seconds_count\{service="cdlc.user.v1.AccountService",method="GetAccount",code="NOT_FOUND"\} [1-9]/)
    expect(text).toMatch(/cdlc_rpc_client_duration_seconds_count\{called="accounts",method="getAccount",outcome="refused"\} [1-9]/)
  })
})
