/** `GET /v1/titles/{title_id}` through inventory, against a bare Fastify route that answers the same bytes. */
import { join } from 'node:path'
import type { Loaded } from '../api/load-child.ts'
import { record } from '../api/record.ts'
import { defineBench, rounds, type Section } from '../bench.ts'
import { type Child, startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { interleave, ratios } from '../harness.ts'
import { cpuSeconds, serverPid } from '../processes.ts'
import { profileSections } from '../profile/report.ts'

interface Run extends Loaded { readonly cpu_s: number; readonly redis_s: number }

const OURS = 'inventory'
const BARE = 'bare Fastify'
export default defineBench({
  description: "requests for a title through its service, against a bare Fastify route that answers the same bytes",
  options: {
    ...rounds,
    seconds: { description: 'of load in each run', standard: 5, min: 1, max: 600 },
    connections: { description: 'at once', standard: 32, min: 1, max: 1_000 },
    titles: { description: 'that are asked for', standard: 500, min: 1, max: 10_000 },
  },
  flags: { profile: 'profile one more run of the service: tables of functions, .cpuprofile and flame graph (.svg)' },
  servers: ['redis'],
  async run({ endpoints, options, flags, stack, folder, say }) {
    const env = { ...process.env, ...stack.env }
    const child = (script: string): Promise<Child> => startChild(new URL(`../api/${script}-child.ts`, import.meta.url), { env })
    const [inventory, bare, load] = [await child('server'), await child('server'), await child('load')]
    try {
      const port = await inventory.ask<number>('inventory')
      say('recording what the service answers')
      const answers = await record(port, options.titles)
      const paths = Object.keys(answers).map((title_id) => `/v1/titles/${title_id}`)
      const servers = { [OURS]: { child: inventory, port }, [BARE]: { child: bare, port: await bare.ask<number>('bare', answers) } }
      const redis = serverPid(endpoints, 'redis')
      const turn = (server: { readonly child: Child; readonly port: number }) => async (round: number): Promise<Run> => {
        const before = [cpuSeconds(server.child.pid), cpuSeconds(redis)] as const
        const loaded = await load.ask<Loaded>('load', { port: server.port, paths, connections: options.connections, seconds: options.seconds, seed: options.seed + round })
        return { ...loaded, cpu_s: cpuSeconds(server.child.pid) - before[0], redis_s: cpuSeconds(redis) - before[1] }
      }
      const results = await interleave({ [OURS]: turn(servers[OURS]), [BARE]: turn(servers[BARE]) }, options, say)
      const failed = Object.values(results).flat().reduce((sum, run) => sum + run.failed, 0)
      const size = Math.round(Object.values(answers).reduce((sum, { body }) => sum + Buffer.byteLength(body), 0) / paths.length)
      return {
        what: `${paths.length} titles of ${size} B, asked for by ${options.connections} connections, by another process, for ${options.seconds} s a run`,
        figures: figuresOf(results), sections: flags.profile ? await profiled(join(folder, `api-${new Date().toISOString().replaceAll(':', '-')}.cpuprofile`), inventory, () => turn(servers[OURS])(0)) : [],
        samples: results, ...(failed === 0 ? {} : { broken: `${failed} requests failed` }),
      }
    } finally {
      await Promise.all([inventory.close(), bare.close(), load.close()])
    }
  },
})

/** One more run of the service, watched. */
async function profiled(file: string, service: Child, run: () => Promise<Run>): Promise<readonly Section[]> {
  await service.ask('startProfile', file)
  const { cpu_s, requests } = await run()
  await service.ask('stopProfile')
  return profileSections(file, `${OURS}, ${requests} requests`, cpu_s / requests * 1e6, 'request')
}

function figuresOf(results: Readonly<Record<string, readonly Run[]>>): readonly Figure[] {
  const of = (name: string, value: (run: Run) => number): readonly number[] => (results[name] ?? []).map(value)
  const perCpuSecond = (run: Run): number => run.requests / run.cpu_s
  return [
    ...[OURS, BARE].flatMap((name): readonly Figure[] => [
      { what: `${name}: speed`, unit: 'requests/s', samples: of(name, (run) => run.per_second) },
      { what: `${name}: CPU`, unit: 'µs a request', samples: of(name, (run) => run.cpu_s / run.requests * 1e6) },
      { what: `${name}: p50`, unit: 'ms', samples: of(name, (run) => run.p50_ms) },
      { what: `${name}: p99`, unit: 'ms', samples: of(name, (run) => run.p99_ms) },
    ]),
    { what: `${OURS}: CPU of Redis`, unit: 'µs a request', samples: of(OURS, (run) => run.redis_s / run.requests * 1e6) },
    { what: 'requests a CPU second, inventory ÷ bare', unit: '×', samples: ratios(of(OURS, perCpuSecond), of(BARE, perCpuSecond)), target: { at_least: 0.6 } },
    { what: 'requests/s, inventory ÷ bare', unit: '×', samples: ratios(of(OURS, (run) => run.per_second), of(BARE, (run) => run.per_second)), target: { at_least: 0.6 } },
    { what: 'requests that failed', unit: 'requests', samples: [Object.values(results).flat().reduce((sum, run) => sum + run.failed, 0)], target: { at_most: 0 } },
  ]
}
