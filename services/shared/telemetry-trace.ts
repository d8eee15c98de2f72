/**
 * The trace of a request, while it runs: begun at the door or carried on from the caller's `traceparent`, known to whatever runs under
 * it, and passed on. Requests that are not sampled, and all where tracing is off, run under none and cost nothing more.
 *
 * Spans tell routes, codes and names of stores; no address, id, query, body, statement or message of an error.
 */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Attributes, type Context, type Span, type Tracer } from '@opentelemetry/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AsyncLocalStorage } from 'node:async_hooks'
import { Refused } from './errors.ts'

interface Active {
  readonly tracer: Tracer
  readonly span: Span
}
const running = new AsyncLocalStorage<Active>()

const wellFormed = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/

/** The caller's context (W3C Trace Context, level 1), or one to begin a trace in. */
export function contextOf(header: string | readonly string[] | undefined): Context {
  const [, traceId, spanId, flags] = (typeof header === 'string' ? wellFormed.exec(header) : null) ?? []
  // ids of nothing but zeros are seen to by OpenTelemetry itself
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, isRemote: true, traceFlags: Number.parseInt(flags ?? '0', 16) & TraceFlags.SAMPLED })
}

/** The header that hands a span on, to a service or to a row. */
const headerOf = (span: Span): string => {
  const { traceId, spanId } = span.spanContext()
  return `00-${traceId}-${spanId}-01`
}

/** Headers for a request to another service, made by what runs now. */
export function traceHeaders(): Readonly<Record<string, string>> {
  const active = running.getStore()
  return active === undefined ? {} : { traceparent: headerOf(active.span) }
}

/** What an error may be called in a span: its code, or its class; never its message, which may quote what a person sent. */
function typeOf(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown }
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown'
}

/** Runs the work as a span of the request that runs now, and gives it the span's header; where none is traced, null. */
export function traced<T>(name: string, attributes: Attributes, work: (traceparent: string | null) => Promise<T>): Promise<T> {
  const active = running.getStore()
  return active === undefined ? work(null) : asSpan(active, name, attributes, work)
}

async function asSpan<T>(active: Active, name: string, attributes: Attributes, work: (traceparent: string) => Promise<T>): Promise<T> {
  const { tracer } = active
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, trace.setSpan(ROOT_CONTEXT, active.span))
  try {
    return await running.run({ tracer, span }, () => work(headerOf(span)))
  } catch (error) {
    // a refusal is an answer, not a fault
    if (!(error instanceof Refused)) span.setStatus({ code: SpanStatusCode.ERROR })
    span.setAttribute('error.type', typeOf(error))
    throw error
  } finally {
    span.end()
  }
}

/** Answers a call of another protocol than HTTP as a span, carried on from the caller's `traceparent`; where it is not sampled, as none. */
export async function tracedCall<T>(tracer: Tracer, name: string, header: string | undefined, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, contextOf(header))
  if (!span.isRecording()) return work()
  try {
    return await running.run({ tracer, span }, work)
  } catch (error) {
    if (!(error instanceof Refused)) span.setStatus({ code: SpanStatusCode.ERROR })
    span.setAttribute('error.type', typeOf(error))
    throw error
  } finally {
    span.end()
  }
}

/** Makes a span of every request that is sampled. */
export function traceRequests(app: FastifyInstance, tracer: Tracer): void {
  const spans = new WeakMap<FastifyRequest, Span>()
  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url
    const span = tracer.startSpan(
      route === undefined ? request.method : `${request.method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': request.method, 'url.scheme': 'http', ...(route === undefined ? {} : { 'http.route': route }) },
      },
      contextOf(request.headers.traceparent as string | string[] | undefined),
    )
    if (!span.isRecording()) {
      done()
      return
    }
    spans.set(request, span)
    running.run({ tracer, span }, done)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request)
    if (span !== undefined) {
      span.setAttribute('http.response.status_code', reply.statusCode)
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    }
    done()
  })
}
