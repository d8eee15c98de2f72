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

export interface Waiting {
  readonly onFollowed?: (follower: Follower, left: number) => void
  /** How long a process that Kafka has lost sight of may take to come back before it counts as dead: a busy one misses a heartbeat. */
  readonly come_back_ms?: number
}

const LOOK_EVERY_MS = 200
const COME_BACK_MS = 10_000
const WITHIN_MS = 60_000

/**
 * Resolves with the followers that have read past this offset of `platform.views`, once all that are alive have: one that begins later reads
 * all of it before it answers. What the dead leave behind is removed. Throws, naming them, where some do not within a minute.
 */
export async function waitForFollowers(
  groups: Pick<ConsumerGroups, 'list' | 'committed' | 'remove'>, offset: number, { onFollowed, come_back_ms = COME_BACK_MS }: Waiting = {},
): Promise<readonly Follower[]> {
  const followed = new Map<string, Follower>()
  const began = performance.now()
  for (;; await delay(LOOK_EVERY_MS)) {
    const waited = performance.now() - began
    const late: Follower[] = []
    const arrived: Follower[] = []
    for (const [group, [member]] of await groups.list(FOLLOWERS)) {
      const component = group.slice(FOLLOWERS.length).split('.')[0] ?? ''
      const follower = { group, component, host: member?.host ?? 'unknown host' }
      if (followed.has(group) || (component === 'cli' && member !== undefined)) continue // commands look once and are gone
      const hasPassed = ((await groups.committed(group, [TOPIC])).get(`${TOPIC}/0`) ?? 0) > offset
      if (member === undefined && (component === 'cli' || waited >= come_back_ms)) await groups.remove(group)
      else if (hasPassed) arrived.push(follower)
      else late.push(follower)
    }
    for (const follower of arrived) {
      followed.set(follower.group, follower)
      onFollowed?.(follower, late.length)
    }
    if (late.length === 0) return [...followed.values()]
    if (waited > WITHIN_MS) {
      const names = late.map(({ component, host, group }) => `${component} on ${host} (${group})`)
      throw new Error(`waiting until every process reads the live build: ${names.join(', ')} ${late.length === 1 ? 'has' : 'have'} not within ${WITHIN_MS / 1_000} s; nothing is dropped before they have: run the command again`)
    }
  }
}
