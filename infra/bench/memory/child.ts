/** A worker whose memory is watched, over a store that may answer slowly. */
import { setTimeout as delay } from 'node:timers/promises'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import type { ViewStore } from '@cdlc/streams/runtime/store.ts'
import { openSinks } from '@cdlc/streams/sinks/index.ts'
import { serve } from '../child.ts'
import { residentMb, startMeter } from '../processes.ts'
import { CONTRACT } from '../ratings-topic.ts'
import { jobs, onTopic } from '../views.ts'
import { freshStore, removeView, runBenchWorker } from '../worker.ts'

export interface MemoryTask {
  readonly topic: string
  readonly ends: readonly number[]
  readonly name: string
  /** How much longer each flush takes. */
  readonly slower_ms: number
  /** Ends here, though the topic may have more. */
  readonly seconds: number
}
export interface Sampled {
  readonly wall_ms: number
  readonly cpu_us: number
  readonly records: number
  /** Resident memory, ten times a second. */
  readonly resident_mb: readonly number[]
}

const SAMPLE_MS = 100
const endpoints = endpointsFrom(process.env)
const sinks = openSinks(endpoints)

async function run({ topic, ends, name, slower_ms, seconds }: MemoryTask): Promise<Sampled> {
  const view = onTopic(jobs['title-stats'], name, topic)
  const opened = await freshStore(sinks, view)
  const store: ViewStore = slower_ms === 0 ? opened : { ...opened, flush: async (batch) => { await delay(slower_ms); return opened.flush(batch) } }
  const resident_mb: number[] = []
  let records = 0
  let stop = startMeter()
  const sampling = setInterval(() => resident_mb.push(residentMb()), SAMPLE_MS)
  const running = await runBenchWorker({
    endpoints, view, store, contracts: { [topic]: CONTRACT }, ends: { [topic]: ends },
    onAssigned: () => { stop = startMeter() }, onFlush: (report) => { records += report.outcome === 'fenced' ? 0 : report.records },
  })
  try {
    await Promise.race([running.caughtUp, delay(seconds * 1_000)])
    return { ...stop(), records, resident_mb }
  } finally {
    clearInterval(sampling)
    await running.stop()
    await removeView(endpoints, view, opened)
  }
}

serve({ run })
