/**
 * A feed of nested items through graph, against a bare Fastify route that answers the same bytes, and against one that puts the same questions by
 * hand, which tells what the language costs from what the answers cost; and what graph asks of whom.
 */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Loaded } from '../api/load-child.ts'
import type { Recorded } from '../api/server-child.ts'
import { toolToken } from '../../local/token.ts'
import { defineBench, rounds, type Section } from '../bench.ts'
import { type Child, startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { makeCircle } from '../graph/circle.ts'
import { interleave, ratios } from '../harness.ts'
import { createClient } from '../http.ts'
import { cpuSeconds, serverPid } from '../processes.ts'
import { profileSections } from '../profile/report.ts'

/** `social_s`: of the process that holds feed and social, which graph asks by gRPC. */
interface Run extends Loaded { readonly cpu_s: number; readonly social_s: number }

const GRAPH = 'graph'
const HAND = 'by hand'
const BARE = 'bare Fastify'
const SHOWN_WITHIN_MS = 60_000
/** What Node's server writes itself. */
const ownHeaders = new Set(['connection', 'date', 'keep-alive', 'content-length', 'transfer-encoding'])
const queryOf = (items: number): string => `query Feed { feed(first: ${items}) { pageInfo { hasNextPage endCursor } edges { cursor node { memberCount activities {
  kind occurredAt stars actor { id handle name } title { id name releaseYear stats { count meanStars } viewerStars }
  subject { id ... on Review { body isSpoiler stars likeCount commentCount author { id handle name } } } } } } } }`

interface Feed { readonly data: { readonly feed: { readonly edges: readonly { readonly node: { readonly activities: readonly Activity[] } | null }[] } | null } | null; readonly errors?: readonly unknown[] }
interface Activity { readonly title: { readonly stats: unknown; readonly viewerStars: number | null } | null; readonly subject: { readonly body?: string | null; readonly likeCount?: number } | null }

/** Whether each view shows all that was written: every review with its words, its like, and the stars that the viewer gave its title. */
function isWhole({ data, errors }: Feed, items: number): boolean {
  const shown = (data?.feed?.edges ?? []).flatMap(({ node }) => node?.activities ?? [])
  return errors === undefined && shown.length === items
    && shown.every(({ title, subject }) => (title?.viewerStars ?? null) !== null && title?.stats !== null && (subject?.body ?? '') !== '' && subject?.likeCount === 1)
}

export default defineBench({
  description: 'a feed of nested items through graph, against the same questions by hand, and a bare Fastify route that answers the same bytes',
  options: {
    ...rounds,
    seconds: { description: 'of load in each run', standard: 5, min: 1, max: 600 },
    connections: { description: 'at once', standard: 16, min: 1, max: 1_000 },
    items: { description: 'reviews in the feed', standard: 20, min: 1, max: 50 },
  },
  flags: { profile: 'profile one more run of graph: tables of functions, .cpuprofile and flame graph (.svg)' },
  servers: ['redis', 'cassandra', 'neo4j'],
  async run({ endpoints, stack, options, flags, folder, say }) {
    const token = toolToken(endpoints)
    const client = createClient(16, token)
    const env = { ...process.env, ...stack.env }
    const child = (script: string): Promise<Child> => startChild(new URL(`../${script}-child.ts`, import.meta.url), { env })
    const [graph, hand, bare, load] = [await child('graph/server'), await child('graph/server'), await child('graph/server'), await child('api/load')]
    try {
      say(`making ${options.items} members with a review each, and one who follows them`)
      const circle = await makeCircle(client, endpoints, options.items)
      try {
        const path = `/v1/graphql?query=${encodeURIComponent(queryOf(options.items))}`
        const headersNow = async (): Promise<Record<string, string>> => ({ authorization: `Bearer ${await token()}`, 'acting-profile': circle.viewer })
        const port = await graph.ask<number>('graph')
        say('waiting for the views')
        const answer = await untilWhole(`http://127.0.0.1:${port}${path}`, headersNow, options.items)
        const byHand = { port: await hand.ask<number>('byHand'), path: `/v1/graphql?first=${options.items}` }
        assertSame(answer.body, await (await fetch(`http://127.0.0.1:${byHand.port}${byHand.path}`, { headers: await headersNow(), signal: AbortSignal.timeout(10_000) })).text())
        const ports = { [GRAPH]: port, [BARE]: await bare.ask<number>('bare', answer) }
        const social = serverPid(endpoints, 'social')
        const turn = (server: Child, at: number, paths = [path]) => async (round: number): Promise<Run> => {
          const before = [cpuSeconds(server.pid), cpuSeconds(social)] as const
          const loaded = await load.ask<Loaded>('load', { port: at, paths, connections: options.connections, seconds: options.seconds, seed: options.seed + round, headers: await headersNow() })
          return { ...loaded, cpu_s: cpuSeconds(server.pid) - before[0], social_s: cpuSeconds(social) - before[1] }
        }
        const asked = await askedOnce(graph, client, `http://127.0.0.1:${port}${path}`, circle.viewer)
        const results = await interleave({
          [GRAPH]: turn(graph, ports[GRAPH]), [HAND]: turn(hand, byHand.port, [byHand.path]), [BARE]: turn(bare, ports[BARE]),
        }, options, say)
        const failed = Object.values(results).flat().reduce((sum, run) => sum + run.failed, 0)
        const file = join(folder, `graph-${new Date().toISOString().replaceAll(':', '-')}.cpuprofile`)
        return {
          what: `a feed of ${options.items} reviews with actor, title, stats, the viewer's stars, words, author and counts: ${Buffer.byteLength(answer.body)} B, by ${options.connections} connections, for ${options.seconds} s a run`,
          figures: figuresOf(results, asked, failed), samples: { results, asked },
          sections: [askedTable(asked), ...flags.profile ? await profiled(file, graph, () => turn(graph, ports[GRAPH])(0)) : []],
          ...(failed === 0 ? {} : { broken: `${failed} requests failed` }),
        }
      } finally {
        say('removing what was made')
        await circle.remove()
      }
    } finally {
      client.close()
      await Promise.all([graph.close(), hand.close(), bare.close(), load.close()])
    }
  },
})

/** The answer, once it is whole. */
async function untilWhole(url: string, headersNow: () => Promise<Record<string, string>>, items: number): Promise<Recorded> {
  for (const deadline = Date.now() + SHOWN_WITHIN_MS; ;) {
    const answer = await fetch(url, { headers: await headersNow(), signal: AbortSignal.timeout(10_000) })
    const body = await answer.text()
    if (answer.status === 200 && isWhole(JSON.parse(body) as Feed, items)) return { headers: Object.fromEntries([...answer.headers].filter(([name]) => !ownHeaders.has(name))), body }
    if (Date.now() > deadline) throw new Error(`asking graph for a feed of ${items} reviews: not whole within ${SHOWN_WITHIN_MS / 1_000} s, but ${answer.status} ${body.slice(0, 500)}`)
    await delay(200)
  }
}

/** By hand the same must be answered, but for what graph alone has: cursors. */
function assertSame(graph: string, hand: string): void {
  const edges = (JSON.parse(graph) as Feed).data?.feed?.edges.map(({ node }) => node)
  if (!isDeepStrictEqual(edges, JSON.parse(hand))) throw new Error(`asking by hand for the feed that graph answers: it is '${hand.slice(0, 300)}', where graph answers '${graph.slice(0, 300)}'`)
}

/** Questions of one request that is alone, by name: once more after the first, whose query was not compiled yet. */
async function askedOnce(graph: Child, client: ReturnType<typeof createClient>, url: string, viewer: string): Promise<Readonly<Record<string, number>>> {
  const send = (): Promise<unknown> => client.send('GET', url, undefined, { 'acting-profile': viewer })
  await send()
  await graph.ask('asked')
  await send()
  return graph.ask<Readonly<Record<string, number>>>('asked')
}

const askedTable = (asked: Readonly<Record<string, number>>): Section =>
  ({ title: 'questions of one request', head: ['of whom', 'times'], rows: Object.entries(asked).sort(([, a], [, b]) => b - a) })

/** One more run of graph, watched. */
async function profiled(file: string, graph: Child, run: () => Promise<Run>): Promise<readonly Section[]> {
  await graph.ask('startProfile', file)
  const { cpu_s, requests } = await run()
  await graph.ask('stopProfile')
  return profileSections(file, `${GRAPH}, ${requests} requests`, cpu_s / requests * 1e6, 'request')
}

function figuresOf(results: Readonly<Record<string, readonly Run[]>>, asked: Readonly<Record<string, number>>, failed: number): readonly Figure[] {
  const of = (name: string, value: (run: Run) => number): readonly number[] => (results[name] ?? []).map(value)
  const perSecond = (run: Run): number => run.per_second
  const perCpuSecond = (run: Run): number => run.requests / run.cpu_s
  return [
    ...[GRAPH, HAND, BARE].flatMap((name): readonly Figure[] => [
      { what: `${name}: speed`, unit: 'requests/s', samples: of(name, perSecond) },
      { what: `${name}: CPU`, unit: 'µs a request', samples: of(name, (run) => run.cpu_s / run.requests * 1e6) },
      { what: `${name}: p50`, unit: 'ms', samples: of(name, (run) => run.p50_ms) },
      { what: `${name}: p99`, unit: 'ms', samples: of(name, (run) => run.p99_ms) },
    ]),
    { what: 'CPU of feed and social, which graph asks', unit: 'µs a request', samples: of(GRAPH, (run) => run.social_s / run.requests * 1e6) },
    { what: 'requests/s, graph ÷ bare', unit: '×', samples: ratios(of(GRAPH, perSecond), of(BARE, perSecond)), target: { at_least: 0.4 } },
    { what: 'requests/s, graph ÷ by hand', unit: '×', samples: ratios(of(GRAPH, perSecond), of(HAND, perSecond)) },
    { what: 'requests a CPU second, graph ÷ by hand', unit: '×', samples: ratios(of(GRAPH, perCpuSecond), of(HAND, perCpuSecond)) },
    { what: 'requests a CPU second, graph ÷ bare', unit: '×', samples: ratios(of(GRAPH, perCpuSecond), of(BARE, perCpuSecond)) },
    { what: 'most questions of one kind in a request', unit: 'questions', samples: [Math.max(...Object.values(asked))], target: { at_most: 1 } },
    { what: 'all questions of a request', unit: 'questions', samples: [Object.values(asked).reduce((sum, times) => sum + times, 0)] },
    { what: 'requests that failed', unit: 'requests', samples: [failed], target: { at_most: 0 } },
  ]
}
