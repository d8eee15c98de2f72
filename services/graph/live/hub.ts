/** Who listens in this process, and what they are told: in memory, by profile. */
import type { ActivityModel, NewsModel, NotificationModel } from '@cdlc/schemas/graphql/models.ts'

export type { NewsModel as News } from '@cdlc/schemas/graphql/models.ts'
export type NewsField = 'feedActivityAdded' | 'notificationAdded'

/** What a telling is known by: the same thing may come twice, or by two ways. */
export const nameOf = (news: NewsModel): string => ('feedActivityAdded' in news ? `activity ${news.feedActivityAdded.activity_id}` : `notification ${news.notificationAdded.notification_id}`)
export const fieldOf = (news: NewsModel): NewsField => ('feedActivityAdded' in news ? 'feedActivityAdded' : 'notificationAdded')
export const ofFeed = (activity: ActivityModel): NewsModel => ({ feedActivityAdded: activity })
export const ofNotifications = (notification: NotificationModel): NewsModel => ({ notificationAdded: notification })

export interface Hub {
  /** Profiles that listen. */
  listeners(): readonly string[]
  hears(profile_id: string): boolean
  tell(profile_id: string, news: NewsModel): void
  /** Hears what a profile is told, until what it answers is called. A listener must not throw. */
  listen(profile_id: string, hear: (news: NewsModel) => void): () => void
}

export function createHub(): Hub {
  const rooms = new Map<string, Set<(news: NewsModel) => void>>()
  return {
    listeners: () => [...rooms.keys()],
    hears: (profile_id) => rooms.has(profile_id),
    tell: (profile_id, news) => { for (const hear of rooms.get(profile_id) ?? []) hear(news) },
    listen(profile_id, hear) {
      const room = rooms.get(profile_id) ?? new Set()
      rooms.set(profile_id, room.add(hear))
      return () => {
        room.delete(hear)
        if (room.size === 0 && rooms.get(profile_id) === room) rooms.delete(profile_id)
      }
    },
  }
}
