/** The aggregation by our runtime into Redis. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import type { AnyRow, ViewStore } from '@cdlc/streams/runtime/store.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import { openSinks } from '@cdlc/streams/sinks/index.ts'
import { serve } from '../child.ts'
import { startMeter } from '../processes.ts'
import { CONTRACT } from '../ratings-topic.ts'
import { jobs, onTopic } from '../views.ts'
import { freshStore, removeView, runBenchWorker } from '../worker.ts'
import type { Task } from './contestant.ts'

const endpoints = endpointsFrom(process.env)
const sinks = openSinks(endpoints)
let made: { readonly view: View; readonly store: ViewStore } | undefined

serve({
  async run({ topic, ends, name }: Task) {
    const view = onTopic(jobs.means, name, topic)
    const store = await freshStore(sinks, view)
    made = { view, store }
    let stop = startMeter()
    const running = await runBenchWorker({ endpoints, view, store, contracts: { [topic]: CONTRACT }, ends: { [topic]: ends }, onAssigned: () => { stop = startMeter() } })
    await running.caughtUp
    const used = stop()
    await running.stop()
    return used
  },
  async rows() {
    const rows: AnyRow[] = []
    if (made !== undefined) for await (const row of made.store.scan('stats')) rows.push(row)
    return rows
  },
  async remove() {
    if (made !== undefined) await removeView(endpoints, made.view, made.store)
  },
})
