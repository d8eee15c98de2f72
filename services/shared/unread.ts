/** How many notifications a profile has not read, for all who tell the number. */
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import inbox, { UNREAD_MOST, unreadOf } from '@cdlc/streams/views/user/inbox.ts'
import notifications, { notificationsPage } from '@cdlc/streams/views/user/notifications.ts'
import { asker } from './views.ts'

export interface Unread {
  /** To UNREAD_MOST. */
  readonly count: number
  /** Until when the profile has read, in ms; null where it never looked. */
  readonly read_at: number | null
}

/** The views that are asked here. */
export const unreadViewsAsked = [inbox, notifications] as const

/**
 * Answers by profile, out of Redis; where so many of the newest were withdrawn that older ones count too, they are counted in ScyllaDB, one page of
 * UNREAD_MOST. Throws Unavailable. Opens no store yet.
 */
export function unreadAsker(sinks: Sinks): (profile_id: string) => Promise<Unread> {
  const [counts, told] = [asker(sinks, inbox), asker(sinks, notifications)]
  return async (profile_id) => {
    const { count, read_at, exact } = await counts((reader) => unreadOf(reader, profile_id))
    if (exact) return { count, read_at }
    const newest = await told((reader) => notificationsPage(reader, { profile_id, limit: UNREAD_MOST }))
    return { count: newest.filter(({ occurred_at }) => occurred_at > (read_at ?? 0)).length, read_at }
  }
}
