/** "Ada and 3 others rated Heat": what several did to the same thing is one item of a page. Pure. */
import { newestFirst } from './merge.ts'
import type { Activity } from './ports.ts'
import type { Reason } from './rank.ts'

/** An activity on a page; in chronological order there is no reason. */
export interface Shown {
  readonly activity: Activity
  readonly reason: Reason | null
}
export interface FeedItem {
  /** Newest first. */
  readonly activities: readonly Activity[]
  /** How many did it. */
  readonly profiles: number
  /** Of the one that stands first. */
  readonly reason: Reason | null
}

const titleKinds: ReadonlySet<string> = new Set(['rated', 'watched', 'reviewed'])

/** What it was done to; an activity that names nothing stands alone. */
function targetOf({ activity_id, kind, title_id, subject_id, other_id }: Activity): string {
  const target = kind === 'followed' ? other_id : titleKinds.has(kind) ? title_id : (subject_id ?? title_id)
  return target === null ? activity_id : `${kind} ${target}`
}

/** Items in the order of their first activities. */
export const group = (shown: readonly Shown[]): readonly FeedItem[] =>
  [...Map.groupBy(shown, ({ activity }) => targetOf(activity)).values()].map((together) => ({
    activities: together.map(({ activity }) => activity).toSorted(newestFirst),
    profiles: new Set(together.map(({ activity }) => activity.profile_id)).size,
    reason: together[0]?.reason ?? null,
  }))
