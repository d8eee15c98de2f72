/** A worker that tells of its partitions and of every flush. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { openSinks } from '@cdlc/streams/sinks/index.ts'
import { serve, tell } from '../child.ts'
import { CONTRACT } from '../ratings-topic.ts'
import { jobs, onTopic } from '../views.ts'
import { type BenchWorker, removeView, runBenchWorker } from '../worker.ts'
import type { Flushed } from './gaps.ts'

export interface Group { readonly name: string; readonly topic: string }
/** `assigned`: the partitions of the topic that are this worker's from now on. */
export type Told = { readonly assigned: readonly number[] } | { readonly flushed: Flushed }

const endpoints = endpointsFrom(process.env)
const sinks = openSinks(endpoints)
const now = (): number => performance.timeOrigin + performance.now()
const viewOf = ({ name, topic }: Group) => onTopic(jobs.means, name, topic)
let running: BenchWorker | undefined

serve({
  async start(group: Group) {
    const view = viewOf(group)
    running = await runBenchWorker({
      endpoints, view, store: await sinks.store(view), contracts: { [group.topic]: CONTRACT }, ends: {},
      onAssigned: (assigned) => tell({ assigned: assigned.get(group.topic) ?? [] } satisfies Told),
      onFlush: ({ topic, partition, outcome }) => { if (topic === group.topic && outcome === 'flushed') tell({ flushed: { partition, at: now() } } satisfies Told) },
    })
  },
  async stop() {
    await running?.stop()
  },
  async remove(group: Group) {
    const view = viewOf(group)
    await removeView(endpoints, view, await sinks.store(view))
  },
})
