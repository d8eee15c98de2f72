/** From an acknowledged write to a read that sees it, per store. */
import { defineBench } from '../bench.ts'
import type { Figure } from '../figures.ts'
import { measureFreshness } from '../freshness.ts'
import { histogram } from '../statistics.ts'

const BOUNDS = [5, 10, 20, 50, 100, 200, 500]
const targets: Readonly<Record<string, { readonly p50: number; readonly p99: number }>> = { redis: { p50: 10, p99: 60 } }
const ofAnyStore = { p50: 50, p99: 300 }

export default defineBench({
  description: 'from an acknowledged write to a read that sees it, per store',
  options: {
    rate: { description: 'commits a second', standard: 200, min: 1, max: 2_000 },
    seconds: { description: 'how long to write', standard: 60, min: 5, max: 3_600 },
  },
  servers: ['kafka', 'redis', 'clickhouse', 'neo4j', 'cassandra'],
  async run({ endpoints, options, say }) {
    const result = await measureFreshness(endpoints, { ...options, onProgress: say })
    const ack = result.acknowledged
    const figures = Object.entries(result.stores).flatMap(([store, { p50, p99 }]): readonly Figure[] => {
      const target = targets[store] ?? ofAnyStore
      return [
        { what: `${store}, p50`, unit: 'ms', samples: [p50], target: { at_most: target.p50 } },
        { what: `${store}, p99`, unit: 'ms', samples: [p99], target: { at_most: target.p99 } },
      ]
    })
    const missed = Object.values(result.stores).reduce((sum, store) => sum + store.missed, 0)
    return {
      what: `${result.commits} commits at ${result.rate} a second; ms from acknowledgement to a read that sees it`,
      figures, samples: result,
      sections: [
        { title: 'by store', head: ['store', 'read through', 'n', 'p50', 'p95', 'p99', 'max', 'p50 ÷ write', 'never seen', ...BOUNDS.map((bound) => `≤${bound}`), 'more'],
          rows: Object.entries(result.stores).map(([store, q]) => [store, q.through, q.n, q.p50, q.p95, q.p99, q.max, q.p50 / Math.max(ack.p50, 0.001), q.missed, ...histogram(result.samples[store] ?? [], BOUNDS)]) },
        { title: 'the write itself', head: ['n', 'p50', 'p95', 'p99', 'max'], rows: [[ack.n, ack.p50, ack.p95, ack.p99, ack.max]] },
      ],
      ...(missed === 0 ? {} : { broken: `${missed} writes were never seen by a read` }),
    }
  },
})
