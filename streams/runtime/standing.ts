/** How far a build has come, whoever works on it: asked of Kafka and of the store, so the answer is the same from any process. */
import type { ConsumerGroups } from './groups.ts'
import type { KafkaClient } from './kafka.ts'
import type { ViewStore } from './store.ts'
import { groupName, type View } from './view.ts'

/** Next offset of every partition, by `<topic>/<partition>`. */
export type Offsets = ReadonlyMap<string, number>

export interface Standing {
  readonly positions: Offsets
  readonly ends: Offsets
  /** Records that the view's topics hold, and those of them that it has yet to apply. */
  readonly records: number
  readonly behind: number
}

export interface StandingPorts {
  readonly kafka: Pick<KafkaClient, 'offsets'>
  readonly groups: Pick<ConsumerGroups, 'committed' | 'offsetsAt'>
}

/** Ends of a view's sources, and how many records lie before them. */
export async function endsOf(kafka: StandingPorts['kafka'], view: View): Promise<{ readonly ends: Offsets; readonly lows: Offsets }> {
  const ends = new Map<string, number>()
  const lows = new Map<string, number>()
  await Promise.all(Object.keys(view.from).map(async (topic) => {
    for (const { partition, low, high } of await kafka.offsets(topic)) {
      ends.set(`${topic}/${partition}`, high)
      lows.set(`${topic}/${partition}`, low)
    }
  }))
  return { ends, lows }
}

/**
 * Where a build stands. Neither source knows all: the group's commit lacks what was applied just before a worker died, and the store's
 * position lacks records that wrote no row.
 */
export async function standingOf({ kafka, groups }: StandingPorts, store: Pick<ViewStore, 'positions'>, view: View): Promise<Standing> {
  const topics = Object.keys(view.from)
  // positions before ends: what is behind is then never less than it was
  const positions = new Map(await groups.committed(groupName(view), topics))
  const { ends, lows } = await endsOf(kafka, view)
  const lacking = new Set([...ends].filter(([place, end]) => (positions.get(place) ?? 0) < end).map(([place]) => Number(place.slice(place.lastIndexOf('/') + 1))))
  await Promise.all([...lacking].map(async (partition) => {
    for (const [topic, next] of (await store.positions(partition)).next) {
      const place = `${topic}/${partition}`
      if (ends.has(place)) positions.set(place, Math.max(positions.get(place) ?? 0, next))
    }
  }))
  let records = 0
  let behind = 0
  for (const [place, end] of ends) {
    const low = lows.get(place) ?? 0
    records += end - low
    behind += Math.max(0, end - Math.max(low, positions.get(place) ?? 0))
  }
  return { positions, ends, records, behind }
}

/** Whether everything before these ends has been applied. */
export const hasPassed = (positions: Offsets, ends: Offsets): boolean => [...ends].every(([place, end]) => (positions.get(place) ?? 0) >= end)

/** Share of the answer that a lag in seconds may be too long by. */
const PRECISION = 0.1

/** Seconds since the oldest record that was not applied, too long by a tenth at most: found by asking Kafka what was there how long ago. */
export async function secondsBehind(groups: StandingPorts['groups'], { positions, ends }: Pick<Standing, 'positions' | 'ends'>, now: number): Promise<number> {
  if (hasPassed(positions, ends)) return 0
  const topics = [...new Set([...ends.keys()].map((place) => place.slice(0, place.lastIndexOf('/'))))]
  const appliedAsOf = async (seconds: number): Promise<boolean> => (await Promise.all(topics.map(async (topic) => (
    [...await groups.offsetsAt(topic, Math.round(now - seconds * 1_000))].every(([partition, offset]) => (positions.get(`${topic}/${partition}`) ?? 0) >= offset))))).every(Boolean)
  let less = 0
  let enough = 1
  while (enough * 1_000 < now && !await appliedAsOf(enough)) [less, enough] = [enough, enough * 2]
  while (enough - less > enough * PRECISION) {
    const middle = (less + enough) / 2
    if (await appliedAsOf(middle)) enough = middle
    else less = middle
  }
  return Math.round(enough * 10) / 10
}
