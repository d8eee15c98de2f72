/** The graph's questions, put to the real views. */
import type { NotificationModel } from '@cdlc/schemas/graphql/models.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import catalogue, { searchPeople, searchTitles } from '@cdlc/streams/views/content/catalogue.ts'
import personFilmography, { person } from '@cdlc/streams/views/content/person-filmography.ts'
import title, { titleCards } from '@cdlc/streams/views/content/title.ts'
import listSearch, { findLists } from '@cdlc/streams/views/user/list-search.ts'
import lists, { collaboratorsOf, entriesPage, listsByIds, listsOfProfile } from '@cdlc/streams/views/user/lists.ts'
import notifications, { notificationsPage } from '@cdlc/streams/views/user/notifications.ts'
import profileDiary, { diaryEntries } from '@cdlc/streams/views/user/profile-diary.ts'
import relationships, { followersPage, followingPage, relationsFrom, relationsTo } from '@cdlc/streams/views/user/relationships.ts'
import reviews, { commentsByIds, reviewsByIds, reviewsOfProfile, reviewsOfTitle, thread } from '@cdlc/streams/views/user/reviews.ts'
import socialCounts, { profileCounts, subjectCounts } from '@cdlc/streams/views/user/social-counts.ts'
import socialGraph, { findMembers } from '@cdlc/streams/views/user/social-graph.ts'
import socialProfiles, { cardByHandle, cards } from '@cdlc/streams/views/user/social-profiles.ts'
import titleStats, { titleStats as statsOf } from '@cdlc/streams/views/user/title-stats.ts'
import viewings, { viewing, viewingsPage } from '@cdlc/streams/views/user/viewings.ts'
import { unreadAsker, unreadViewsAsked } from '../shared/unread.ts'
import { asker } from '../shared/views.ts'
import type { Asked, GraphViews, Since } from './ports.ts'

/** The views that are asked. */
export const viewsAsked: readonly View[] = [
  ...unreadViewsAsked, catalogue, lists, listSearch, personFilmography, profileDiary, relationships, reviews, socialCounts, socialGraph, socialProfiles, title, titleStats, viewings,
]

/** A page as views want it, whose last item they call by their columns. */
const since = <A>({ limit, after }: Asked<Since>, name: (after: Since) => A): { readonly limit: number; readonly after?: A } => ({ limit, ...(after === undefined ? {} : { after: name(after) }) })
const named = <T extends { readonly handle: string | null }>(card: T): card is T & { readonly handle: string } => card.handle !== null
const notificationKinds: Readonly<Record<NotificationModel['kind'], true>> = {
  unknown: true, followed: true, follow_requested: true, follow_accepted: true, review_liked: true, list_liked: true, comment_liked: true, commented: true, answered: true,
  collaborator_added: true, moderated: true,
}
/** A kind that is newer than this program is unknown to it. */
const kindOf = (kind: string): NotificationModel['kind'] => (kind in notificationKinds ? (kind as NotificationModel['kind']) : 'unknown')
const idsOf = <K extends string>(key: K) => (rows: readonly Readonly<Record<K, string>>[]): readonly string[] => rows.map((row) => row[key])
const all = async <T>(ids: readonly string[], one: (id: string) => Promise<T | undefined>): Promise<ReadonlyMap<string, T>> =>
  new Map((await Promise.all(ids.map(async (id) => [id, await one(id)] as const))).flatMap(([id, found]) => (found === undefined ? [] : [[id, found] as const])))

/** Opens no store yet. */
export function graphViews(sinks: Sinks): GraphViews {
  const people = asker(sinks, socialProfiles)
  const related = asker(sinks, relationships)
  const counts = asker(sinks, socialCounts)
  const titles = asker(sinks, title)
  const stats = asker(sinks, titleStats)
  const rated = asker(sinks, profileDiary)
  const screen = asker(sinks, personFilmography)
  const written = asker(sinks, reviews)
  const kept = asker(sinks, lists)
  const seen = asker(sinks, viewings)
  const told = asker(sinks, notifications)
  const offered = asker(sinks, catalogue)
  const known = asker(sinks, socialGraph)
  const titled = asker(sinks, listSearch)
  return {
    members: (ids) => people(async (reader) => (await cards(reader, ids)).filter(named)),
    memberByHandle: (handle) => people(async (reader) => {
      const card = await cardByHandle(reader, handle)
      return card !== undefined && named(card) ? card : undefined
    }),
    relationsTo: (profile_id, ids) => related((reader) => relationsTo(reader, profile_id, ids)),
    relationsFrom: (ids, other_id) => related((reader) => relationsFrom(reader, ids, other_id)),
    followers: (profile_id, page) => related((reader) => followersPage(reader, { profile_id, ...since(page, ({ at, id }) => ({ followed_at: at, id })) })),
    following: (profile_id, page) => related((reader) => followingPage(reader, { profile_id, ...since(page, ({ at, id }) => ({ followed_at: at, id })) })),
    profileCounts: (ids) => counts((reader) => profileCounts(reader, ids)),
    subjectCounts: (ids) => counts((reader) => subjectCounts(reader, ids)),
    titles: (ids) => titles(async (reader) => (await titleCards(reader, ids)).filter((card) => card !== undefined)),
    titleStats: (ids) => stats((reader) => all(ids, (id) => statsOf(reader, id))),
    ratings: (profile_id, ids) => rated(async (reader) => new Map((await diaryEntries(reader, profile_id, ids)).map(({ title_id, half_stars }) => [title_id, half_stars]))),
    person: (id) => screen((reader) => person(reader, id)),
    reviews: (ids) => written((reader) => reviewsByIds(reader, ids)),
    reviewsOfTitle: (title_id, page) => written((reader) => reviewsOfTitle(reader, { title_id, ...since(page, ({ at, id }) => ({ created_at: at, review_id: id })) })),
    reviewsOfMember: (profile_id, page) => written((reader) => reviewsOfProfile(reader, { profile_id, ...since(page, ({ at, id }) => ({ created_at: at, review_id: id })) })),
    comments: (ids) => written((reader) => commentsByIds(reader, ids)),
    thread: (subject_id, page) => written((reader) => thread(reader, { subject_id, ...since(page, ({ at, id }) => ({ created_at: at, comment_id: id })) })),
    lists: (ids) => kept((reader) => listsByIds(reader, ids)),
    listsOfMember: (profile_id, page) => kept((reader) => listsOfProfile(reader, { profile_id, ...since(page, ({ at, id }) => ({ created_at: at, list_id: id })) })),
    entries: (list_id, page) => kept((reader) => entriesPage(reader, { list_id, ...page })),
    collaborators: (list_id) => kept(async (reader) => (await collaboratorsOf(reader, list_id)).map(({ profile_id }) => profile_id)),
    viewing: (id) => seen((reader) => viewing(reader, id)),
    viewings: (profile_id, page) => seen((reader) => viewingsPage(reader, { profile_id, ...since(page, ({ at, id }) => ({ day: at, viewing_id: id })) })),
    searchTitles: (q, limit) => offered((reader) => searchTitles(reader, { q, limit, offset: 0 })).then(idsOf('title_id')),
    searchPeople: (q, limit) => offered((reader) => searchPeople(reader, { q, limit, offset: 0 })).then(idsOf('person_id')),
    searchMembers: (q, limit, viewer_id) => known((reader) => findMembers(reader, q, { limit, offset: 0, ...(viewer_id === undefined ? {} : { viewer_id }) })).then(idsOf('profile_id')),
    searchLists: (q, limit) => titled((reader) => findLists(reader, q, { limit, offset: 0 })).then(idsOf('list_id')),
    notifications: (profile_id, page) => told(async (reader) => {
      const found = await notificationsPage(reader, { profile_id, ...since(page, ({ at, id }) => ({ occurred_at: at, notification_id: id })) })
      return found.map((row) => ({ ...row, kind: kindOf(row.kind) }))
    }),
    unread: unreadAsker(sinks),
  }
}
