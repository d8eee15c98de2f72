/**
 * Traces: where spans go, and which spans a flush gives.
 *
 * A row that was written under a traced request carries the W3C trace context of its transaction (the column `traceparent`). A flush
 * with such rows is one span, linked to each of those transactions; and each of them gets a short span of its own in its own trace,
 * `apply <view>`, so that one trace leads from the HTTP request to every view that shows what it wrote.
 */
import { type Link, ROOT_CONTEXT, type SpanContext, SpanKind, trace, TraceFlags, type Tracer } from '@opentelemetry/api'
import type { FlushReport } from './worker.ts'
import { type Change, groupName, storeName } from './view.ts'

export interface Tracing {
  readonly tracer: Tracer
  /** Sends what is left. */
  close(): Promise<void>
}

type Environment = Readonly<Record<string, string | undefined>>

/** Whether OpenTelemetry's own variables name a place for spans to go. */
export const tracingIsOn = (env: Environment): boolean =>
  env['OTEL_SDK_DISABLED'] !== 'true' && env['OTEL_TRACES_EXPORTER'] !== 'none'
  && (env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? '') !== ''

/**
 * A tracer that exports by OTLP over HTTP, set up by OpenTelemetry's variables; undefined, and nothing loaded, where they name no endpoint.
 * `follow` samples whatever it is asked for: workers begin no trace, they go on with those that were sampled where they began.
 */
export async function openTracing(env: Environment, service: string, { follow = false } = {}): Promise<Tracing | undefined> {
  if (!tracingIsOn(env)) return undefined
  const [{ AlwaysOnSampler, BasicTracerProvider, BatchSpanProcessor, ParentBasedSampler }, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'), import('@opentelemetry/exporter-trace-otlp-http'), import('@opentelemetry/resources')])
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.namespace': 'cdlc', 'service.name': env['OTEL_SERVICE_NAME'] ?? service, 'service.instance.id': String(process.pid) }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    ...(follow ? { sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }) } : {}),
  })
  return { tracer: provider.getTracer('cdlc'), close: () => provider.shutdown() }
}

/** Ends the context that a removal leaves in the row it removes, so that it is told from that of the row's last writing. */
export const GONE = '-gone'

const sampled = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01(-gone)?$/

/** The context of the transaction that made this change, where it is traced. A snapshot's row was written by one long past. */
export function writeOf({ op, before, after }: Pick<Change, 'op' | 'before' | 'after'>): SpanContext | undefined {
  const text = op === 'd' ? before?.['traceparent'] : op === 'r' ? undefined : after?.['traceparent']
  const [, traceId, spanId, gone] = typeof text === 'string' ? sampled.exec(text) ?? [] : []
  if (traceId === undefined || spanId === undefined || (gone === GONE) !== (op === 'd')) return undefined
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true }
}

/** Spans of one flush at most: a batch in which more writes are traced shows these, and says so. */
const MAX_WRITES = 16
/** Past it a record is history that is read again, and nobody looks at its trace any more (ms). */
const MAX_AGE_MS = 3_600_000

/** For every flush: makes its spans, if it holds writes that are traced. */
export const tracedFlushes = (tracer: Tracer) => (report: FlushReport): void => {
  const { view, topic, partition, started_at, oldest_timestamp, outcome } = report
  if (outcome === 'fenced' || started_at - (oldest_timestamp ?? started_at) > MAX_AGE_MS) return
  const writes = new Map<string, { readonly write: SpanContext; readonly offset: number }>()
  let traced = 0
  for (const { offset, change } of report.events) {
    const write = writeOf(change)
    if (write === undefined) continue
    traced++
    if (writes.size < MAX_WRITES) writes.set(write.spanId, { write, offset })
  }
  if (traced === 0) return
  const ended_at = started_at + report.decode_ms + report.read_ms + report.fold_ms + report.flush_ms
  const common = {
    'messaging.system': 'kafka', 'messaging.operation.type': 'process', 'messaging.destination.name': topic, 'messaging.destination.partition.id': String(partition),
    'cdlc.view': view.name, 'cdlc.edition': storeName(view), 'cdlc.store': view.store, 'cdlc.outcome': outcome,
  }
  const batch = tracer.startSpan(`flush ${view.name}`, {
    kind: SpanKind.CONSUMER, startTime: started_at, links: [...writes.values()].map(({ write }): Link => ({ context: write })),
    attributes: {
      ...common, 'messaging.consumer.group.name': groupName(view), 'messaging.batch.message_count': report.records, 'cdlc.rows': report.rows, 'cdlc.traced_writes': traced,
      'cdlc.decode_ms': report.decode_ms, 'cdlc.read_ms': report.read_ms, 'cdlc.fold_ms': report.fold_ms, 'cdlc.flush_ms': report.flush_ms,
    },
  }, ROOT_CONTEXT)
  const links = [{ context: batch.spanContext() }]
  for (const { write, offset } of writes.values()) {
    tracer.startSpan(`apply ${view.name}`, {
      kind: SpanKind.CONSUMER, startTime: started_at, links, attributes: { ...common, 'messaging.kafka.offset': offset },
    }, trace.setSpanContext(ROOT_CONTEXT, write)).end(ended_at)
  }
  batch.end(ended_at)
}
