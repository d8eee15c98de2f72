/** What it costs a worker to be watched: CPU with metrics and with traces against without, in long flushes and in short ones. */
import { startReceiver } from '../../observability/receiver.ts'
import { type Context, defineBench, rounds } from '../bench.ts'
import { type Child, startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { type Contestants, interleave, ratios, type Results } from '../harness.ts'
import { removeTopics } from '../kafka.ts'
import { fillRatings, type RatingsTopic } from '../ratings-topic.ts'
import type { Measured, Task } from '../telemetry/child.ts'

/** Of the writes. */
const SHARES = [0.01, 0.05] as const
/** Records of a flush: as when a view is filled, and as when writes come one by one. */
const FLUSHES = [{ name: 'long', records: 1_000, share: 1 }, { name: 'short', records: 8, share: 0.1 }] as const
const percent = (share: number): string => `${share * 100} %`

export default defineBench({
  description: 'what metrics and traces cost a worker, in CPU a record',
  options: { ...rounds, records: { description: 'records in the topic', standard: 200_000, min: 10_000, max: 10_000_000 } },
  servers: ['kafka', 'redis'],
  async run(context) {
    const { endpoints, options, say, stack } = context
    const receiver = await startReceiver()
    const env = { ...process.env, ...stack.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    const topics = new Map<number, RatingsTopic>()
    const children: Child[] = []
    try {
      for (const share of SHARES) {
        say(`filling a topic with ${options.records} ratings, ${percent(share)} of them traced`)
        topics.set(share, await fillRatings(endpoints, options.records, options.seed, share))
      }
      const child = async (): Promise<Child> => {
        const started = await startChild(new URL('../telemetry/child.ts', import.meta.url), { env })
        children.push(started)
        return started
      }
      const results = await interleave(await turns(context, topics, child), options, say)
      return {
        what: `${options.records} ratings in long flushes (${FLUSHES[0].records} records), a tenth of them in short ones (${FLUSHES[1].records}), through title-stats into Redis; ${receiver.spans.length} spans received`,
        figures: figuresOf(results), samples: results,
        ...(receiver.spans.length === 0 ? { broken: 'no span was received' } : {}),
      }
    } finally {
      await Promise.all(children.map((child) => child.close()))
      await removeTopics(endpoints, [...topics.values()].map(({ name }) => name))
      await receiver.close()
    }
  },
})

/** One process for each contestant: what one compiles and keeps is nothing to another. */
async function turns({ options }: Context, topics: ReadonlyMap<number, RatingsTopic>, child: () => Promise<Child>): Promise<Contestants<Measured>> {
  const contestants: Record<string, Contestants<Measured>[string]> = {}
  for (const flush of FLUSHES) {
    for (const share of SHARES) {
      const topic = topics.get(share)
      if (topic === undefined) throw new Error(`looking for the topic of which ${percent(share)} is traced: there is none`)
      for (const tells of ['nothing', 'metrics', 'traces'] as const) {
        const own = await child()
        contestants[nameOf(flush.name, share, tells)] = (round) => own.ask<Measured>('run', {
          tells, name: `bench-telemetry-${flush.name}-${share * 100}-${tells}-${options['seed']}-${round}`, topic: topic.name,
          ends: topic.ends.map((end) => Math.ceil(end * flush.share)), ...(flush.name === 'short' ? { flush_records: flush.records } : {}),
        } satisfies Task)
      }
    }
  }
  return contestants
}
const nameOf = (flush: string, share: number, tells: Task['tells']): string => `${flush} flushes, ${percent(share)} traced: ${tells}`

function figuresOf(results: Results<Measured>): readonly Figure[] {
  const cpu = (name: string): readonly number[] => (results[name] ?? []).map((run) => run.cpu_us / run.records)
  return FLUSHES.flatMap((flush) => SHARES.flatMap((share): readonly Figure[] => {
    const of = (tells: Task['tells']): readonly number[] => cpu(nameOf(flush.name, share, tells))
    const title = `${flush.name} flushes, ${percent(share)} traced`
    return [
      { what: `${title}: CPU, nothing told`, unit: 'µs a record', samples: of('nothing') },
      { what: `${title}: metrics ÷ nothing`, unit: '×', samples: ratios(of('metrics'), of('nothing')), target: { at_most: 1.05 } },
      { what: `${title}: traces and metrics ÷ metrics`, unit: '×', samples: ratios(of('traces'), of('metrics')), target: { at_most: 1.05 } },
    ]
  }))
}
