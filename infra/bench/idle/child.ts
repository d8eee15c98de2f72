/** As many workers as the platform has views, each at the end of a topic in which nothing happens. */
import { setTimeout as delay } from 'node:timers/promises'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import type { ViewStore } from '@cdlc/streams/runtime/store.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import { openSinks } from '@cdlc/streams/sinks/index.ts'
import { serve } from '../child.ts'
import { startMeter } from '../processes.ts'
import { CONTRACT } from '../ratings-topic.ts'
import { jobs, onTopic } from '../views.ts'
import { type BenchWorker, freshStore, removeView, runBenchWorker } from '../worker.ts'

export interface IdleTask { readonly topic: string; readonly ends: readonly number[]; readonly views: number }

const endpoints = endpointsFrom(process.env)
const sinks = openSinks(endpoints)
const working: { readonly view: View; readonly store: ViewStore; readonly running: BenchWorker }[] = []

serve({
  /** Resolves when all have caught up. */
  async start({ topic, ends, views }: IdleTask) {
    for (let i = 0; i < views; i++) {
      const view = onTopic(jobs.means, `bench-idle-${i}`, topic)
      const store = await freshStore(sinks, view)
      working.push({ view, store, running: await runBenchWorker({ endpoints, view, store, contracts: { [topic]: CONTRACT }, ends: { [topic]: ends } }) })
    }
    await Promise.all(working.map(({ running }) => running.caughtUp))
  },
  /** CPU time over so many seconds. */
  async rest({ seconds }: { readonly seconds: number }) {
    const stop = startMeter()
    await delay(seconds * 1_000)
    return stop()
  },
  async stop() {
    for (const { view, store, running } of working) {
      await running.stop()
      await removeView(endpoints, view, store)
    }
  },
})
