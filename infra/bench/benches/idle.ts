/** What workers cost that have nothing to do. */
import { views } from '@cdlc/streams/runtime/registry.ts'
import type { ViewStatus } from '@cdlc/streams/runtime/worker.ts'
import { defineBench } from '../bench.ts'
import { startChild } from '../child.ts'
import { removeTopics } from '../kafka.ts'
import { cpuSeconds, serverPid } from '../processes.ts'
import { fillRatings } from '../ratings-topic.ts'

const RECORDS = 6_000

export default defineBench({
  description: 'CPU of workers that have nothing to do',
  options: {
    runs: { description: 'counted stretches', standard: 5, min: 1, max: 100 },
    seconds: { description: 'of each', standard: 20, min: 1, max: 600 },
  },
  servers: ['kafka', 'redis'],
  async run({ endpoints, options, stack, say }) {
    const count = (await views()).length
    const topic = await fillRatings(endpoints, RECORDS, 1)
    const child = await startChild(new URL('../idle/child.ts', import.meta.url), { env: { ...process.env, ...stack.env } })
    const applied = async (): Promise<number> => {
      const status = await (await fetch(`http://127.0.0.1:${endpoints.port('workers')}/views`)).json() as readonly ViewStatus[]
      return status.reduce((sum, view) => sum + view.records_total, 0)
    }
    try {
      say(`starting ${count} workers`)
      await child.ask('start', { topic: topic.name, ends: topic.ends, views: count })
      const [ours, platform, records]: [number[], number[], number[]] = [[], [], []]
      for (let run = 0; run < options.runs; run++) {
        say(`stretch ${run + 1} of ${options.runs}`)
        const workers = serverPid(endpoints, 'workers')
        const before = [cpuSeconds(workers), await applied()] as const
        const { cpu_us, wall_ms } = await child.ask<{ cpu_us: number; wall_ms: number }>('rest', { seconds: options.seconds })
        ours.push(cpu_us / wall_ms / 10)
        platform.push((cpuSeconds(workers) - before[0]) / wall_ms * 1e5)
        records.push(await applied() - before[1])
      }
      await child.ask('stop')
      return {
        what: `${count} workers in one process at the end of their topic, and the platform's own, over ${options.seconds} s`,
        figures: [
          { what: `${count} workers with nothing to do`, unit: '% of a core', samples: ours, target: { at_most: 10 } },
          { what: "the platform's workers, as busy as they are", unit: '% of a core', samples: platform },
          { what: 'what those applied meanwhile', unit: 'records', samples: records },
        ],
        samples: { ours, platform, records },
      }
    } finally {
      await child.close()
      await removeTopics(endpoints, [topic.name])
    }
  },
})
