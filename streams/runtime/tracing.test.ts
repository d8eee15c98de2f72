import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it } from 'vitest'
import { openTracing, tracedFlushes, writeOf } from './tracing.ts'
import { type Change, defineView } from './view.ts'
import type { FlushReport } from './worker.ts'

const view = defineView('file:///views/user/traced.ts', {
  version: 1, store: 'memory', from: { 'cdc.user.ratings': ['title_id'] }, rows: { row: { key: ['title_id'], columns: { title_id: 'text' } } }, apply: () => [],
})
const traceId = (n: number): string => n.toString(16).padStart(32, '0')
const traceparent = (n: number): string => `00-${traceId(n)}-${n.toString(16).padStart(16, '0')}-01`
const topic = 'cdc.user.ratings'
const put = (context: string | null): Change => ({ topic, op: 'c', before: null, after: { title_id: 'secret-title', traceparent: context } })
const remove = (context: string | null): Change => ({ topic, op: 'd', before: { title_id: 'secret-title', traceparent: context }, after: null })

/** Spans that a flush of these changes gives. */
function spansOf(changes: readonly Change[], some: Partial<FlushReport> = {}): readonly ReadableSpan[] {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  tracedFlushes(provider.getTracer('test'))({
    view, topic, partition: 3, from: 40, next: 40 + changes.length, records: changes.length, rows: 1, dead_letters: 0,
    events: changes.map((change, place) => ({ offset: 40 + place, change })), started_at: 1_000_000, decode_ms: 1, read_ms: 2, fold_ms: 3, flush_ms: 4,
    outcome: 'flushed', oldest_timestamp: 999_000, ...some,
  })
  return exporter.getFinishedSpans()
}

describe('the write that a change tells of', () => {
  it('is the one that made it', () => {
    expect(writeOf(put(traceparent(7)))).toEqual({ traceId: traceId(7), spanId: '0000000000000007', traceFlags: 1, isRemote: true })
    expect(writeOf(remove(`${traceparent(7)}-gone`))?.traceId).toBe(traceId(7))
  })

  it.each<[string, Change]>([
    ['an untraced one', put(null)],
    ['one that is not sampled', put(traceparent(7).replace(/01$/, '00'))],
    ['a text that is no context', put('traceparent')],
    ['a snapshot of a row written long ago', { ...put(traceparent(7)), op: 'r' }],
    ['a removal of a row whose last writing was traced', remove(traceparent(7))],
    ['what precedes a removal in its transaction', put(`${traceparent(7)}-gone`)],
  ])('is none for %s', (_, change) => {
    expect(writeOf(change)).toBeUndefined()
  })
})

describe('a flush', () => {
  it('without traced writes gives no span', () => {
    expect(spansOf([put(null), put(null)])).toEqual([])
  })

  it('gives each traced write a span in its own trace, and itself one that links to them', () => {
    const spans = spansOf([put(traceparent(1)), put(null), put(traceparent(2))])
    const [batch] = spans.filter((span) => span.name === 'flush traced')
    const applied = spans.filter((span) => span.name === 'apply traced')
    expect(applied.map((span) => [span.spanContext().traceId, span.parentSpanContext?.spanId, span.attributes['messaging.kafka.offset']])).toEqual([
      [traceId(1), '0000000000000001', 40], [traceId(2), '0000000000000002', 42]])
    expect(batch?.links.map((link) => link.context.traceId)).toEqual([traceId(1), traceId(2)])
    expect(batch?.parentSpanContext).toBeUndefined()
    expect(applied.map((span) => span.links[0]?.context.spanId)).toEqual([batch?.spanContext().spanId, batch?.spanContext().spanId])
    expect(spans.map((span) => span.duration)).toEqual(spans.map(() => [0, 10_000_000]))
  })

  it('that was fenced gives none, since its records come again', () => {
    expect(spansOf([put(traceparent(1))], { outcome: 'fenced' })).toEqual([])
  })

  it('of history that is read again gives none', () => {
    expect(spansOf([put(traceparent(1))], { oldest_timestamp: 1_000_000 - 3_600_001 })).toEqual([])
  })

  it('gives a bounded number, and says how many there would be', () => {
    const spans = spansOf(Array.from({ length: 1_000 }, (_, n) => put(traceparent(n + 1))))
    expect(spans).toHaveLength(17)
    expect(spans.at(-1)?.attributes['cdlc.traced_writes']).toBe(1_000)
  })

  it('tells nothing of the rows', () => {
    const spans = spansOf([put(traceparent(1)), remove(`${traceparent(2)}-gone`)])
    expect(JSON.stringify(spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })))).not.toContain('secret')
  })
})

describe('tracing', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['no endpoint is named', {}],
    ['an empty one is', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['it is disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' }],
    ['traces are not exported', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_EXPORTER: 'none' }],
  ])('is off where %s', async (_, env) => {
    expect(await openTracing(env, 'test')).toBeUndefined()
  })

  it('is on where an endpoint is named', async () => {
    const tracing = await openTracing({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces' }, 'test')
    expect(tracing?.tracer.startSpan('span').isRecording()).toBe(true)
    await tracing?.close()
  })
})
