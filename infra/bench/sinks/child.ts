/** Flushes prepared batches into one store, all partitions at once, as a worker does: the sink and its store alone, with no Kafka. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { openSinks } from '@cdlc/streams/sinks/index.ts'
import profileDiary from '@cdlc/streams/views/user/profile-diary.ts'
import ratedTogether from '@cdlc/streams/views/user/rated-together.ts'
import ratings from '@cdlc/streams/views/user/ratings.ts'
import { serve } from '../child.ts'
import { startMeter } from '../processes.ts'
import { jobs } from '../views.ts'
import { freshStore } from '../worker.ts'
import { flushesOf, type Order } from './batches.ts'

const views = { redis: jobs.rows, clickhouse: ratings, neo4j: ratedTogether, scylla: profileDiary }

export interface Load { readonly store: keyof typeof views; readonly order: Order; readonly records: number; readonly batch: number; readonly round: number }
export interface Filled { readonly rows: number; readonly flushes: number; readonly wall_ms: number; readonly cpu_us: number }

const sinks = openSinks(endpointsFrom(process.env))

async function fill({ store: kind, order, records, batch, round }: Load): Promise<Filled> {
  const view = { ...views[kind], name: `bench-sink-${kind}-${order.replaceAll(' ', '-')}`, build: round + 1 }
  const partitions = flushesOf(view, records, batch, order)
  const store = await freshStore(sinks, view)
  await store.prepare()
  try {
    const fences = await Promise.all(partitions.map(async (_, partition) => (await store.positions(partition)).fence))
    const stop = startMeter()
    await Promise.all(partitions.map(async (flushes, partition) => {
      let fence = fences[partition] ?? ''
      for (const flush of flushes) {
        const flushed = await store.flush({ ...flush, fence })
        if (flushed === 'fenced') throw new Error(`filling ${kind}: partition ${partition} was fenced at ${flush.from}, though it has no other owner`)
        fence = flushed.fence
      }
    }))
    const all = partitions.flat()
    return { ...stop(), rows: all.reduce((sum, flush) => sum + flush.writes.length, 0), flushes: all.length }
  } finally {
    await store.drop()
  }
}

serve({ fill })
