/** Events of applications through collector into Kafka, against a bare Fastify route that parses the same body. */
import { randomUUID } from 'node:crypto'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import { defineBench, rounds } from '../bench.ts'
import { type Child, startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { interleave, ratios } from '../harness.ts'
import { removeTopics } from '../kafka.ts'
import { cpuSeconds } from '../processes.ts'
import type { Load, Loaded } from '../telemetry-events/load-child.ts'

interface Run extends Loaded { readonly cpu_s: number }

const OURS = 'collector'
const BARE = 'bare Fastify'

export default defineBench({
  description: 'events a second through collector into Kafka, in batches, against a bare Fastify route that parses the same body',
  options: {
    ...rounds,
    seconds: { description: 'of load in each run', standard: 5, min: 1, max: 600 },
    connections: { description: 'at once', standard: 16, min: 1, max: 1_000 },
    batch: { description: 'events in a request', standard: 50, min: 1, max: 200 },
  },
  servers: ['kafka'],
  async run({ endpoints, options, stack, say }) {
    const { partitions, config } = topicSpec('user.telemetry')
    const topic = `bench.telemetry-events-${randomUUID()}`
    const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-bench')
    const env = { ...process.env, ...stack.env }
    const child = (script: string): Promise<Child> => startChild(new URL(`../telemetry-events/${script}-child.ts`, import.meta.url), { env })
    const [collector, bare, load] = [await child('server'), await child('server'), await child('load')]
    try {
      await kafka.createTopics([{ name: topic, partitions, config }])
      const ports = { [OURS]: await collector.ask<number>('collector', topic), [BARE]: await bare.ask<number>('bare') }
      let accepted = 0
      const turn = (server: Child, port: number) => async (round: number): Promise<Run> => {
        const before = cpuSeconds(server.pid)
        const { batch, connections, seconds, seed } = options
        const loaded = await load.ask<Loaded>('load', { port, batch, connections, seconds, seed: seed + round } satisfies Load)
        if (server === collector) accepted += loaded.accepted
        return { ...loaded, cpu_s: cpuSeconds(server.pid) - before }
      }
      const results = await interleave({ [OURS]: turn(collector, ports[OURS]), [BARE]: turn(bare, ports[BARE]) }, options, say)
      const kept = (await kafka.offsets(topic)).reduce((sum, { low, high }) => sum + high - low, 0)
      // requests that the load gave up at its end may have been appended besides
      const lost = Math.max(0, accepted - kept)
      const failed = Object.values(results).flat().reduce((sum, run) => sum + run.failed, 0)
      return {
        what: `batches of ${options.batch} events by ${options.connections} connections, for ${options.seconds} s a run; ${accepted} events accepted by ${OURS}, ${kept} in the topic`,
        figures: figuresOf(results, lost, failed), samples: results,
        ...(lost + failed === 0 ? {} : { broken: `${lost} events were lost, ${failed} requests failed` }),
      }
    } finally {
      await Promise.all([collector.close(), bare.close(), load.close()])
      await removeTopics(endpoints, [topic])
      await kafka.close()
    }
  },
})

function figuresOf(results: Readonly<Record<string, readonly Run[]>>, lost: number, failed: number): readonly Figure[] {
  const of = (name: string, value: (run: Run) => number): readonly number[] => (results[name] ?? []).map(value)
  const perSecond = (run: Run): number => run.per_second
  return [
    { what: `${OURS}: speed`, unit: 'events/s', samples: of(OURS, perSecond), target: { at_least: 5_000 } },
    { what: `${BARE}: speed`, unit: 'events/s', samples: of(BARE, perSecond) },
    ...[OURS, BARE].flatMap((name): readonly Figure[] => [
      { what: `${name}: CPU`, unit: 'µs an event', samples: of(name, (run) => run.cpu_s / run.accepted * 1e6) },
      { what: `${name}: p50`, unit: 'ms', samples: of(name, (run) => run.p50_ms) },
      { what: `${name}: p99`, unit: 'ms', samples: of(name, (run) => run.p99_ms) },
    ]),
    { what: `events/s, ${OURS} ÷ ${BARE}`, unit: '×', samples: ratios(of(OURS, perSecond), of(BARE, perSecond)) },
    { what: 'events accepted, and not in the topic', unit: 'events', samples: [lost], target: { at_most: 0 } },
    { what: 'requests that failed', unit: 'requests', samples: [failed], target: { at_most: 0 } },
  ]
}
