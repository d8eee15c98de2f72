/** Waits until every process that reads views has taken note of a change of what is live. */
import { setTimeout as delay } from 'node:timers/promises'
import { FOLLOWERS } from '@cdlc/streams/runtime/editions-log.ts'
import { TOPIC } from '@cdlc/streams/runtime/editions.ts'
import type { ConsumerGroups } from '@cdlc/streams/runtime/groups.ts'

export interface Follower {
  /** Its consumer group, which is its own: `platform.views.<component>.<random>`. */
  readonly group: string
  readonly component: string
  readonly host: string
}

const LOOK_EVERY_MS = 200
const WITHIN_MS = 60_000

/** Commands look once and are gone: nobody waits for them. */
const waitedFor = (component: string): boolean => component !== 'cli'

/** Processes that follow which builds are live, alive as far as Kafka knows. */
export async function followersOf(groups: Pick<ConsumerGroups, 'list'>): Promise<readonly Follower[]> {
  return [...await groups.list(FOLLOWERS)].flatMap(([group, [member]]) => {
    const component = group.slice(FOLLOWERS.length).split('.')[0] ?? ''
    return member === undefined || !waitedFor(component) ? [] : [{ group, component, host: member.host }]
  })
}

/**
 * Resolves with the followers that have read past this offset of `platform.views`, once all that are alive have: one that begins later reads
 * all of it before it answers. Throws, naming them, where some do not within a minute.
 */
export async function waitForFollowers(groups: Pick<ConsumerGroups, 'list' | 'committed'>, offset: number, onFollowed: (follower: Follower, left: number) => void = () => {}): Promise<readonly Follower[]> {
  const followed = new Map<string, Follower>()
  for (const until = performance.now() + WITHIN_MS; ; await delay(LOOK_EVERY_MS)) {
    const waiting = (await followersOf(groups)).filter(({ group }) => !followed.has(group))
    const passed = await Promise.all(waiting.map(async ({ group }) => ((await groups.committed(group, [TOPIC])).get(`${TOPIC}/0`) ?? 0) > offset))
    const left = passed.filter((done) => !done).length
    waiting.forEach((follower, place) => {
      if (passed[place] !== true) return
      followed.set(follower.group, follower)
      onFollowed(follower, left)
    })
    if (left === 0) return [...followed.values()]
    if (performance.now() > until) {
      const late = waiting.filter((_, place) => passed[place] !== true).map(({ component, host, group }) => `${component} on ${host} (${group})`)
      throw new Error(`waiting until every process reads the live build: ${late.join(', ')} ${late.length === 1 ? 'has' : 'have'} not within ${WITHIN_MS / 1_000} s; nothing is dropped before they have: run the command again`)
    }
  }
}
