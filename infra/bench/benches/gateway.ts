/** `GET /v1/titles/{title_id}` through the gateway, signed in; many connections held; and what a dead upstream costs the others. */
import { setTimeout as delay } from 'node:timers/promises'
import { signIn } from '../../local/sign-in.ts'
import { toolToken } from '../../local/token.ts'
import { demoAccounts } from '../../seed/demo.ts'
import type { Held } from '../api/hold-child.ts'
import type { Loaded } from '../api/load-child.ts'
import { record } from '../api/record.ts'
import { defineBench, rounds } from '../bench.ts'
import { type Child, startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { interleave, ratios } from '../harness.ts'
import { cpuSeconds, residentMb } from '../processes.ts'

interface Run extends Loaded { readonly cpu_s: number }

const CACHED = 'gateway'
/** By a program, whose token passes on as it is: an identity that this gateway would sign is of no gateway that the stack's services know. */
const PASSED = 'gateway, passed on to inventory'
const BARE = 'bare Fastify'
const WELL = 'all upstreams well'
const DEAD = 'actor dead, and asked'
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9'
/** No figure is to be one of a limit; the room is leased and counted all the same. */
const PLENTY = JSON.stringify({ read: 100_000_000, search: 100_000_000, token: 100_000_000 })

export default defineBench({
  description: 'requests for a title through the gateway with token check and rate limit, against a bare Fastify route; connections held; a dead upstream',
  options: {
    ...rounds,
    seconds: { description: 'of load in each run', standard: 5, min: 1, max: 600 },
    connections: { description: 'at once', standard: 32, min: 1, max: 1_000 },
    titles: { description: 'that are asked for', standard: 500, min: 1, max: 10_000 },
    held: { description: 'connections that are held, each asking once a second', standard: 2_000, min: 1, max: 10_000 },
  },
  servers: ['redis'],
  async run({ endpoints, options, stack, say }) {
    const env = { ...process.env, ...stack.env, CDLC_RATE_LIMITS: PLENTY }
    const child = (script: string, more: Readonly<Record<string, string>> = {}): Promise<Child> => startChild(new URL(`../api/${script}-child.ts`, import.meta.url), { env: { ...env, ...more } })
    const [gateway, broken, bare, load, other, holder] = [await child('server'), await child('server', { CDLC_ACTOR_URL: NOWHERE }), await child('server'), await child('load'), await child('load'), await child('hold')]
    const children = [gateway, broken, bare, load, other, holder]
    try {
      const viewer = demoAccounts[0]
      if (viewer === undefined) throw new Error('signing in: there are no demonstration accounts')
      const token = (await signIn(endpoints, viewer)).access_token
      const headers = { authorization: `Bearer ${token}` }
      const [port, brokenPort] = [await gateway.ask<number>('gateway'), await broken.ask<number>('gateway')]
      say('recording what the gateway answers')
      const answers = await record(port, options.titles)
      const paths = Object.keys(answers).map((title_id) => `/v1/titles/${title_id}`)
      const barePort = await bare.ask<number>('bare', answers)
      const turn = (server: Child, at: number, more: Readonly<Record<string, string>>, meanwhile?: () => Promise<unknown>) => async (round: number): Promise<Run> => {
        const before = cpuSeconds(server.pid)
        const [loaded] = await Promise.all([load.ask<Loaded>('load', { port: at, paths, connections: options.connections, seconds: options.seconds, seed: options.seed + round, headers: more }), meanwhile?.()])
        return { ...loaded, cpu_s: cpuSeconds(server.pid) - before }
      }
      const speed = await interleave({
        [CACHED]: turn(gateway, port, headers), [PASSED]: turn(gateway, port, { authorization: `Bearer ${await toolToken(endpoints)()}`, 'read-after': '"00000000000000000000000000.1"' }), [BARE]: turn(bare, barePort, {}),
      }, options, say)
      const toActor = (at: number) => () => other.ask<Loaded>('load', { port: at, paths: ['/v1/people?limit=1'], connections: 4, seconds: options.seconds, seed: options.seed, headers })
      const dead = await interleave({ [WELL]: turn(gateway, port, headers, toActor(port)), [DEAD]: turn(broken, brokenPort, headers, toActor(brokenPort)) }, options, say)
      say(`holding ${options.held} connections`)
      const holding = holder.ask<Held>('hold', { port, paths, connections: options.held, seconds: 20, headers })
      await delay(15_000)
      const held_mb = residentMb(gateway.pid)
      const held = await holding
      const lost = [...Object.values(speed), ...Object.values(dead)].flat().reduce((sum, run) => sum + run.failed, 0) + held.failed
      return {
        what: `${paths.length} titles, asked for by ${options.connections} connections, by another process, for ${options.seconds} s a run, as a person who has signed in`,
        figures: figuresOf(speed, dead, held, held_mb, options.held, lost), samples: { speed, dead, held, held_mb }, ...(lost === 0 ? {} : { broken: `${lost} requests failed` }),
      }
    } finally {
      await Promise.all(children.map((one) => one.close()))
    }
  },
})

function figuresOf(speed: Readonly<Record<string, readonly Run[]>>, dead: Readonly<Record<string, readonly Run[]>>, held: Held, held_mb: number, connections: number, lost: number): readonly Figure[] {
  const of = (runs: Readonly<Record<string, readonly Run[]>>, name: string, value: (run: Run) => number): readonly number[] => (runs[name] ?? []).map(value)
  const perSecond = (run: Run): number => run.per_second
  const told = (runs: Readonly<Record<string, readonly Run[]>>, name: string): readonly Figure[] => [
    { what: `${name}: speed`, unit: 'requests/s', samples: of(runs, name, perSecond) },
    { what: `${name}: CPU`, unit: 'µs a request', samples: of(runs, name, (run) => run.cpu_s / run.requests * 1e6) },
    { what: `${name}: p99`, unit: 'ms', samples: of(runs, name, (run) => run.p99_ms) },
  ]
  return [
    ...[CACHED, PASSED, BARE].flatMap((name) => told(speed, name)),
    { what: 'requests/s, gateway ÷ bare', unit: '×', samples: ratios(of(speed, CACHED, perSecond), of(speed, BARE, perSecond)), target: { at_least: 0.3 } },
    { what: 'requests/s, passed on ÷ bare', unit: '×', samples: ratios(of(speed, PASSED, perSecond), of(speed, BARE, perSecond)) },
    ...[WELL, DEAD].flatMap((name) => told(dead, name)),
    { what: 'requests/s for titles, with actor dead ÷ well', unit: '×', samples: ratios(of(dead, DEAD, perSecond), of(dead, WELL, perSecond)), target: { at_least: 0.9 } },
    { what: 'connections held at once, of those asked for', unit: '×', samples: [held.connected / connections], target: { at_least: 1 } },
    { what: 'their requests: p99', unit: 'ms', samples: [held.p99_ms] },
    { what: 'memory of the gateway meanwhile', unit: 'MB', samples: [held_mb] },
    { what: 'requests that failed', unit: 'requests', samples: [lost], target: { at_most: 0 } },
  ]
}
