/** Contestant of `bench telemetry`: a worker that tells nothing, one with metrics, or one with metrics and traces. */
import { setTimeout as delay } from 'node:timers/promises'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { createWorkerMetrics } from '@cdlc/streams/runtime/metrics.ts'
import { openTracing, tracedFlushes } from '@cdlc/streams/runtime/tracing.ts'
import type { FlushReport } from '@cdlc/streams/runtime/worker.ts'
import { openSinks } from '@cdlc/streams/sinks/index.ts'
import { serve } from '../child.ts'
import { startMeter } from '../processes.ts'
import { CONTRACT } from '../ratings-topic.ts'
import { jobs, onTopic } from '../views.ts'
import { removeView, runBenchWorker } from '../worker.ts'

export interface Task {
  readonly tells: 'nothing' | 'metrics' | 'traces'
  /** New for each run. */
  readonly name: string
  readonly topic: string
  readonly ends: readonly number[]
  readonly flush_records?: number
}
export interface Measured { readonly records: number; readonly flushes: number; readonly wall_ms: number; readonly cpu_us: number }

const endpoints = endpointsFrom(process.env)
const sinks = openSinks(endpoints)
/** Opened once, as by a worker: what it costs to begin is not what is asked. */
let opened: ReturnType<typeof openTracing> | undefined
/** Until the last spans are sent, given OTEL_BSP_SCHEDULE_DELAY; for all contestants alike (ms). */
const SETTLE_MS = 500

/** From joining the group to the last flush and the last span sent. */
async function run({ tells, name, topic, ends, flush_records }: Task): Promise<Measured> {
  const view = onTopic(jobs['title-stats'], name, topic)
  const store = await sinks.store(view)
  const metrics = tells === 'nothing' ? undefined : createWorkerMetrics()
  if (tells === 'traces') opened ??= openTracing(process.env, 'workers', { follow: true })
  const tracing = await opened
  const trace = tracing === undefined ? undefined : tracedFlushes(tracing.tracer)
  let stopMeter = startMeter()
  let records = 0
  let flushes = 0
  const running = await runBenchWorker({
    endpoints, view, store, contracts: { [topic]: CONTRACT }, ends: { [topic]: ends }, traced: tells === 'traces', ...(flush_records === undefined ? {} : { flush_records }),
    onAssigned: () => { stopMeter = startMeter() },
    onFlush(report: FlushReport) {
      records += report.records
      flushes++
      metrics?.onFlush(report)
      trace?.(report)
    },
  })
  await running.caughtUp
  await delay(SETTLE_MS)
  const measured = { records, flushes, ...stopMeter() }
  await running.stop()
  await removeView(endpoints, view, store)
  return measured
}

serve({ run })
