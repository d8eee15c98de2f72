/** Builds a view again from offset 0 of its own topics, under a name of the bench: readers of the view itself notice nothing. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import { viewsNamed } from '@cdlc/streams/runtime/registry.ts'
import { openSinks } from '@cdlc/streams/sinks/index.ts'
import { serve } from '../child.ts'
import { peakMb, resetPeak, startMeter } from '../processes.ts'
import { freshStore, removeView, runBenchWorker } from '../worker.ts'

export interface Built { readonly records: number; readonly rows: number; readonly flushes: number; readonly wall_ms: number; readonly cpu_us: number; readonly peak_mb: number }

const endpoints = endpointsFrom(process.env)
const sinks = openSinks(endpoints)

async function build({ name, round }: { readonly name: string; readonly round: number }): Promise<Built> {
  const [own] = await viewsNamed([name])
  if (own === undefined) throw new Error(`building '${name}': there is no such view`)
  const view = { ...own, name: `bench-rebuild-${name}`, build: round + 1 }
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-bench')
  const ends = Object.fromEntries(await Promise.all(Object.keys(view.from).map(async (topic) => [topic, (await kafka.offsets(topic)).map(({ high }) => high)] as const)))
  await kafka.close()
  const store = await freshStore(sinks, view)
  let [rows, flushes] = [0, 0]
  resetPeak()
  let stop = startMeter()
  const running = await runBenchWorker({
    endpoints, view, store, ends, onAssigned: () => { stop = startMeter() },
    onFlush: (report) => { rows += report.rows; flushes++ },
  })
  try {
    await running.caughtUp
    return { records: Object.values(ends).flat().reduce((sum, end) => sum + end, 0), rows, flushes, ...stop(), peak_mb: peakMb() }
  } finally {
    await running.stop()
    await removeView(endpoints, view, store)
  }
}

serve({ build })
