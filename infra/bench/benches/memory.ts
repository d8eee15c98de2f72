/** A worker's resident memory over many records, and over a store that is slow. */
import { defineBench, type Section } from '../bench.ts'
import { startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { removeTopics } from '../kafka.ts'
import type { MemoryTask, Sampled } from '../memory/child.ts'
import { fillRatings } from '../ratings-topic.ts'
import { spread } from '../statistics.ts'

const SLOWER_MS = 200
const SLOW_SECONDS = 30
const LONGEST_SECONDS = 600
const TENTHS = 10

export default defineBench({
  description: 'resident memory of a worker over many records, and with a store that is slow',
  options: {
    records: { description: 'records in the topic', standard: 1_000_000, min: 10_000, max: 100_000_000 },
    seed: { description: 'of the ratings', standard: 1, min: 0, max: 2 ** 31 - 1 },
  },
  servers: ['kafka', 'redis'],
  async run({ endpoints, options, stack, say }) {
    say(`filling a topic with ${options.records} ratings`)
    const topic = await fillRatings(endpoints, options.records, options.seed)
    const sampled = async (name: string, rest: Pick<MemoryTask, 'slower_ms' | 'seconds'>): Promise<Sampled> => {
      say(name)
      const child = await startChild(new URL('../memory/child.ts', import.meta.url), { env: { ...process.env, ...stack.env } })
      try {
        return await child.ask<Sampled>('run', { topic: topic.name, ends: topic.ends, name: `bench-memory-${rest.slower_ms}`, ...rest })
      } finally {
        await child.close()
      }
    }
    try {
      const quick = await sampled('all records, as fast as they go', { slower_ms: 0, seconds: LONGEST_SECONDS })
      const slow = await sampled(`a store that takes ${SLOWER_MS} ms longer for each flush`, { slower_ms: SLOWER_MS, seconds: SLOW_SECONDS })
      return {
        what: `'title-stats' over ${topic.records} ratings of ${topic.bytes} B, the view with most rows in memory; new process each`,
        figures: [...figuresOf('as fast as it goes', quick), ...figuresOf('slow store', slow),
          { what: 'slow store: memory ÷ as fast as it goes', unit: '×', samples: [max(slow.resident_mb) / max(quick.resident_mb)], target: { at_most: 1 } }],
        sections: [tenths('as fast as it goes', quick), tenths('slow store', slow)],
        samples: { quick, slow },
      }
    } finally {
      await removeTopics(endpoints, [topic.name])
    }
  },
})

const max = (samples: readonly number[]): number => samples.reduce((most, sample) => Math.max(most, sample), 0)
const part = (samples: readonly number[], from: number, to: number): readonly number[] => samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * to))

function figuresOf(name: string, { resident_mb, records, wall_ms, cpu_us }: Sampled): readonly Figure[] {
  const [early, late] = [spread(part(resident_mb, 0.25, 0.5)).median, spread(part(resident_mb, 0.75, 1)).median]
  return [
    { what: `${name}: records applied`, unit: 'records', samples: [records] },
    { what: `${name}: speed`, unit: 'records/s', samples: [records / wall_ms * 1_000] },
    { what: `${name}: CPU`, unit: 'µs a record', samples: [cpu_us / records] },
    { what: `${name}: peak memory`, unit: 'MB', samples: [max(resident_mb)] },
    // flat: the last quarter has what the second had
    { what: `${name}: last quarter ÷ second`, unit: '×', samples: [late / early], target: { at_most: 1.1 } },
  ]
}

const tenths = (name: string, { resident_mb }: Sampled): Section => ({
  title: `${name}: resident MB, median of each tenth of the run`, head: Array.from({ length: TENTHS }, (_, i) => `${i + 1}`),
  rows: [Array.from({ length: TENTHS }, (_, i) => Math.round(spread(part(resident_mb, i / TENTHS, (i + 1) / TENTHS)).median))],
})
