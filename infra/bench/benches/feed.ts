/** From what somebody does to the feeds of those who follow them, among members who follow one another in a power law. */
import { setTimeout as delay } from 'node:timers/promises'
import { viewsCatchUp } from '../../local/catch-up.ts'
import { toolToken } from '../../local/token.ts'
import { each } from '../../seed/client.ts'
import { defineBench } from '../bench.ts'
import { makeCrowd } from '../feed/crowd.ts'
import { seeded } from '../harness.ts'
import { createClient } from '../http.ts'
import { histogram, quantiles } from '../statistics.ts'

const BOUNDS = [20, 50, 100, 200, 500, 1_000, 2_000]
const GIVE_UP_MS = 20_000
/** Followers that are watched, a second: watching must not be what is measured. */
const WATCHED_PER_SECOND = 8
const now = (): number => performance.now()

export default defineBench({
  description: 'from an acknowledged action to the feeds of followers, and reading a feed after a week away',
  options: {
    accounts: { description: 'members', standard: 10_000, min: 100, max: 100_000 },
    follows: { description: 'whom each follows', standard: 10, min: 1, max: 200 },
    rate: { description: 'actions a second', standard: 200, min: 1, max: 2_000 },
    seconds: { description: 'how long to act', standard: 30, min: 5, max: 3_600 },
    seed: { description: 'of who follows whom, and who acts', standard: 1, min: 0, max: 2 ** 31 - 1 },
  },
  servers: ['kafka', 'redis', 'cassandra'],
  async run({ endpoints, stack, options, say }) {
    const client = createClient(64, toolToken(endpoints))
    const random = seeded(options.seed)
    const url = (service: 'social' | 'feed' | 'inventory', path: string): string => `http://127.0.0.1:${endpoints.port(service)}${path}`
    const crowd = await makeCrowd(endpoints, { accounts: options.accounts, mean: options.follows, seed: options.seed, say })
    const [acknowledged, seen, catchUp]: [number[], number[], number[]] = [[], [], []]
    let [missed, entries, watching] = [0, 0, -Infinity]
    const done: string[] = []
    try {
      say('waiting for the views')
      await viewsCatchUp(stack, say)
      const { body } = await client.send('GET', url('inventory', '/v1/titles?limit=100'))
      const titles = (body as { readonly items: readonly { readonly title_id: string }[] }).items.map(({ title_id }) => title_id)
      const pending = new Set<Promise<void>>()
      const errors: unknown[] = []
      const track = (work: Promise<void>): void => {
        const kept = work.catch((cause: unknown) => { errors.push(cause) }).finally(() => pending.delete(kept))
        pending.add(kept)
      }
      const watch = async (follower: string, activity_id: string, since: number): Promise<void> => {
        while (now() - since < GIVE_UP_MS) {
          const answer = await client.send('GET', url('feed', `/v1/feeds/${follower}?limit=20`))
          const { items } = answer.body as { readonly items: readonly { readonly activities: readonly { readonly activity_id: string }[] }[] }
          if (items.some(({ activities }) => activities.some((one) => one.activity_id === activity_id))) {
            seen.push(now() - since)
            return
          }
          await delay(Math.max(5, (now() - since) / 10))
        }
        missed += 1
      }
      const act = async (n: number): Promise<void> => {
        const actor = crowd.members[Math.floor(random() * crowd.members.length)] ?? ''
        const title_id = titles[n % titles.length] ?? ''
        const sent = now()
        const { status } = await client.send('PUT', url('social', `/v1/members/${actor}/likes/title/${title_id}`))
        if (status !== 201) return
        acknowledged.push(now() - sent)
        done.push(`${actor}/likes/title/${title_id}`)
        const followers = crowd.followers.get(actor) ?? []
        entries += followers.length
        const follower = followers[Math.floor(random() * followers.length)]
        if (follower === undefined || now() - watching < 1_000 / WATCHED_PER_SECOND) return
        watching = now()
        track(watch(follower, `liked:${title_id}.${actor}`, now()))
      }
      say(`${options.rate} actions a second for ${options.seconds} s`)
      const began = now()
      const total = options.rate * options.seconds
      for (let n = 0; n < total && errors.length === 0;) {
        const due = Math.min(total, Math.floor((now() - began) / 1_000 * options.rate))
        for (; n < due; n++) track(act(n))
        await delay(1)
      }
      await Promise.all(pending)
      if (errors.length > 0) throw new Error('measuring the feed: a request was refused', { cause: errors[0] })
      say('reading feeds from their newest to a week ago')
      for (let n = 0; n < 100; n++) {
        const from = now()
        await client.send('GET', url('feed', `/v1/feeds/${crowd.members[Math.floor(random() * crowd.members.length)]}?limit=50&order=ranked`))
        catchUp.push(now() - from)
      }
    } finally {
      // taken back as people would, so that nothing of it stays in anybody's feed
      say('taking back what was done')
      await each(done, 16, (path) => client.send('DELETE', url('social', `/v1/members/${path}`)))
      await crowd.remove()
      client.close()
    }
    const [visible, away, ack] = [quantiles(seen), quantiles(catchUp), quantiles(acknowledged)]
    return {
      what: `${options.accounts} members, ${crowd.follows} followings, ${acknowledged.length} actions at ${options.rate} a second, ${entries} feed entries; ms from acknowledgement to the feed of one follower`,
      figures: [
        { what: 'action → feed, p50', unit: 'ms', samples: [visible.p50] },
        { what: 'action → feed, p99', unit: 'ms', samples: [visible.p99] },
        { what: 'ranked feed of two weeks, p99', unit: 'ms', samples: [away.p99], target: { at_most: 300 } },
        { what: 'the action itself, p50', unit: 'ms', samples: [ack.p50] },
        { what: 'the action itself, p99', unit: 'ms', samples: [ack.p99] },
        { what: 'action → feed ÷ the action itself, p50', unit: '×', samples: [visible.p50 / Math.max(ack.p50, 0.001)] },
        { what: 'never seen', unit: 'actions', samples: [missed], target: { at_most: 0 } },
      ],
      sections: [{ title: 'action → feed', head: ['n', 'p50', 'p95', 'p99', 'max', ...BOUNDS.map((bound) => `≤${bound}`), 'more'], rows: [[visible.n, visible.p50, visible.p95, visible.p99, visible.max, ...histogram(seen, BOUNDS)]] }],
      samples: { seen, acknowledged, catchUp }, ...(missed === 0 ? {} : { broken: `${missed} actions never came to a feed` }),
    }
  },
})
