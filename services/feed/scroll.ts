/** Reading on until there is enough to show: what may not be seen is passed over, in bounded steps. */
import { merge, newestFirst } from './merge.ts'
import type { Activity, Asked, Page, Place } from './ports.ts'

/** A page of a store. */
const step = 100
/** One answer takes no more of them; one that comes out short goes on at its cursor. */
const mostSteps = 10

export interface Scrolling {
  /** A page of each list, from one place on. */
  readonly read: (asked: Asked) => Promise<readonly Page[]>
  /** Those of these that may be seen, in their order. */
  readonly sees: (activities: readonly Activity[]) => Promise<readonly Activity[]>
  readonly after: Place | undefined
  /** Only what comes before it; undefined: to the end. */
  readonly until?: Place
  readonly wanted: number
}
export interface Scrolled {
  readonly seen: readonly Activity[]
  /** The last that was dealt with, shown or not, where there may be more; undefined at the end. */
  readonly next: Place | undefined
  /** The first that was there, seen or not. */
  readonly newest: Place | undefined
}

const placeOf = ({ occurred_at, activity_id }: Place): Place => ({ occurred_at, activity_id })

/** Reads until `wanted` are seen and it is known whether there are more. */
export async function scroll({ read, sees, after, until, wanted }: Scrolling): Promise<Scrolled> {
  const seen: Activity[] = []
  let newest: Place | undefined
  let at = after
  for (let taken = 0; taken < mostSteps; taken++) {
    const { activities, ended } = merge(await read({ limit: step, after: at }))
    const within = until === undefined ? activities : activities.filter((activity) => newestFirst(activity, until) < 0)
    newest ??= within[0]
    for (const activity of await sees(within)) {
      const last = seen.at(-1)
      if (last !== undefined && seen.length === wanted) return { seen, next: placeOf(last), newest }
      seen.push(activity)
    }
    if (ended || within.length < activities.length) return { seen, next: undefined, newest }
    at = activities.at(-1)
  }
  return { seen, next: at === undefined ? undefined : placeOf(at), newest }
}
