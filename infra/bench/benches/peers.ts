/** Count and mean of ratings per title, by our worker and by its peers, from the same topic. */
import { type Context, defineBench, rounds } from '../bench.ts'
import type { Figure } from '../figures.ts'
import { interleave, ratios } from '../harness.ts'
import { removeGroups, removeTopics, topicsOf } from '../kafka.ts'
import type { Contestant, Finished } from '../peers/contestant.ts'
import { buildKafkaStreams, kafkaStreams } from '../peers/kafka-streams.ts'
import { installQuix, quix } from '../peers/quix.ts'
import { expectedRows, wrongRows } from '../peers/totals.ts'
import { ourWorker } from '../peers/worker.ts'
import { cpuSeconds, serverPid } from '../processes.ts'
import { fillRatings, type RatingsTopic } from '../ratings-topic.ts'

interface Run extends Omit<Finished, 'rows'> { readonly redis_s: number; readonly kafka_s: number; readonly wrong: number }

const OURS = 'our worker'
const JAVA = 'Kafka Streams, at least once'
const JAVA_EXACTLY = 'Kafka Streams, exactly once v2'
const JAVA_SMALL = 'Kafka Streams, at least once, 256 MB heap'
const PYTHON = 'Quix Streams, at least once'
const PEERS = [JAVA, JAVA_EXACTLY, JAVA_SMALL, PYTHON]

export default defineBench({
  description: 'the same aggregation in Kafka Streams (Java), in Quix Streams (Python) and in our worker',
  options: { ...rounds, records: { description: 'records in the topic', standard: 500_000, min: 1_000, max: 10_000_000 } },
  servers: ['kafka', 'redis'],
  async run(context) {
    const { endpoints, options, stack, say } = context
    say('building the Kafka Streams application, installing Quix Streams')
    const [folder, packages] = [await buildKafkaStreams(stack.cache), await installQuix(stack.cache)]
    say(`filling a topic with ${options.records} ratings`)
    const topic = await fillRatings(endpoints, options.records, options.seed)
    try {
      const contestants: Readonly<Record<string, Contestant>> = {
        [OURS]: ourWorker(stack),
        // with the JVM's own settings, as ours has Node's own
        [JAVA]: kafkaStreams(folder, stack, 'at_least_once'),
        [JAVA_EXACTLY]: kafkaStreams(folder, stack, 'exactly_once_v2'),
        [JAVA_SMALL]: kafkaStreams(folder, stack, 'at_least_once', ['-Xmx256m']),
        [PYTHON]: quix(packages, stack, 'at-least-once'),
      }
      const results = await interleave(Object.fromEntries(Object.entries(contestants).map(([name, contestant], place) => [name, turn(context, topic, contestant, `bench-peer-${place}`)])), options, say)
      const wrong = Object.entries(results).flatMap(([name, runs]) => (runs.some((run) => run.wrong > 0) ? [name] : []))
      return {
        what: `${options.records} ratings of ${topic.bytes} B in ${topic.ends.length} partitions to rows per title: ours in Redis, theirs in RocksDB with a changelog in Kafka; new processes in each run, whole processes counted`,
        figures: figuresOf(results, options.records), samples: results,
        ...(wrong.length === 0 ? {} : { broken: `wrong rows: ${wrong.join(', ')}` }),
      }
    } finally {
      await removeTopics(endpoints, [topic.name, ...await topicsOf(endpoints, /^(bench-peer-|changelog__bench-peer-)/)])
    }
  },
})

const turn = ({ endpoints, options }: Context, topic: RatingsTopic, contestant: Contestant, prefix: string) => async (round: number): Promise<Run> => {
  const expected = expectedRows(options['records'] ?? 0, options['seed'] ?? 0)
  const name = `${prefix}-${round}`
  const [redis, kafka] = [serverPid(endpoints, 'redis'), serverPid(endpoints, 'kafka')]
  const before = [cpuSeconds(redis), cpuSeconds(kafka)] as const
  const { rows, ...finished } = await contestant({ topic: topic.name, ends: topic.ends, records: topic.records, name })
  const run = { ...finished, redis_s: cpuSeconds(redis) - before[0], kafka_s: cpuSeconds(kafka) - before[1], wrong: wrongRows(expected, rows) }
  await removeGroups(endpoints, [name])
  return run
}

function figuresOf(results: Readonly<Record<string, readonly Run[]>>, records: number): readonly Figure[] {
  const of = (name: string, value: (run: Run) => number): readonly number[] => (results[name] ?? []).map(value)
  // our rows are kept by a server, Java's in its own process: its CPU time counts as ours
  const cpu = (name: string): readonly number[] => of(name, (run) => run.cpu_s + (name === OURS ? run.redis_s : 0))
  const own = Object.keys(results).flatMap((name): readonly Figure[] => [
    { what: `${name}: CPU${name === OURS ? ', with Redis' : ''}`, unit: 's', samples: cpu(name) },
    { what: `${name}: CPU from first record to last`, unit: 'µs a record', samples: of(name, (run) => run.working_cpu_s / records * 1e6) },
    { what: `${name}: CPU of the broker`, unit: 's', samples: of(name, (run) => run.kafka_s) },
    { what: `${name}: peak memory`, unit: 'MB', samples: of(name, (run) => run.peak_mb) },
    { what: `${name}: speed`, unit: 'records/s', samples: of(name, (run) => records / run.wall_ms * 1_000) },
    { what: `${name}: wrong rows`, unit: 'rows', samples: of(name, (run) => run.wrong), target: { at_most: 0 } },
  ])
  return [
    ...own,
    ...PEERS.flatMap((peer): readonly Figure[] => [
      { what: `CPU, ours ÷ ${peer}`, unit: '×', samples: ratios(cpu(OURS), cpu(peer)), target: peer === PYTHON ? undefined : { at_most: 1.5 } },
      { what: `memory, ours ÷ ${peer}`, unit: '×', samples: ratios(of(OURS, (run) => run.peak_mb), of(peer, (run) => run.peak_mb)), target: peer === PYTHON ? undefined : { at_most: 0.5 } },
    ]),
  ]
}
