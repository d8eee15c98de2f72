/** Processors, from topics to a topic, against a loop of kafkajs written by hand. */
import { randomUUID } from 'node:crypto'
import { projection } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { subjectOf } from '@cdlc/schemas/topics.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import { type Context, defineBench, rounds } from '../bench.ts'
import { startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { interleave, ratios } from '../harness.ts'
import { removeTopics } from '../kafka.ts'
import { cpuSeconds, serverPid } from '../processes.ts'
import type { Task } from '../processors/task.ts'
import { CONTRACT, fillRatings, PARTITIONS, ratings } from '../ratings-topic.ts'
import type { Measured } from '../runtime/job.ts'

interface Run extends Measured { readonly kafka_us: number }
const TITLES = 'cdc.content.titles'
const TITLE_COLUMNS = ['title_id', 'version', 'name', 'kind', 'release_year']
const script = (name: string): URL => new URL(`../processors/${name}.ts`, import.meta.url)

const contestants = [
  { name: 'rekey', processor: 'ratings-by-profile', child: 'processor', call: 'run', topics: [CONTRACT] },
  { name: 'rekey by hand', processor: 'ratings-by-profile', child: 'hand', call: 'rekey', topics: [CONTRACT] },
  { name: 'counts in windows', processor: 'ratings-per-day', child: 'processor', call: 'run', topics: [CONTRACT] },
  { name: 'temporal join', processor: 'rated-titles', child: 'processor', call: 'run', topics: [CONTRACT, TITLES] },
] as const

/** Writes every title of the ratings, as it was before they were given. */
async function fillTitles({ endpoints, options }: Context<'records' | 'seed'>): Promise<Task['topics'][string]> {
  const ids = new Set([...ratings(options.records, options.seed)].map(({ after }) => after.title_id))
  const encode = await createCodec({ url: endpoints.registry.url }).encoder(subjectOf('bench.titles'), projection(TITLES, TITLE_COLUMNS))
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-bench')
  const name = `bench.titles-${randomUUID().slice(0, 8)}`
  try {
    await kafka.createTopics([{ name, partitions: PARTITIONS, config: {} }])
    await kafka.produce(name, [...ids].map((title_id, n) => ({ key: title_id, value: encode({ op: 'r', before: null, after: { title_id, version: 0, name: `Title ${n}`, kind: 'movie', release_year: 1_900 + n % 120 } }) })))
    return { name, ends: (await kafka.offsets(name)).map(({ high }) => high) }
  } finally {
    await kafka.close()
  }
}

export default defineBench({
  description: 'processors against a hand-written kafkajs loop: CPU and records a second from topic to topic',
  options: { ...rounds, records: { description: 'ratings in the topic', standard: 100_000, min: 1_000, max: 10_000_000 } },
  servers: ['kafka'],
  async run(context) {
    const { endpoints, options, say, stack } = context
    say(`filling topics with ${options.records} ratings and their titles`)
    const filled = await fillRatings(endpoints, options.records, options.seed)
    const titles = await fillTitles(context)
    const filledTopics: Task['topics'] = { [CONTRACT]: filled, [TITLES]: titles }
    const env = { ...process.env, ...stack.env }
    const children = { processor: await startChild(script('processor-child'), { env }), hand: await startChild(script('by-hand-child'), { env }) }
    try {
      const kafka = serverPid(endpoints, 'kafka')
      const results = await interleave(Object.fromEntries(contestants.map(({ name, processor, child, call, topics }) => [name, async (round: number): Promise<Run> => {
        const task: Task = { processor, name: `bench-${name.replaceAll(' ', '-')}-${round}`, topics: Object.fromEntries(Object.entries(filledTopics).filter(([topic]) => topics.some((wanted) => wanted === topic))) }
        const before = cpuSeconds(kafka)
        const measured = await children[child].ask<Measured>(call, task)
        return { ...measured, kafka_us: (cpuSeconds(kafka) - before) * 1e6 }
      }])), options, say)
      return { what: `${options.records} ratings of ${filled.bytes} B in ${PARTITIONS} partitions, through one process each, into a topic`, figures: figuresOf(results), samples: results }
    } finally {
      await Promise.all([children.processor.close(), children.hand.close()])
      await removeTopics(endpoints, [filled.name, titles.name])
    }
  },
})

function figuresOf(results: Readonly<Record<string, readonly Run[]>>): readonly Figure[] {
  const of = (name: string, value: (run: Run) => number): readonly number[] => (results[name] ?? []).map(value)
  const cpu = (run: Run): number => run.cpu_us / run.records
  const speed = (run: Run): number => run.records / run.wall_ms * 1_000
  return [
    ...contestants.flatMap(({ name }): readonly Figure[] => [
      { what: `${name}, CPU`, unit: 'µs a record', samples: of(name, cpu) },
      { what: `${name}, speed`, unit: 'records/s', samples: of(name, speed) },
      { what: `${name}, CPU of Kafka`, unit: 'µs a record', samples: of(name, (run) => run.kafka_us / run.records) },
      { what: `${name}, peak memory`, unit: 'MB', samples: of(name, (run) => run.peak_mb) },
    ]),
    { what: 'rekey: CPU, processor ÷ by hand', unit: '×', samples: ratios(of('rekey', cpu), of('rekey by hand', cpu)) },
    { what: 'rekey: speed, processor ÷ by hand', unit: '×', samples: ratios(of('rekey', speed), of('rekey by hand', speed)) },
  ]
}
