/**
 * Does what time brings to the builds of views: notes that a new version has caught up, retires a build whose grace is over, and
 * removes what builds leave behind. Every worker process has one; all may try the same, since changes are compare-and-set and a
 * removal may be done twice.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Editions } from './editions-log.ts'
import { buildDropped, type Builds, caughtUp, EditionError, remainsOf, retire, reviveVersion, roleOf } from './editions.ts'
import type { ConsumerGroups } from './groups.ts'
import type { KafkaClient } from './kafka.ts'
import type { Log } from './log.ts'
import { endsOf, hasPassed, standingOf } from './standing.ts'
import type { ViewStore } from './store.ts'
import { groupName, type View } from './view.ts'

export interface CaretakerOptions {
  readonly editions: Editions
  readonly kafka: Pick<KafkaClient, 'offsets'>
  readonly groups: ConsumerGroups
  readonly store: (view: View) => Promise<ViewStore>
  /** The views that this process works on. */
  readonly views: readonly View[]
  readonly log: Log
  readonly clock: { now(): number }
}

export interface Caretaker {
  /** A worker of this process has left an edition: if that is being dropped, or is gone, its last writes are to go as well. */
  left(view: View): void
  /** Begins what there is to do and is not under way; resolves when all that is under way has ended. Never throws. */
  round(): Promise<void>
}

const ROUND_MS = 1_000
/** A removal that failed is tried again after so many rounds at first, and no later than after the last. */
const LAST_PAUSE_ROUNDS = 30

/**
 * Removes all that a build keeps: its rows and positions, and its consumer group before and after them. False while the group has
 * members, of which each might yet write.
 */
export async function removeBuild({ groups, store }: Pick<CaretakerOptions, 'groups' | 'store'>, view: View): Promise<boolean> {
  if (await groups.remove(groupName(view)) === 'busy') return false
  await (await store(view)).drop()
  return await groups.remove(groupName(view)) === 'removed'
}

/** Makes no rounds by itself. */
export function openCaretaker(options: CaretakerOptions): Caretaker {
  const { editions, kafka, groups, store, views, log, clock } = options
  const leftovers = new Map<string, View>()
  const rests = new Map<string, { rounds: number; until: number }>()
  const underWay = new Map<string, Promise<void>>()
  let round = 0

  /** Each task by itself: one that takes long, or fails and rests for a while, holds up no other. */
  function attempt(name: string, what: string, task: () => Promise<void>): void {
    const rest = rests.get(name)
    if (underWay.has(name) || (rest !== undefined && rest.until > round)) return
    underWay.set(name, task().then(() => { rests.delete(name) }).catch((cause: unknown) => {
      if (cause instanceof EditionError) return // another process was first
      const rounds = Math.min(LAST_PAUSE_ROUNDS, (rest?.rounds ?? 0) * 2 + 1)
      rests.set(name, { rounds, until: round + rounds })
      log('warn', `${what}: will try again`, { name, cause })
    }).finally(() => underWay.delete(name)))
  }

  async function lookAfter(view: View, builds: Builds): Promise<void> {
    if (builds.live === null) {
      await editions.change(view, 'VersionRevived', reviveVersion)
    } else if (!builds.caught_up) {
      const edition = { ...view, build: builds.live }
      const { ends } = await endsOf(kafka, view)
      const { positions } = await standingOf({ kafka, groups }, await store(edition), edition)
      if (!hasPassed(positions, ends)) return
      await editions.change(view, 'CaughtUp', caughtUp)
      log('info', 'a view has caught up for the first time', { view: groupName(edition) })
    }
    if (builds.retire_at !== null && clock.now() >= builds.retire_at) {
      await editions.change(view, 'Retired', retire(clock.now()))
      log('info', 'the grace of a build is over', { view: view.name, version: view.version, build: builds.previous })
    }
  }

  async function clearAway(builds: Builds, build: number): Promise<void> {
    const remains = remainsOf(builds, build)
    if (!await removeBuild({ groups, store }, remains)) return
    leftovers.delete(groupName(remains))
    await editions.change(remains, 'BuildDropped', buildDropped(build))
    log('info', 'a build is gone, with all it kept', { view: groupName(remains) })
  }

  return {
    left(view) {
      leftovers.set(groupName(view), view)
    },
    async round() {
      round++
      if (editions.state() !== 'read') return
      for (const view of views) attempt(view.name, 'looking after a view', () => lookAfter(view, editions.of(view)))
      for (const { builds } of editions.all()) {
        for (const build of builds.dropping) attempt(`${builds.edition}-b${build}`, 'removing a build', () => clearAway(builds, build))
      }
      for (const [name, view] of leftovers) {
        const role = roleOf(editions.of(view), view.build)
        if (role !== 'gone') leftovers.delete(name) // it is wanted again, or dropping is under way
        else attempt(`${name}, left late`, 'removing what a late worker wrote', async () => { if (await removeBuild({ groups, store }, view)) leftovers.delete(name) })
      }
      await Promise.all(underWay.values())
    },
  }
}

/** Has it make a round every second until that is ended; resolves then when nothing is under way any more. */
export function startRounds(caretaker: Pick<Caretaker, 'round'>): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const pending = new Set<Promise<void>>()
  const rounds = (async () => {
    while (!stopping.signal.aborted) {
      const round = caretaker.round().finally(() => pending.delete(round))
      pending.add(round)
      await delay(ROUND_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await rounds
      await Promise.all(pending)
    },
  }
}
