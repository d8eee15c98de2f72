/** Several lists of activities as one, newest first. Pure. */
import type { Activity, Asked, Page, Place } from './ports.ts'

/** Below 0 where `a` comes before `b`, which is the order that views have them in. */
export const newestFirst = (a: Place, b: Place): number => b.occurred_at - a.occurred_at || (a.activity_id === b.activity_id ? 0 : a.activity_id > b.activity_id ? -1 : 1)

/** Rows of a store that was asked for so many. */
export const pageOf = (activities: readonly Activity[], { limit }: Pick<Asked, 'limit'>): Page => ({ activities, ended: activities.length < limit })

/**
 * What pages that begin at one place add up to. Behind the last of one that has not ended there is more of its list, or may be, so
 * nothing behind the nearest such end is given yet: no activity that is read later belongs before one that was given. An activity that several lists have is given once, as it was told last.
 */
export function merge(pages: readonly Page[]): Page {
  const [end] = pages.flatMap(({ activities, ended }) => (ended ? [] : activities.slice(-1))).toSorted(newestFirst)
  const newest = new Map<string, Activity>()
  for (const activity of pages.flatMap(({ activities }) => activities)) {
    if (end !== undefined && newestFirst(activity, end) > 0) continue
    const known = newest.get(activity.activity_id)
    if (known === undefined || known.version < activity.version) newest.set(activity.activity_id, activity)
  }
  return { activities: [...newest.values()].toSorted(newestFirst), ended: end === undefined }
}
