/** `GET /v1/search/completions` through social while names are typed letter by letter, against a bare Fastify route that answers the same bytes. */
import type { Held } from '../api/hold-child.ts'
import type { Recorded } from '../api/server-child.ts'
import { misspelt, typed } from '../autocomplete/typing.ts'
import { defineBench, rounds } from '../bench.ts'
import { type Child, startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { interleave, seeded, shuffled } from '../harness.ts'
import { cpuSeconds, serverPid } from '../processes.ts'

interface Run extends Held { readonly cpu_s: number; readonly neo4j_s: number }

const TYPED = 'completions'
const MISSPELT = 'completions, misspelt'
const BARE = 'bare Fastify'
/** What Node's server writes itself. */
const ownHeaders = new Set(['connection', 'date', 'keep-alive', 'content-length', 'transfer-encoding'])
const pathOf = (q: string): string => `/v1/search/completions?q=${encodeURIComponent(q)}`

export default defineBench({
  description: 'names typed letter by letter into search, against a bare Fastify route that answers the same bytes',
  options: {
    ...rounds,
    seconds: { description: 'of typing in each run, the first two of which they begin in', standard: 10, min: 3, max: 600 },
    people: { description: 'who type a letter a second', standard: 100, min: 1, max: 10_000 },
    titles: { description: 'whose names are typed, the most popular', standard: 200, min: 1, max: 2_000 },
  },
  servers: ['neo4j', 'cassandra', 'redis'],
  async run({ endpoints, options, stack, say }) {
    const env = { ...process.env, ...stack.env }
    const child = (script: string): Promise<Child> => startChild(new URL(`../${script}-child.ts`, import.meta.url), { env })
    const [social, bare, typists] = [await child('autocomplete/server'), await child('autocomplete/server'), await child('api/hold')]
    try {
      const names = await popularNames(endpoints.port('inventory'), options.titles)
      const texts = { [TYPED]: typed(names), [MISSPELT]: misspelt(names, seeded(options.seed)) }
      const port = await social.ask<number>('social')
      say('recording what is offered')
      const answers = await record(port, Object.values(texts).flat())
      const barePort = await bare.ask<number>('bare', answers)
      const neo4j = serverPid(endpoints, 'neo4j')
      const turn = (server: Child, at: number, paths: readonly string[]) => async (round: number): Promise<Run> => {
        const before = [cpuSeconds(server.pid), cpuSeconds(neo4j)] as const
        const held = await typists.ask<Held>('hold', { port: at, paths: shuffled(paths, seeded(options.seed + round)), connections: options.people, seconds: options.seconds, headers: {} })
        return { ...held, cpu_s: cpuSeconds(server.pid) - before[0], neo4j_s: cpuSeconds(neo4j) - before[1] }
      }
      const results = await interleave({
        [TYPED]: turn(social, port, texts[TYPED].map(pathOf)), [MISSPELT]: turn(social, port, texts[MISSPELT].map(pathOf)), [BARE]: turn(bare, barePort, texts[TYPED].map(pathOf)),
      }, options, say)
      const failed = Object.values(results).flat().reduce((sum, run) => sum + run.failed, 0)
      return {
        what: `${texts[TYPED].length} beginnings and ${texts[MISSPELT].length} misspelt ones of ${names.length} names, by ${options.people} people, a letter a second each, for ${options.seconds} s a run`,
        figures: figuresOf(results, failed), samples: results, ...(failed === 0 ? {} : { broken: `${failed} requests failed` }),
      }
    } finally {
      await Promise.all([social.close(), bare.close(), typists.close()])
    }
  },
})

/** Names of the most popular titles. */
async function popularNames(port: number, most: number): Promise<readonly string[]> {
  const names: string[] = []
  for (let cursor: string | null = ''; cursor !== null && names.length < most;) {
    const page = await (await fetch(`http://127.0.0.1:${port}/v1/titles?sort=popularity&limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)).json() as
      { readonly items?: readonly { readonly name: string }[]; readonly next_cursor?: string | null }
    if (page.items === undefined) throw new Error(`listing titles to type: ${JSON.stringify(page)}`)
    names.push(...page.items.map(({ name }) => name))
    cursor = page.next_cursor ?? null
  }
  if (names.length === 0) throw new Error("listing titles to type: there are none; load some with 'npx cdlc seed'")
  return names.slice(0, most)
}

/** What is offered for each text, of all groups: where a view is away it would be quick, and measure nothing. */
async function record(port: number, texts: readonly string[]): Promise<Readonly<Record<string, Recorded>>> {
  const answers: Record<string, Recorded> = {}
  for (const q of texts) {
    const answer = await fetch(`http://127.0.0.1:${port}${pathOf(q)}`)
    const body = await answer.text()
    const { unavailable } = JSON.parse(body) as { readonly unavailable?: readonly string[] }
    if (unavailable?.length !== 0) throw new Error(`asking what '${q}' begins: ${answer.status} ${body}`)
    answers[q] = { headers: Object.fromEntries([...answer.headers].filter(([name]) => !ownHeaders.has(name))), body }
  }
  const empty = texts.filter((q) => (JSON.parse(answers[q]?.body ?? '') as { readonly items: readonly unknown[] }).items.length === 0)
  if (empty.length > texts.length / 10) throw new Error(`asking what ${texts.length} texts begin: nothing is offered for ${empty.length} of them, '${empty[0] ?? ''}' among them`)
  return answers
}

function figuresOf(results: Readonly<Record<string, readonly Run[]>>, failed: number): readonly Figure[] {
  const of = (name: string, value: (run: Run) => number): readonly number[] => (results[name] ?? []).map(value)
  const above = (name: string, value: (run: Run) => number): readonly number[] => of(name, value).map((sample, round) => sample - (of(BARE, value)[round] ?? Number.NaN))
  const p99 = (run: Run): number => run.p99_ms
  return [
    ...[TYPED, MISSPELT, BARE].flatMap((name): readonly Figure[] => [
      { what: `${name}: p50`, unit: 'ms', samples: of(name, (run) => run.p50_ms) },
      { what: `${name}: p99`, unit: 'ms', samples: of(name, p99) },
      { what: `${name}: CPU`, unit: 'µs a request', samples: of(name, (run) => run.cpu_s / run.requests * 1e6) },
    ]),
    ...[TYPED, MISSPELT].map((name): Figure => ({ what: `${name}: CPU of Neo4j`, unit: 'µs a request', samples: of(name, (run) => run.neo4j_s / run.requests * 1e6) })),
    ...[TYPED, MISSPELT].map((name): Figure => ({ what: `${name}: p99 above bare`, unit: 'ms', samples: above(name, p99), target: { at_most: 20 } })),
    { what: 'requests that failed', unit: 'requests', samples: [failed], target: { at_most: 0 } },
  ]
}
