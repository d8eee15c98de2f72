/** How long a partition stands still when a worker joins its group, leaves it in order, or is killed. */
import { setTimeout as delay } from 'node:timers/promises'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import { type Context, defineBench, rounds } from '../bench.ts'
import { type Child, startChild } from '../child.ts'
import type { Figure } from '../figures.ts'
import { removeTopics } from '../kafka.ts'
import { PARTITIONS } from '../ratings-topic.ts'
import type { Group, Told } from '../rebalance/child.ts'
import { type Flushed, longestGap } from '../rebalance/gaps.ts'
import { EVERY_MS, startLoad } from '../rebalance/load.ts'

interface Member { readonly child: Child; owned: readonly number[] }
interface Gaps { readonly nothing: number; readonly join: number; readonly leave: number; readonly kill: number }

const STEADY_MS = 2_000
const SETTLED_WITHIN_MS = 60_000
const POLL_MS = 20
const now = (): number => performance.timeOrigin + performance.now()

export default defineBench({
  description: 'how long a partition stands still when a worker joins, leaves, or is killed',
  options: { runs: rounds.runs, warmups: { ...rounds.warmups, standard: 1 } },
  servers: ['kafka', 'redis'],
  async run(context) {
    const { endpoints, options, say } = context
    const group: Group = { name: 'bench-rebalance', topic: 'bench.rebalance' }
    const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-bench')
    await kafka.createTopics([{ name: group.topic, partitions: PARTITIONS, config: {} }])
    await kafka.close()
    const load = await startLoad(endpoints, group.topic)
    const gaps: Gaps[] = []
    try {
      for (let round = 0; round < options.warmups + options.runs; round++) {
        say(round < options.warmups ? `warm-up ${round + 1} of ${options.warmups}` : `round ${round - options.warmups + 1} of ${options.runs}`)
        const found = await measure(context, group)
        if (round >= options.warmups) gaps.push(found)
      }
    } finally {
      await load.stop()
      await removeTopics(endpoints, [group.topic])
    }
    const of = (what: keyof Gaps): readonly number[] => gaps.map((found) => found[what] / 1_000)
    const figures: readonly Figure[] = [
      { what: 'nothing happens', unit: 's', samples: of('nothing') },
      { what: 'a worker joins', unit: 's', samples: of('join'), target: { at_most: 0.4 } },
      { what: 'a worker leaves in order', unit: 's', samples: of('leave'), target: { at_most: 0.4 } },
      { what: 'a worker is killed with SIGKILL', unit: 's', samples: of('kill'), target: { at_most: 6.5 } },
    ]
    return { what: `longest time between two flushes of a partition, over ${PARTITIONS} partitions with a record every ${EVERY_MS} ms each, one worker or two`, figures, samples: gaps }
  },
})

/** One worker works; another joins and leaves, joins again and is killed. */
async function measure({ stack }: Context, group: Group): Promise<Gaps> {
  const flushes: Flushed[] = []
  const start = async (): Promise<Member> => {
    const member: Member = { owned: [], child: await startChild(new URL('../rebalance/child.ts', import.meta.url), {
      env: { ...process.env, ...stack.env },
      onTold(message) {
        const told = message as Told
        if ('flushed' in told) flushes.push(told.flushed)
        else member.owned = told.assigned
      },
    }) }
    await member.child.ask('start', group)
    return member
  }
  /** The longest gap from before `event` until `until` holds and all has been steady for a while. */
  const gapOf = async (event: () => Promise<unknown>, until: () => boolean): Promise<number> => {
    const from = now()
    await event()
    const deadline = now() + SETTLED_WITHIN_MS
    while (!until()) {
      if (now() > deadline) throw new Error(`waiting for partitions of '${group.topic}' to be shared anew: not within ${SETTLED_WITHIN_MS / 1_000} s`)
      await delay(POLL_MS)
    }
    await delay(STEADY_MS)
    return longestGap(flushes, from, now())
  }
  const flushedSince = (at: number): boolean => new Set(flushes.filter((flush) => flush.at > at).map((flush) => flush.partition)).size === PARTITIONS

  const stays = await start()
  const alone = (): boolean => stays.owned.length === PARTITIONS
  const shared = (other: Member | undefined): boolean => other !== undefined && other.owned.length > 0 && stays.owned.length + other.owned.length === PARTITIONS
  let other: Member | undefined
  try {
    await gapOf(async () => {}, () => alone() && flushedSince(0))
    const nothing = await gapOf(() => delay(STEADY_MS), alone)
    const join = await gapOf(async () => { other = await start() }, () => shared(other))
    const leave = await gapOf(async () => { await other?.child.ask('stop') }, alone)
    await other?.child.close()
    await gapOf(async () => { other = await start() }, () => shared(other))
    let killed_at = 0
    const kill = await gapOf(async () => { killed_at = now(); await other?.child.kill() }, () => alone() && flushedSince(killed_at))
    return { nothing, join, leave, kill }
  } finally {
    await other?.child.close()
    await stays.child.ask('stop')
    await stays.child.ask('remove', group)
    await stays.child.close()
  }
}
