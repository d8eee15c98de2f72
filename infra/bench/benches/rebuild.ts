/** A view per store built again from offset 0, while readers ask the live ones. */
import { defineBench, rounds } from '../bench.ts'
import { startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { interleave } from '../harness.ts'
import type { Built } from '../rebuild/child.ts'
import { startReaders } from '../rebuild/readers.ts'
import { quantiles } from '../statistics.ts'

/** The view of ratings in each store, and the records a second it is to come to. */
const contestants: Readonly<Record<string, { readonly view: string; readonly target: number }>> = {
  redis: { view: 'title-stats', target: 60_000 },
  clickhouse: { view: 'ratings', target: 60_000 },
  neo4j: { view: 'rated-together', target: 6_000 },
  scylla: { view: 'profile-diary', target: 6_000 },
}

export default defineBench({
  description: 'a view per store from offset 0 of its topics, while readers ask the live ones',
  options: rounds,
  servers: ['kafka', 'redis', 'clickhouse', 'neo4j', 'cassandra'],
  async run({ endpoints, options, stack, say }) {
    const env = { ...process.env, ...stack.env }
    const child = await startChild(new URL('../rebuild/child.ts', import.meta.url), { env })
    const readers = await startReaders(endpoints)
    try {
      const results = await interleave(Object.fromEntries(Object.entries(contestants).map(([store, { view }]) =>
        [store, (round: number) => child.ask<Built>('build', { name: view, round })])), options, say)
      const readings = await readers.stop()
      const records = results['redis']?.[0]?.records ?? 0
      const failures = Object.values(readings).flatMap((reading) => reading.failures)
      return {
        what: `views of ${records} ratings from the first record on, by one worker each; each live view is read 20 times a second meanwhile`,
        samples: { results, readings },
        figures: [
          ...Object.entries(contestants).flatMap(([store, { view, target }]): readonly Figure[] => {
            const runs = results[store] ?? []
            return [
              { what: `${store}: '${view}'`, unit: 'records/s', samples: runs.map((run) => run.records / run.wall_ms * 1_000), target: { at_least: target } },
              { what: `${store}: CPU of the worker`, unit: 'µs a record', samples: runs.map((run) => run.cpu_us / run.records) },
              { what: `${store}: rows a flush`, unit: 'rows', samples: runs.map((run) => run.rows / run.flushes) },
              { what: `${store}: peak memory of the worker`, unit: 'MB', samples: runs.map((run) => run.peak_mb) },
            ]
          }),
          { what: 'reads that failed', unit: 'reads', samples: [failures.length], target: { at_most: 0 } },
        ],
        sections: [{ title: 'reads of the live views meanwhile, ms', head: ['store', 'reads', 'failed', 'p50', 'p99', 'max'],
          rows: Object.entries(readings).map(([store, { reads, failures: failed, latencies_ms }]) => {
            const { p50, p99, max } = quantiles(latencies_ms)
            return [store, reads, failed.length, p50, p99, max]
          }) }],
        ...(failures.length === 0 ? {} : { broken: `${failures.length} reads failed, the first with: ${failures[0]}` }),
      }
    } finally {
      await readers.stop()
      await child.close()
    }
  },
})
