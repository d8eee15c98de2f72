/** Rows a second into each store: a sink's flushes by themselves. */
import type { PortName } from '@cdlc/schemas/endpoints.ts'
import { defineBench, rounds } from '../bench.ts'
import { startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { interleave } from '../harness.ts'
import { cpuSeconds, serverPid } from '../processes.ts'
import type { Filled, Load } from '../sinks/child.ts'

interface Contestant extends Omit<Load, 'round'> { readonly port: PortName; readonly target?: number }
interface Run extends Filled { readonly store_us: number }

const contestants: Readonly<Record<string, Contestant>> = {
  'redis, 1,000 records a flush': { store: 'redis', order: 'as they come', batch: 1_000, records: 120_000, port: 'redis' },
  'clickhouse, 10,000 records a flush': { store: 'clickhouse', order: 'as they come', batch: 10_000, records: 300_000, port: 'clickhouse', target: 80_000 },
  'neo4j, 1,000 records a flush': { store: 'neo4j', order: 'as they come', batch: 1_000, records: 30_000, port: 'neo4j', target: 8_000 },
  'scylla, 1,000 records a flush': { store: 'scylla', order: 'as they come', batch: 1_000, records: 12_000, port: 'cql' },
  'scylla, 1,000 records a flush, by profile': { store: 'scylla', order: 'by profile', batch: 1_000, records: 12_000, port: 'cql', target: 6_000 },
}

export default defineBench({
  description: 'rows a second into each store, by its sink alone',
  options: rounds,
  servers: ['redis', 'clickhouse', 'neo4j', 'cassandra'],
  async run({ endpoints, options, stack, say }) {
    const child = await startChild(new URL('../sinks/child.ts', import.meta.url), { env: { ...process.env, ...stack.env } })
    try {
      const results = await interleave(Object.fromEntries(Object.entries(contestants).map(([name, { port, target: _, ...load }]) => [name, async (round: number): Promise<Run> => {
        const server = serverPid(endpoints, port)
        const before = cpuSeconds(server)
        const filled = await child.ask<Filled>('fill', { ...load, round })
        return { ...filled, store_us: (cpuSeconds(server) - before) * 1e6 }
      }])), options, say)
      const figures = Object.entries(contestants).flatMap(([name, { target }]): readonly Figure[] => {
        const runs = results[name] ?? []
        return [
          { what: `${name}: speed`, unit: 'rows/s', samples: runs.map((run) => run.rows / run.wall_ms * 1_000), target: target === undefined ? undefined : { at_least: target } },
          { what: `${name}: our CPU`, unit: 'µs a row', samples: runs.map((run) => run.cpu_us / run.rows) },
          { what: `${name}: the store's CPU, tables made and dropped`, unit: 'µs a row', samples: runs.map((run) => run.store_us / run.rows) },
        ]
      })
      return { what: 'ratings as views of theirs write them, six partitions at once, flush after flush in each', figures, samples: results }
    } finally {
      await child.close()
    }
  },
})
