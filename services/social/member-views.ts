/** What is asked of views about members: their cards, how they stand to one another, what they are told. */
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import notificationsView, { notificationsPage } from '@cdlc/streams/views/user/notifications.ts'
import relationships, { followersPage, followingPage, relation, relationsFrom, relationsTo, requestsPage, type Follow, type FollowPage, type Relation } from '@cdlc/streams/views/user/relationships.ts'
import countsView, { profileCounts } from '@cdlc/streams/views/user/social-counts.ts'
import profilesView, { card, cardByHandle, cards, type Card } from '@cdlc/streams/views/user/social-profiles.ts'
import { type Unread, unreadAsker, unreadViewsAsked } from '../shared/unread.ts'
import { asker } from '../shared/views.ts'

export type { Card, Follow, FollowPage, Relation }
export type Notification = Awaited<ReturnType<typeof notificationsPage>>[number]
export type NotificationPage = Parameters<typeof notificationsPage>[1]
export interface ProfileCounts { readonly followers: number; readonly following: number }

/** Questions; each may throw Unavailable. Lists of ids hold 200 at most. */
export interface MemberViews {
  card(profile_id: string): Promise<Card | undefined>
  cards(profile_ids: readonly string[]): Promise<readonly Card[]>
  cardByHandle(handle: string): Promise<Card | undefined>
  relation(profile_id: string, other_id: string): Promise<Relation | undefined>
  /** How a profile stands to others, and others to it, where they do. */
  relationsTo(profile_id: string, other_ids: readonly string[]): Promise<readonly Relation[]>
  relationsFrom(profile_ids: readonly string[], other_id: string): Promise<readonly Relation[]>
  following(page: FollowPage): Promise<readonly Follow[]>
  followers(page: FollowPage): Promise<readonly Follow[]>
  requests(page: FollowPage): Promise<readonly Follow[]>
  counts(profile_ids: readonly string[]): Promise<ReadonlyMap<string, ProfileCounts>>
  notifications(page: NotificationPage): Promise<readonly Notification[]>
  unread(profile_id: string): Promise<Unread>
}

/** The views that are asked here. */
export const memberViewsAsked: readonly View[] = [...unreadViewsAsked, relationships, countsView, profilesView]

/** Opens no store yet. */
export function memberViews(sinks: Sinks): MemberViews {
  const [profiles, relations, counts, notices] = [asker(sinks, profilesView), asker(sinks, relationships), asker(sinks, countsView), asker(sinks, notificationsView)]
  return {
    card: (profile_id) => profiles((reader) => card(reader, profile_id)),
    cards: async (ids) => (ids.length === 0 ? [] : profiles((reader) => cards(reader, ids))),
    cardByHandle: (handle) => profiles((reader) => cardByHandle(reader, handle)),
    relation: (profile_id, other_id) => relations((reader) => relation(reader, profile_id, other_id)),
    relationsTo: async (profile_id, ids) => (ids.length === 0 ? [] : relations((reader) => relationsTo(reader, profile_id, ids))),
    relationsFrom: async (ids, other_id) => (ids.length === 0 ? [] : relations((reader) => relationsFrom(reader, ids, other_id))),
    following: (page) => relations((reader) => followingPage(reader, page)),
    followers: (page) => relations((reader) => followersPage(reader, page)),
    requests: (page) => relations((reader) => requestsPage(reader, page)),
    counts: async (ids) => (ids.length === 0 ? new Map() : counts((reader) => profileCounts(reader, ids))),
    notifications: (page) => notices((reader) => notificationsPage(reader, page)),
    unread: unreadAsker(sinks),
  }
}
