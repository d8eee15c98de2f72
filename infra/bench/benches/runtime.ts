/** One worker against programs written by hand around kafkajs: CPU and throughput from Kafka into Redis. */
import { join } from 'node:path'
import { type Context, defineBench, rounds, type Section } from '../bench.ts'
import { type Child, startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { type Contestants, interleave, ratios, type Results } from '../harness.ts'
import { removeTopics } from '../kafka.ts'
import { cpuSeconds, serverPid } from '../processes.ts'
import { profileSections } from '../profile/report.ts'
import { fillRatings, type RatingsTopic } from '../ratings-topic.ts'
import type { Measured, Task } from '../runtime/job.ts'
import type { Job } from '../views.ts'

interface Run extends Measured { readonly redis_us: number; readonly kafka_us: number }
type Children = Readonly<Record<'worker' | 'hand', Child>>

const script = (name: string): URL => new URL(`../runtime/${name}.ts`, import.meta.url)

/** Who does which job: the contestant's name, its process and what it is asked. */
const contestants: readonly { readonly name: string; readonly job: Job; readonly child: keyof Children; readonly call: string }[] = [
  ...(['means', 'rows'] as const).flatMap((job) => [
    { name: `${job}: worker`, job, child: 'worker' as const, call: 'run' },
    { name: `${job}: eachBatch`, job, child: 'hand' as const, call: 'batch' },
    { name: `${job}: eachMessage`, job, child: 'hand' as const, call: 'message' },
  ]),
  { name: 'title-stats: worker', job: 'title-stats', child: 'worker', call: 'run' },
]

export default defineBench({
  description: 'a worker against hand-written kafkajs loops: CPU and records a second into Redis',
  options: { ...rounds, records: { description: 'records in the topic', standard: 300_000, min: 1_000, max: 10_000_000 } },
  flags: { profile: 'profile one more run of each worker: tables of functions, .cpuprofile and flame graph (.svg)' },
  servers: ['kafka', 'redis'],
  async run(context) {
    const { endpoints, options, say } = context
    say(`filling a topic with ${options.records} ratings`)
    const topic = await fillRatings(endpoints, options.records, options.seed)
    const env = { ...process.env, ...context.stack.env }
    const children: Children = { worker: await startChild(script('worker-child'), { env }), hand: await startChild(script('by-hand-child'), { env }) }
    try {
      const results = await interleave(turns(context, topic, children), options, say)
      const sections = context.flags.profile ? await profiles(context, topic, children.worker) : []
      return {
        what: `${options.records} ratings of ${topic.bytes} B in ${topic.ends.length} partitions, through one process each, into Redis`,
        figures: figuresOf(results), sections, samples: results,
      }
    } finally {
      await Promise.all([children.worker.close(), children.hand.close()])
      await removeTopics(endpoints, [topic.name])
    }
  },
})

const taskOf = (topic: RatingsTopic, job: Job, name: string): Task => ({ job, name: `bench-${name.replaceAll(/[^a-z]+/gi, '-').toLowerCase()}`, topic: topic.name, ends: topic.ends })

function turns({ endpoints }: Context, topic: RatingsTopic, children: Children): Contestants<Run> {
  const redis = serverPid(endpoints, 'redis')
  const kafka = serverPid(endpoints, 'kafka')
  return Object.fromEntries(contestants.map(({ name, job, child, call }) => [name, async (round: number): Promise<Run> => {
    const before = [cpuSeconds(redis), cpuSeconds(kafka)] as const
    const task = taskOf(topic, job, name)
    const measured = await children[child].ask<Measured>(call, { ...task, name: `${task.name}-${round}` })
    return { ...measured, redis_us: (cpuSeconds(redis) - before[0]) * 1e6, kafka_us: (cpuSeconds(kafka) - before[1]) * 1e6 }
  }]))
}

async function profiles({ folder, say }: Context, topic: RatingsTopic, worker: Child): Promise<readonly Section[]> {
  const sections: Section[] = []
  for (const { name, job, call } of contestants.filter(({ child }) => child === 'worker')) {
    say(`profiling ${name}`)
    const profile = join(folder, `runtime-${job}-${new Date().toISOString().replaceAll(':', '-')}.cpuprofile`)
    const task: Task = { ...taskOf(topic, job, `${name} profile`), profile }
    const measured = await worker.ask<Measured>(call, task)
    sections.push(...await profileSections(profile, `${job}, ${measured.records} records`, measured.cpu_us / measured.records))
  }
  return sections
}

function figuresOf(results: Results<Run>): readonly Figure[] {
  const of = (name: string, value: (run: Run) => number): readonly number[] => (results[name] ?? []).map(value)
  const cpu = (run: Run): number => run.cpu_us / run.records
  const speed = (run: Run): number => run.records / run.wall_ms * 1_000
  const own = contestants.flatMap(({ name, child }): readonly Figure[] => {
    const ours = child === 'worker'
    return [
      { what: `${name}, CPU`, unit: 'µs a record', samples: of(name, cpu), target: ours ? { at_most: 10 } : undefined },
      { what: `${name}, speed`, unit: 'records/s', samples: of(name, speed), target: ours ? { at_least: 80_000 } : undefined },
      { what: `${name}, CPU of Redis`, unit: 'µs a record', samples: of(name, (run) => run.redis_us / run.records) },
      { what: `${name}, peak memory`, unit: 'MB', samples: of(name, (run) => run.peak_mb) },
    ]
  })
  const compared = (['means', 'rows'] as const).flatMap((job): readonly Figure[] => [
    { what: `${job}: CPU, worker ÷ eachBatch`, unit: '×', samples: ratios(of(`${job}: worker`, cpu), of(`${job}: eachBatch`, cpu)), target: { at_most: 1 } },
    { what: `${job}: speed, worker ÷ eachMessage`, unit: '×', samples: ratios(of(`${job}: worker`, speed), of(`${job}: eachMessage`, speed)), target: { at_least: 6 } },
  ])
  return [...own, ...compared]
}
