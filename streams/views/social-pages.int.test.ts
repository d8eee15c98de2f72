/** What the query functions of feeds, diaries, reviews and lists answer from their real stores: pages that neither skip nor repeat. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, expect, test } from 'vitest'
import { created, deleted, updated } from '../runtime/testing.ts'
import type { Change } from '../runtime/view.ts'
import { openSinks } from '../sinks/index.ts'
import { reading } from '../sinks/reading.ts'
import activityView, { activitiesOf, activityPage, type Activity } from './user/activity.ts'
import engagementView, { engagementByDay } from './user/engagement.ts'
import headView, { feedHead, HEAD_MOST } from './user/feed-head.ts'
import feedView, { type FeedEntry, feedPage } from './user/home-feed.ts'
import listsView, { collaborationsOf, collaboratorsOf, entriesPage, type List, list, type ListEntry, listsByIds, listsOfProfile, listsWithTitle } from './user/lists.ts'
import inboxView, { TOLD_MOST, UNREAD_MOST, unreadOf } from './user/inbox.ts'
import notificationsView, { type Notification, notificationsPage } from './user/notifications.ts'
import reviewsView, { type Comment, comment, commentsByIds, type Review, review, reviewsByIds, reviewsOfProfile, reviewsOfTitle, textsByIds, thread } from './user/reviews.ts'
import viewingsView, { NO_DAY, type Viewing, viewing, viewingsOf, viewingsPage } from './user/viewings.ts'

const sinks = openSinks(endpointsFrom(process.env))
afterAll(() => sinks.close())

/** Every page of two, each after the last of the page before. */
async function pagesOf<T>(pageAfter: (after: T | undefined) => Promise<readonly T[]>): Promise<readonly (readonly T[])[]> {
  const pages: (readonly T[])[] = []
  for (let last: T | undefined; ; last = pages.at(-1)?.at(-1)) {
    const page = await pageAfter(last)
    if (page.length === 0) return pages
    pages.push(page)
  }
}
const after = <T>(last: T | undefined): { readonly after?: T } => (last === undefined ? {} : { after: last })

const done = (activity_id: string, occurred_at: number, profile_id = 'p1', kind = 'rated'): Activity =>
  ({ profile_id, occurred_at, activity_id, kind, title_id: 't1', subject_kind: null, subject_id: null, other_id: null, half_stars: 8, version: 1 })
const recorded = (activity: Activity): Change => created('user.activity', { type: 'ActivityRecorded', ...activity })
const withdrawn = (activity: Activity): Change => created('user.activity', { type: 'ActivityWithdrawn', ...activity })

test('what a profile has done comes page by page, newest first, and of several profiles together', async () => {
  // three at one instant: a page ends among them
  const [a, b, c, d, e] = [done('a', 5), done('b', 5), done('c', 5), done('d', 9), done('e', 7, 'p2')]
  const reader = await reading(sinks, activityView, [...[a, b, c, d, e].map(recorded), recorded(done('gone', 6)), withdrawn(done('gone', 6))])
  expect(await pagesOf<Activity>((last) => activityPage(reader, { profile_id: 'p1', limit: 2, ...after(last) }))).toEqual([[d, c], [b, a]])
  expect(await pagesOf<Activity>((last) => activitiesOf(reader, ['p1', 'nobody', 'p2'], { limit: 2, ...after(last) }))).toEqual([[d, e], [c, b], [a]])
})

test('a feed comes page by page, newest first, without what was taken out', async () => {
  const entry = (activity_id: string, occurred_at: number, follower_id = 'f1') => ({ follower_id, ...done(activity_id, occurred_at) })
  const [a, b, c] = [entry('a', 5), entry('b', 5), entry('c', 9)]
  const told = (row: ReturnType<typeof entry>): Change => created('user.feed-entries', row)
  const reader = await reading(sinks, feedView, [
    ...[a, b, c, entry('d', 6), entry('a', 7, 'f2')].map(told), deleted('user.feed-entries', entry('d', 6)), updated('user.feed-entries', c, { ...c, half_stars: 2 }),
  ])
  expect(await pagesOf<FeedEntry>((last) => feedPage(reader, { follower_id: 'f1', limit: 2, ...after(last) }))).toEqual([[{ ...c, half_stars: 2 }, b], [a]])
})

const notification = (notification_id: string, occurred_at: number, profile_id = 'p1') =>
  ({ profile_id, occurred_at, notification_id, kind: 'followed', actor_id: 'p9', subject_kind: null, subject_id: null, version: 1 })
const sent = (row: ReturnType<typeof notification>): Change => created('user.notifications', { type: 'NotificationSent', ...row })

test('the head of a feed is what its first page is, as far as it reaches', async () => {
  const entry = (n: number) => ({ follower_id: 'f1', ...done(`a${n}`, n) })
  const told = Array.from({ length: HEAD_MOST + 9 }, (_, n) => created('user.feed-entries', entry(n)))
  const changes = [...told, deleted('user.feed-entries', entry(HEAD_MOST)), updated('user.feed-entries', entry(20), { ...entry(20), half_stars: 2 })]
  const [head, feed] = [await reading(sinks, headView, changes), await reading(sinks, feedView, changes)]
  for (const limit of [1, HEAD_MOST - 1, 100]) {
    const answer = await feedHead(head, { follower_id: 'f1', limit })
    expect(answer).toEqual({ entries: await feedPage(feed, { follower_id: 'f1', limit: Math.min(limit, HEAD_MOST - 1) }), ended: false })
  }
  expect(await feedHead(head, { follower_id: 'nobody', limit: 9 })).toEqual({ entries: [], ended: true })
})

test('notifications come page by page, newest first, and those after the mark are unread', async () => {
  const [a, b, c] = [notification('a', 5), notification('b', 5), notification('c', 9)]
  const changes = [
    ...[a, b, c, notification('d', 7), notification('a', 3, 'p2')].map(sent), created('user.notifications', { type: 'NotificationWithdrawn', ...notification('d', 7) }),
    created('cdc.user.notification_marks', { profile_id: 'p1', read_at: 5, version: 1 }),
  ]
  const [reader, inbox] = [await reading(sinks, notificationsView, changes), await reading(sinks, inboxView, changes)]
  expect(await pagesOf<Notification>((last) => notificationsPage(reader, { profile_id: 'p1', limit: 2, ...after(last) }))).toEqual([[c, b], [a]])
  expect([await unreadOf(inbox, 'p1'), await unreadOf(inbox, 'p2'), await unreadOf(inbox, 'nobody')])
    .toEqual([{ count: 1, read_at: 5, exact: true }, { count: 1, read_at: null, exact: true }, { count: 0, read_at: null, exact: true }])
})

test('what is unread is counted no further than it is told', async () => {
  const inbox = await reading(sinks, inboxView, Array.from({ length: TOLD_MOST + 5 }, (_, n) => sent(notification(`n${n}`, n + 1))))
  expect(await unreadOf(inbox, 'p1')).toEqual({ count: UNREAD_MOST, read_at: null, exact: true })
})

test('a diary comes page by page, newest day first, and those without a day at the end', async () => {
  const seen = (viewing_id: string, watched_on: number | null, title_id = 't1', tags_sealed: Uint8Array | null = null) =>
    ({ viewing_id, profile_id: 'p1', title_id, watched_on, half_stars: null, liked: 0, rewatch: 1, tags_sealed, version: 1, created_at: 1, updated_at: 1 })
  const rows = [seen('a', -9_000), seen('b', null), seen('c', 9, 't2'), seen('d', 9), seen('e', null)]
  const tagged = seen('f', 20_000, 't3', new Uint8Array([0, 255, 16]))
  const topic = 'cdc.user.viewings'
  const reader = await reading(sinks, viewingsView, [
    ...[...rows, tagged, seen('g', 4)].map((row) => created(topic, row)), updated(topic, seen('g', 4), seen('g', 5)), deleted(topic, seen('g', 5)),
  ])
  const pages = await pagesOf<Viewing>((last) => viewingsPage(reader, {
    profile_id: 'p1', limit: 2, ...(last === undefined ? {} : { after: { day: last.watched_on ?? NO_DAY, viewing_id: last.viewing_id } }),
  }))
  expect(pages.map((page) => page.map(({ viewing_id }) => viewing_id).join(' '))).toEqual(['f d', 'c a', 'e b'])
  expect([await viewing(reader, 'f'), await viewing(reader, 'g')]).toEqual([{ ...tagged, tags_sealed: 'AP8Q' }, undefined])
  expect(await viewingsOf(reader, 'p1', 't1')).toEqual([rows[0], rows[1], rows[3], rows[4]])
})

test('reviews come newest first by title and author, comments oldest first, and texts by their ids', async () => {
  const written = (review_id: string, created_at: number, title_id = 't1', profile_id = 'p1') => ({
    review_id, title_id, profile_id, viewing_id: null, text_id: `x${review_id}`, half_stars: null, spoiler: 1, language: 'en', state: 'published', edits: 0, version: 1, created_at, updated_at: 1,
  })
  const said = (comment_id: string, created_at: number, subject_id = 'r1') =>
    ({ comment_id, subject_id, subject_kind: 'review', parent_id: null, profile_id: 'p2', text_id: `x${comment_id}`, state: 'published', version: 1, created_at, updated_at: 1 })
  const [a, b, c, other] = [written('a', 5), written('b', 5), written('c', 9), written('d', 7, 't1', 'p2')]
  const [first, second, third] = [said('k', 1), said('l', 1), said('j', 3)]
  const text = { text_id: 'xa', account_id: 'a1', body_sealed: new Uint8Array([0, 255, 16]), version: 1 }
  const reader = await reading(sinks, reviewsView, [
    ...[a, b, c, other, written('e', 3, 't2')].map((row) => created('cdc.user.reviews', row)), deleted('cdc.user.reviews', written('e', 3, 't2')),
    ...[third, second, first, said('m', 2, 'r2')].map((row) => created('cdc.user.comments', row)), created('cdc.user.texts', text),
  ])
  expect([await review(reader, 'a'), await review(reader, 'e'), await reviewsByIds(reader, ['d', 'e', 'b'])]).toEqual([a, undefined, [other, b]])
  expect(await pagesOf<Review>((last) => reviewsOfTitle(reader, { title_id: 't1', limit: 2, ...after(last) }))).toEqual([[c, other], [b, a]])
  expect(await pagesOf<Review>((last) => reviewsOfProfile(reader, { profile_id: 'p1', limit: 2, ...after(last) }))).toEqual([[c, b], [a]])
  expect([await comment(reader, 'k'), await comment(reader, 'none'), await commentsByIds(reader, ['j', 'none', 'k'])]).toEqual([first, undefined, [third, first]])
  expect(await pagesOf<Comment>((last) => thread(reader, { subject_id: 'r1', limit: 2, ...after(last) }))).toEqual([[first, second], [third]])
  expect(await textsByIds(reader, ['none', 'xa'])).toEqual([{ ...text, body_sealed: 'AP8Q' }])
})

test('lists come newest first, and what is in one by place, compared as text', async () => {
  const kept = (list_id: string, created_at: number) => ({
    list_id, profile_id: 'p1', kind: 'custom', name: 'Heists', description_id: null, visibility: 'public', ranked: 0, cloned_from: null, version: 1, created_at, updated_at: 1,
  })
  const entry = (title_id: string, place: string, list_id = 'a') => ({ list_id, title_id, place, note_id: null, added_by: 'p1', version: 1, added_at: 1 })
  const keeper = (list_id: string, profile_id: string) => ({ list_id, profile_id, version: 1, added_at: 1 })
  const [a, b, c] = [kept('a', 5), kept('b', 5), kept('c', 9)]
  const [first, second, third, elsewhere] = [entry('t3', 'Z'), entry('t1', 'aZ'), entry('t2', 'aZ'), entry('t1', 'a', 'b')]
  const topic = 'cdc.user.list_entries'
  const reader = await reading(sinks, listsView, [
    ...[a, b, c].map((row) => created('cdc.user.lists', row)), ...[third, second, entry('t3', 'b'), elsewhere].map((row) => created(topic, row)), updated(topic, entry('t3', 'b'), first),
    ...[keeper('a', 'p2'), keeper('a', 'p3'), keeper('b', 'p2')].map((row) => created('cdc.user.list_collaborators', row)),
  ])
  expect([await list(reader, 'a'), await list(reader, 'none'), await listsByIds(reader, ['c', 'none', 'a'])]).toEqual([a, undefined, [c, a]])
  expect(await pagesOf<List>((last) => listsOfProfile(reader, { profile_id: 'p1', limit: 2, ...after(last) }))).toEqual([[c, b], [a]])
  expect(await pagesOf<ListEntry>((last) => entriesPage(reader, { list_id: 'a', limit: 2, ...after(last) }))).toEqual([[first, second], [third]])
  expect([await listsWithTitle(reader, 't1', 9), await listsWithTitle(reader, 't1', 1)]).toEqual([[second, elsewhere], [second]])
  expect([await collaboratorsOf(reader, 'a'), await collaborationsOf(reader, 'p2')]).toEqual([[keeper('a', 'p2'), keeper('a', 'p3')], [keeper('a', 'p2'), keeper('b', 'p2')]])
})

test('engagement is counted by day and kind, without what was withdrawn', async () => {
  const [day, next] = [20_000 * 86_400_000, 20_001 * 86_400_000]
  const acts = [done('a', day), done('b', next - 1), done('a', day, 'p2'), done('c', day, 'p1', 'liked'), done('d', next), done('e', next + 86_400_000), done('f', day - 1), done('g', day)]
  const reader = await reading(sinks, engagementView, [...acts.map(recorded), recorded(done('a', day)), withdrawn(done('g', day))])
  expect(await engagementByDay(reader, { from: day, to: next + 86_400_000 })).toEqual([
    { day: '2024-10-04', kind: 'liked', activities: 1, profiles: 1 }, { day: '2024-10-04', kind: 'rated', activities: 3, profiles: 2 },
    { day: '2024-10-05', kind: 'rated', activities: 1, profiles: 1 },
  ])
})
