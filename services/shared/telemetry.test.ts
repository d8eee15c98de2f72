import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import Type from 'typebox'
import { describe, expect, test } from 'vitest'
import { Refused } from './errors.ts'
import { serviceFor } from './testing.ts'
import { traced, traceHeaders } from './telemetry-trace.ts'

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const from = (flags: string): string => `00-${caller.traceId}-${caller.spanId}-${flags}`

/** A service with one route, and the spans it gives. */
function scene(work: () => Promise<unknown> = async () => ({})) {
  const exporter = new InMemorySpanExporter()
  const { tracer } = { tracer: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('test') }
  const app = serviceFor({
    name: 'films',
    description: '',
    checks: {},
    tracer,
    routes: async (instance) => {
      instance.get('/v1/films/:film_id', { config: { access: 'public' }, schema: { params: Type.Object({ film_id: Type.String() }) } }, () => work())
    },
  })
  const ask = (traceparent?: string) =>
    app.inject({ url: '/v1/films/private-film?email=private@example.com', ...(traceparent === undefined ? {} : { headers: { traceparent } }) })
  return { app, ask, spans: () => exporter.getFinishedSpans() }
}

describe('metrics', () => {
  test('tell requests by declared route, method and status, and nothing that a client made up', async () => {
    const { app, ask } = scene()
    await ask()
    await app.inject('/v1/private-path')
    await app.inject({ method: 'DELETE', url: '/v1/films/private-film' })
    const text = (await app.inject('/metrics')).body
    expect(text).toContain('cdlc_http_request_duration_seconds_count{component="films",method="GET",route="/v1/films/:film_id",status="200"} 1')
    expect(text).toContain('cdlc_http_request_duration_seconds_count{component="films",method="GET",route="unmatched",status="404"} 1')
    expect(text).toContain('cdlc_http_request_duration_seconds_count{component="films",method="DELETE",route="unmatched",status="405"} 1')
    expect(text).toContain('cdlc_http_requests_in_flight{component="films"} 1')
    expect(text).not.toContain('private')
  })
})

describe('a traced request', () => {
  test("goes on with its caller's trace, and hands it on", async () => {
    let handed: Readonly<Record<string, string>> = {}
    const { ask, spans } = scene(() =>
      traced('transaction', { 'db.namespace': 'films' }, async (traceparent) => {
        handed = traceHeaders()
        return { traceparent }
      }),
    )
    const answer = (await ask(from('01'))).json<{ readonly traceparent: string }>()
    const [inner, outer] = spans()
    expect([outer?.name, outer?.parentSpanContext?.spanId, outer?.attributes['http.response.status_code']]).toEqual([
      'GET /v1/films/:film_id',
      caller.spanId,
      200,
    ])
    expect([inner?.name, inner?.parentSpanContext?.spanId]).toEqual(['transaction', outer?.spanContext().spanId])
    expect(answer.traceparent).toBe(`00-${caller.traceId}-${inner?.spanContext().spanId}-01`)
    expect(handed).toEqual({ traceparent: answer.traceparent })
  })

  test('that its caller does not sample is not traced, and marks no row', async () => {
    const { ask, spans } = scene(() => traced('transaction', {}, async (traceparent) => ({ traceparent, ...traceHeaders() })))
    expect((await ask(from('00'))).json()).toEqual({ traceparent: null })
    expect(spans()).toEqual([])
  })

  test.each(['', 'traceparent', from('01').replace('00-', 'ff-'), from('01').replace(caller.traceId, '0'.repeat(32)), from('01').replace('f067', 'F067')])(
    'begins a trace of its own where the header is %j',
    async (header) => {
      const { ask, spans } = scene()
      await ask(header)
      expect(spans()).toHaveLength(1)
      expect(spans()[0]?.parentSpanContext).toBeUndefined()
      expect(spans()[0]?.spanContext().traceId).not.toBe(caller.traceId)
    },
  )

  test.each([
    ['a fault', new Error('value private@example.com'), 500, 2, 'Error'],
    ['a refusal', new Refused({ code: 'title_not_found', message: 'private' }), 404, 0, 'title_not_found'],
  ])('tells of %s by its code, without its words', async (_, error, status, spanStatus, type) => {
    const { ask, spans } = scene(() => traced('transaction', {}, () => Promise.reject(error)))
    expect((await ask(from('01'))).statusCode).toBe(status)
    const told = spans().map(({ name, attributes, events, status: { code, message } }) => ({ name, attributes, events, code, message }))
    expect(told[0]).toMatchObject({ code: spanStatus, attributes: { 'error.type': type } })
    expect(JSON.stringify(told)).not.toMatch(/private/)
  })
})

test('without a tracer a request runs under no trace', async () => {
  const app = serviceFor({
    name: 'films',
    description: '',
    checks: {},
    routes: async (instance) => {
      instance.get('/v1/films', { config: { access: 'public' } }, () => traced('transaction', {}, async (traceparent) => ({ traceparent, ...traceHeaders() })))
    },
  })
  expect((await app.inject({ url: '/v1/films', headers: { traceparent: from('01') } })).json()).toEqual({ traceparent: null })
})
