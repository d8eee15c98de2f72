/** What it costs a worker to be watched: CPU with metrics and with traces against without, in long flushes and in short ones. */
import { startReceiver } from '../../observability/receiver.ts'
import { type Context, defineBench, rounds } from '../bench.ts'
import { type Child, startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { type Contestants, interleave, ratios, type Results } from '../harness.ts'
import { removeTopics } from '../kafka.ts'
import { fillRatings, type RatingsTopic } from '../ratings-topic.ts'
import type { Measured, Task } from '../telemetry/child.ts'

/** Of the writes; the last is what the others, to whom it makes no difference, read too. */
const SHARES = [0.01, 0.05] as const
const percent = (share: number): string => `${share * 100} %`
const contestants = [
  { name: 'nothing', tells: 'nothing', share: SHARES[1] }, { name: 'metrics', tells: 'metrics', share: SHARES[1] },
  ...SHARES.map((share) => ({ name: `metrics, ${percent(share)} traced`, tells: 'traces' as const, share })),
] as const
/** Records of a flush: as when a view is filled, and as when writes come one by one. */
const FLUSHES = [{ name: 'long', records: 1_000, share: 1 }, { name: 'short', records: 8, share: 0.5 }] as const

export default defineBench({
  description: 'what metrics and traces cost a worker, in CPU a record',
  options: { ...rounds, records: { description: 'records in the topic', standard: 200_000, min: 10_000, max: 10_000_000 } },
  servers: ['kafka', 'redis'],
  async run(context) {
    const { endpoints, options, say, stack } = context
    const receiver = await startReceiver()
    const env = { ...process.env, ...stack.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '200' }
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
        what: `${options.records} ratings in long flushes (${FLUSHES[0].records} records), half of them in short ones (${FLUSHES[1].records}), through title-stats into Redis; ${receiver.spans.length} spans received`,
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
  const all: Record<string, Contestants<Measured>[string]> = {}
  for (const flush of FLUSHES) {
    for (const { name, tells, share } of contestants) {
      const topic = topics.get(share)
      if (topic === undefined) throw new Error(`looking for the topic of which ${percent(share)} is traced: there is none`)
      const own = await child()
      all[`${flush.name}: ${name}`] = (round) => own.ask<Measured>('run', {
        tells, name: `bench-telemetry-${flush.name}-${share * 100}-${tells}-${options['seed']}-${round}`, topic: topic.name,
        ends: topic.ends.map((end) => Math.ceil(end * flush.share)), ...(flush.name === 'short' ? { flush_records: flush.records } : {}),
      } satisfies Task)
    }
  }
  return all
}

function figuresOf(results: Results<Measured>): readonly Figure[] {
  const cpu = (name: string): readonly number[] => (results[name] ?? []).map((run) => run.cpu_us / run.records)
  return FLUSHES.flatMap(({ name: flush, records }) => contestants.map(({ name, tells }): Figure => {
    const against = tells === 'nothing' ? undefined : tells === 'metrics' ? 'nothing' : 'metrics'
    const samples = cpu(`${flush}: ${name}`)
    const title = `flushes of ${records} at most: `
    return against === undefined ? { what: `${title}CPU, ${name} told`, unit: 'µs a record', samples }
      : { what: `${title}${name} ÷ ${against}`, unit: '×', samples: ratios(samples, cpu(`${flush}: ${against}`)), target: { at_most: 1.05 } }
  }))
}
