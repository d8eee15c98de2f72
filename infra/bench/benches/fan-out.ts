/** What a feed costs when it is written as things are done, and when it is put together as it is read: where the one becomes cheaper than the other. */
import { FAN_OUT_LIMIT } from '@cdlc/streams/processors/user/feed-fan-out.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { viewsCatchUp } from '../../local/catch-up.ts'
import { toolToken } from '../../local/token.ts'
import { each } from '../../seed/client.ts'
import { defineBench } from '../bench.ts'
import { newMembers, putCrowd } from '../feed/crowd.ts'
import { createClient } from '../http.ts'
import { cpuSeconds, serverPid } from '../processes.ts'
import { spread } from '../statistics.ts'

const servers = ['workers', 'social', 'kafka', 'connect', 'mysql', 'cql', 'redis'] as const
/** Whom each reader of a wide feed follows of those that are not delivered. */
const wide = 5
const readers = 300
const idle_ms = 10_000
const patience_ms = 60_000

interface Feed { readonly items: readonly { readonly activities: readonly { readonly activity_id: string }[] }[] }

export default defineBench({
  description: 'the cost of delivering an activity to a follower, and of merging an actor as a feed is read',
  options: {
    activities: { description: 'of each actor in a round', standard: 20, min: 1, max: 200 },
    reads: { description: 'of each kind of feed in a round', standard: 600, min: 10, max: 10_000 },
    runs: { description: 'counted rounds', standard: 5, min: 1, max: 100 },
  },
  servers: ['kafka', 'redis', 'cassandra'],
  async run({ endpoints, stack, options, say }) {
    const client = createClient(16, toolToken(endpoints))
    const url = (service: 'social' | 'feed' | 'inventory', path: string): string => `http://127.0.0.1:${endpoints.port(service)}${path}`
    const pids = servers.map((name) => serverPid(endpoints, name))
    const cpu = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
    const [delivered, ...undelivered] = newMembers(1 + wide)
    if (delivered === undefined) throw new Error('making actors: there is none')
    // whom more than half of the limit follow is merged by readers besides
    const followers = newMembers(Math.floor(FAN_OUT_LIMIT * 0.4))
    const crowd = newMembers(Math.floor(FAN_OUT_LIMIT * 1.2))
    const pairs = [...followers.map((one) => [one, delivered] as const), ...crowd.flatMap((one) => undelivered.map((other) => [one, other] as const))]
    const made = await putCrowd(endpoints, [delivered, ...undelivered, ...followers, ...crowd], pairs, say)
    const done: string[] = []
    const [entry_us, merge_us, burst_ms]: [number[], number[], number[]] = [[], [], []]
    try {
      await viewsCatchUp(stack, say)
      const { body } = await client.send('GET', url('inventory', '/v1/titles?limit=100'))
      const titles = (body as { readonly items: readonly { readonly title_id: string }[] }).items.map(({ title_id }) => title_id)
      say('measuring what is used when nothing is done')
      const before = cpu()
      await delay(idle_ms)
      const idle = (cpu() - before) / idle_ms
      /** CPU of all servers over some work, in µs, less what they use when nothing is done; and how long it took. */
      const measured = async (work: () => Promise<unknown>): Promise<{ readonly us: number; readonly ms: number }> => {
        const [from, began] = [cpu(), performance.now()]
        await work()
        const ms = performance.now() - began
        return { us: (cpu() - from - idle * ms) * 1e6, ms }
      }
      /** Until the last of those who are told of it has been. */
      const until = async (reader: string | undefined, holds: (ids: readonly string[]) => boolean): Promise<void> => {
        for (const deadline = performance.now() + patience_ms; ; await delay(50)) {
          const { items } = (await client.send('GET', url('feed', `/v1/feeds/${reader ?? ''}?limit=100`))).body as Feed
          if (holds(items.flatMap(({ activities }) => activities.map(({ activity_id }) => activity_id)))) break
          if (performance.now() > deadline) throw new Error(`measuring the fan-out: a feed is not as it should be after ${patience_ms / 1_000} s; see 'npx cdlc status'`)
        }
        await viewsCatchUp(stack, () => undefined)
      }
      const act = (actor: string, reader: string | undefined) => measured(async () => {
        const liked = titles.slice(0, options.activities)
        const paths = liked.map((title_id) => `${actor}/likes/title/${title_id}`)
        await each(paths, 4, (path) => client.send('PUT', url('social', `/v1/members/${path}`)))
        done.push(...paths)
        await until(reader, (ids) => liked.slice(-4).every((title_id) => ids.includes(`liked:${title_id}.${actor}`)))
      })
      const undo = async (): Promise<void> => {
        await each(done.splice(0), 16, (path) => client.send('DELETE', url('social', `/v1/members/${path}`)))
        for (const reader of [followers.at(-1), crowd.at(-1)]) await until(reader, (ids) => ids.length === 0)
      }
      const read = (who: readonly string[]) => measured(() => each(
        Array.from({ length: options.reads }, (_, n) => who[n % Math.min(who.length, readers)] ?? ''), 4, (id) => client.send('GET', url('feed', `/v1/feeds/${id}?limit=20`)),
      ))
      for (let run = -1; run < options.runs; run++) {
        say(run < 0 ? 'warming up' : `round ${run + 1} of ${options.runs}`)
        const many = await act(delivered, followers.at(-1))
        const none = await act(undelivered[0] ?? '', crowd.at(-1))
        for (const other of undelivered.slice(1)) await act(other, crowd.at(-1))
        const narrow = await read(followers)
        const merged = await read(crowd)
        await undo()
        if (run < 0) continue
        entry_us.push((many.us - none.us) / options.activities / followers.length)
        merge_us.push((merged.us - narrow.us) / options.reads / wide)
        burst_ms.push((many.ms - none.ms) / options.activities * FAN_OUT_LIMIT / followers.length)
      }
    } finally {
      say('taking back what was done')
      await each(done, 16, (path) => client.send('DELETE', url('social', `/v1/members/${path}`)))
      await made.remove()
      client.close()
    }
    return {
      what: `${options.activities} activities of an actor with ${followers.length} followers and of ${wide} with ${crowd.length}, ${options.reads} reads of each kind of feed; CPU of ${servers.join(', ')}`,
      figures: [
        { what: 'CPU to deliver an activity, a follower', unit: 'µs', samples: entry_us },
        { what: 'CPU to merge an actor, a read', unit: 'µs', samples: merge_us },
        { what: 'activities a read above which merging is the cheaper', unit: '', samples: [spread(merge_us).median / Math.max(spread(entry_us).median, 0.001)] },
        { what: `time that ${FAN_OUT_LIMIT} followers take one activity`, unit: 'ms', samples: burst_ms },
      ],
      samples: { entry_us, merge_us, burst_ms },
    }
  },
})
