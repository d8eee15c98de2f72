/** The ranked order: score = recency × affinity × weight, as of the moment that the reading began. Pure. */
import type { Activity, Relation } from './ports.ts'

/** What an item's place is made of. */
export interface Reason {
  readonly score: number
  /** 1 at the moment that reading began, and half as much with every day before it. */
  readonly recency: number
  /** 1 for whoever is followed; half more for one who follows back, and half more each time that what the reader liked and commented of theirs doubles. */
  readonly affinity: number
  /** Of its kind. */
  readonly weight: number
}
export interface Ranked {
  readonly activity: Activity
  readonly reason: Reason
}
/** What affinity is made of. Only what was so at that moment counts, so that the order does not move while somebody scrolls. */
export interface Ties {
  /** ms since the epoch. */
  readonly as_of: number
  /** What the reader did last. */
  readonly own: readonly Activity[]
  /** How those who are followed stand to the reader. */
  readonly theirs: ReadonlyMap<string, Relation>
}

const day_ms = 86_400_000
const weights: Readonly<Record<string, number>> = { reviewed: 1.5, listed: 1.2, rated: 1, watched: 0.9, commented: 0.8, liked: 0.6, followed: 0.5 }
/** Of kinds that are younger than this code. */
const usualWeight = 0.5
/** More of it tells nothing more. */
const mostTouches = 15

/** How often the reader has liked or commented what belongs to each profile. */
function touchesOf({ own, as_of }: Ties): ReadonlyMap<string, number> {
  const touches = new Map<string, number>()
  for (const { kind, other_id, occurred_at } of own) {
    if ((kind === 'liked' || kind === 'commented') && other_id !== null && occurred_at <= as_of) touches.set(other_id, (touches.get(other_id) ?? 0) + 1)
  }
  return touches
}

/** Whether `a` stands before `b`: below 0. */
export const bestFirst = (a: { readonly score: number; readonly activity_id: string }, b: { readonly score: number; readonly activity_id: string }): number =>
  b.score - a.score || (a.activity_id === b.activity_id ? 0 : a.activity_id > b.activity_id ? -1 : 1)

/** Best first. */
export function rank(activities: readonly Activity[], ties: Ties): readonly Ranked[] {
  const touches = touchesOf(ties)
  const reasonOf = ({ kind, profile_id, occurred_at }: Activity): Reason => {
    const recency = 0.5 ** ((ties.as_of - occurred_at) / day_ms)
    const back = ties.theirs.get(profile_id)
    const isBack = back?.follow === 'following' && (back.followed_at ?? 0) <= ties.as_of
    const affinity = 1 + (isBack ? 0.5 : 0) + 0.5 * Math.log2(1 + Math.min(touches.get(profile_id) ?? 0, mostTouches))
    const weight = weights[kind] ?? usualWeight
    return { score: recency * affinity * weight, recency, affinity, weight }
  }
  return activities.map((activity) => ({ activity, reason: reasonOf(activity) }))
    .toSorted((a, b) => bestFirst({ score: a.reason.score, activity_id: a.activity.activity_id }, { score: b.reason.score, activity_id: b.activity.activity_id }))
}
