/** What the social views' query functions answer from their real stores. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, expect, test } from 'vitest'
import { created, updated } from '../runtime/testing.ts'
import type { Change } from '../runtime/view.ts'
import { openSinks } from '../sinks/index.ts'
import { reading } from '../sinks/reading.ts'
import catalogue, { shortestPath } from './content/catalogue.ts'
import relationshipsView, { followersPage, followingPage, outgoingOf, relation, relationsFrom, relationsTo, requestsPage } from './user/relationships.ts'
import countsView, { entryCounts, profileCounts, reviewCounts, subjectCounts } from './user/social-counts.ts'
import graphView, { becauseYouFollow, findMembers, mutualFollows, popularWithFriends, similarProfiles, whoToFollow } from './user/social-graph.ts'
import profilesView, { card, cardByHandle, cards } from './user/social-profiles.ts'

const sinks = openSinks(endpointsFrom(process.env))
afterAll(() => sinks.close())

const related = (profile_id: string, other_id: string, follow: string, followed_at: number | null = null, over: { blocked?: number; muted?: number } = {}) =>
  ({ profile_id, other_id, follow, blocked: 0, muted: 0, followed_at, version: 1, ...over })
const carded = (profile_id: string, handle: string | null, name: string, is_private = 0) =>
  ({ profile_id, account_id: 'a', handle, name, bio_id: null, is_private, version: 1, created_at: 1, updated_at: 1 })
const relations = (...rows: readonly ReturnType<typeof related>[]): readonly Change[] => rows.map((row) => created('cdc.user.relations', row))

test('relations are read from both sides, and each list page by page, newest first', async () => {
  const rows = [
    related('me', 'p1', 'following', 5), related('me', 'p2', 'following', 9), related('me', 'p3', 'following', 5), related('me', 'p4', 'none', null, { blocked: 1 }),
    related('p1', 'me', 'requested', 7), related('p2', 'me', 'following', 3),
  ]
  const reader = await reading(sinks, relationshipsView, relations(...rows))
  expect([await relation(reader, 'me', 'p4'), await relation(reader, 'p4', 'me')]).toEqual([rows[3], undefined])
  expect(new Set(await relationsTo(reader, 'me', ['p4', 'none', 'p1']))).toEqual(new Set([rows[3], rows[0]]))
  expect(new Set(await relationsFrom(reader, ['p2', 'none', 'p1'], 'me'))).toEqual(new Set([rows[5], rows[4]]))
  expect((await outgoingOf(reader, 'me', 3)).map(({ other_id }) => other_id)).toEqual(['p1', 'p2', 'p3'])
  const first = await followingPage(reader, { profile_id: 'me', limit: 2 })
  expect(first.map(({ other_id }) => other_id)).toEqual(['p2', 'p3'])
  expect(await followingPage(reader, { profile_id: 'me', limit: 2, after: { followed_at: 5, id: 'p3' } }))
    .toEqual([{ profile_id: 'me', other_id: 'p1', followed_at: 5, version: 1 }])
  expect((await followersPage(reader, { profile_id: 'me', limit: 9 })).map(({ profile_id }) => profile_id)).toEqual(['p2'])
  expect((await requestsPage(reader, { profile_id: 'me', limit: 9 })).map(({ profile_id }) => profile_id)).toEqual(['p1'])
})

test('a card is found by id and by the handle that it has now', async () => {
  const [ada, ben] = [carded('p1', 'ada', 'Ada'), carded('p2', 'ada', 'Ben')]
  const moved = { ...ada, handle: 'countess', version: 2 }
  const reader = await reading(sinks, profilesView, [
    created('cdc.user.social_profiles', ada), updated('cdc.user.social_profiles', ada, moved), created('cdc.user.social_profiles', ben),
  ])
  expect([await card(reader, 'p1'), await card(reader, 'none')]).toEqual([moved, undefined])
  expect(await cards(reader, ['p2', 'none', 'p1'])).toEqual([ben, moved])
  expect([await cardByHandle(reader, 'ada'), await cardByHandle(reader, 'countess'), await cardByHandle(reader, 'nobody')]).toEqual([ben, moved, undefined])
})

test('what is shown as a number is counted, and 0 where nothing is', async () => {
  const followed = related('p1', 'p2', 'following')
  const reader = await reading(sinks, countsView, [
    ...relations(followed), created('user.relations-by-other', followed),
    created('cdc.user.likes', { subject_id: 'r1', profile_id: 'p1', version: 1 }), created('cdc.user.likes', { subject_id: 'r1', profile_id: 'p2', version: 1 }),
    created('cdc.user.comments', { subject_id: 'r1', comment_id: 'c1', state: 'published', version: 1 }),
    created('cdc.user.reviews', { title_id: 't1', review_id: 'r1', state: 'published', version: 1 }),
    created('cdc.user.list_entries', { list_id: 'l1', title_id: 't1', version: 1 }),
  ])
  expect([...await profileCounts(reader, ['p1', 'p2', 'p3'])]).toEqual([
    ['p1', { followers: 0, following: 1 }], ['p2', { followers: 1, following: 0 }], ['p3', { followers: 0, following: 0 }],
  ])
  expect([...await subjectCounts(reader, ['r1', 'c1'])]).toEqual([['r1', { likes: 2, comments: 1 }], ['c1', { likes: 0, comments: 0 }]])
  expect([...await reviewCounts(reader, ['t1']), ...await entryCounts(reader, ['l1', 'l2'])]).toEqual([['t1', 1], ['l1', 1], ['l2', 0]])
})

const follows = (profile_id: string, ...others: readonly string[]) => others.map((other_id) => related(profile_id, other_id, 'following', 1))
const liked = (title_id: string, ...profiles: readonly string[]): readonly Change[] =>
  profiles.map((profile_id) => created('cdc.user.ratings', { profile_id, title_id, half_stars: 9 }))
/** `me` knows `v1` and `v2`; of whom those know, `c1` and `c2` are to be suggested, the others not: blocked by, muted, asked, without a card. */
const society: readonly Change[] = [
  ...relations(
    ...follows('me', 'v1', 'v2'), ...follows('v1', 'c1', 'c2', 'muted', 'asked', 'nobody', 'me', 'v2'), ...follows('v2', 'c1', 'blocker'),
    related('blocker', 'me', 'none', null, { blocked: 1 }), related('me', 'muted', 'none', null, { muted: 1 }), related('me', 'asked', 'requested', 1),
  ),
  ...[
    carded('me', 'me', 'Me'), carded('v1', 'vera', 'Vera'), carded('v2', 'viktor', 'Viktor'), carded('c1', 'chloe', 'Chloé Moreau'), carded('c2', 'ben.w', 'Ben'),
    carded('blocker', 'bella', 'Bella'), carded('muted', 'mute', 'Mute'), carded('asked', 'ask', 'Ask'), carded('s', 'sam', 'Sam'), carded('private', 'hidden_h', 'Hal', 1),
  ].map((row) => created('cdc.user.social_profiles', row)),
  ...liked('t1', 'me', 's', 'private', 'c2', 'v1', 'blocker'), ...liked('t2', 'me', 's'),
]

test('whom to follow: first whom those follow whom one follows, then who likes the same; never who was blocked, muted, asked or is followed', async () => {
  const reader = await reading(sinks, graphView, society)
  const found = await whoToFollow(reader, 'me', { limit: 9 })
  expect(found.map(({ profile_id, mutual, reason }) => `${profile_id} ${mutual} ${reason}`)).toEqual(['c1 2 followed', 'c2 1 followed', 's 0 taste'])
  expect(found[0]?.score).toBeCloseTo(1 / Math.log(1 + 8) + 1 / Math.log(1 + 4), 9)
  expect((await whoToFollow(reader, 'me', { limit: 1 })).map(({ profile_id }) => profile_id)).toEqual(['c1'])
  expect(await whoToFollow(reader, 'nobody at all', { limit: 5 })).toEqual([])
})

test('profiles of like taste come nearest first, without private ones and those apart', async () => {
  const reader = await reading(sinks, graphView, society)
  const found = await similarProfiles(reader, 'me', { limit: 9 })
  expect(found.map(({ profile_id, shared }) => `${profile_id} ${shared}`)).toEqual(['s 2', 'c2 1', 'v1 1'])
  expect(found[0]?.score).toBeCloseTo((1 / Math.log(7) + 1 / Math.log(3)) / 2 * 2 / 5, 9)
})

/** `me` follows four, of whom one is muted and one has blocked; `a` and `b` know titles that `me` has rated or not. */
const circle: readonly Change[] = [
  ...relations(
    ...follows('me', 'a', 'b', 'blocker'), related('me', 'muted', 'following', 1, { muted: 1 }), related('blocker', 'me', 'none', null, { blocked: 1 }), ...follows('c', 'me'),
  ),
  ...[carded('me', 'me', 'Me'), carded('a', 'ada', 'Ada', 1), carded('b', 'ben', 'Ben'), carded('c', 'cleo', 'Cleo'), carded('muted', 'mute', 'Mute'), carded('blocker', 'bella', 'Bella')]
    .map((row) => created('cdc.user.social_profiles', row)),
  ...liked('both', 'a', 'b', 'muted'), ...liked('ours', 'me', 'a'), ...liked('hers', 'a', 'c'), ...liked('muted', 'muted', 'blocker'), ...liked('lower', 'a', 'b'),
  created('cdc.user.ratings', { profile_id: 'me', title_id: 'lower', half_stars: 2 }), created('cdc.user.ratings', { profile_id: 'a', title_id: 'best', half_stars: 10 }),
  created('cdc.user.ratings', { profile_id: 'b', title_id: 'disliked', half_stars: 3 }),
  created('cdc.user.reviews', { profile_id: 'b', title_id: 'hers', review_id: 'r1', state: 'published' }),
  created('cdc.user.reviews', { profile_id: 'b', title_id: 'unseen', review_id: 'r2', state: 'hidden' }),
  ...['v1', 'v2'].map((viewing_id) => created('cdc.user.viewings', { profile_id: 'b', title_id: 'twice', viewing_id })),
]

test('popular is what most of those whom one follows have liked, reviewed or watched, each counted once; not what one has rated, nor what is liked by the muted', async () => {
  const reader = await reading(sinks, graphView, circle)
  const found = await popularWithFriends(reader, 'me', { limit: 9 })
  expect(found.map(({ title_id, friends, profile_ids }) => `${title_id} ${friends} ${profile_ids.join()}`)).toEqual(['both 2 a,b', 'hers 2 a,b', 'best 1 a', 'twice 1 b'])
  expect((await popularWithFriends(reader, 'me', { limit: 1 })).map(({ title_id }) => title_id)).toEqual(['both'])
  expect([await popularWithFriends(reader, 'a', { limit: 9 }), await popularWithFriends(reader, 'nobody', { limit: 9 })]).toEqual([[], []])
})

test('because of those whom one follows: the nearest first, each with what they rate highest and one has not rated', async () => {
  const reader = await reading(sinks, graphView, circle)
  const found = async (id: string, members = 5, titles = 5) =>
    (await becauseYouFollow(reader, id, { members, titles })).map(({ profile_id, title_ids }) => `${profile_id}: ${title_ids.join(' ')}`)
  expect(await found('me')).toEqual(['a: best both hers', 'b: both'])
  expect(await found('me', 1, 2)).toEqual(['a: best both'])
  // `c` follows `me` alone, and has no taste in common with them
  expect([await found('c'), await found('a')]).toEqual([['me: ours'], []])
})

test('those between two are whom the one follows and who follow the other', async () => {
  const reader = await reading(sinks, graphView, society)
  const between = async (a: string, b: string, limit = 9) => (await mutualFollows(reader, a, b, { limit })).map(({ profile_id }) => profile_id)
  expect([await between('me', 'c1'), await between('me', 'c1', 1), await between('me', 'c2')]).toEqual([['v1', 'v2'], ['v1'], ['v1']])
  expect([await between('me', 'blocker'), await between('c1', 'me')]).toEqual([[], []])
})

test('members are found by handle and name, begun, misspelt and without accents; not by whom they have blocked', async () => {
  const reader = await reading(sinks, graphView, society)
  const found = async (q: string, viewer_id?: string) =>
    (await findMembers(reader, q, { offset: 0, limit: 9, ...(viewer_id === undefined ? {} : { viewer_id }) })).map(({ profile_id }) => profile_id).join(' ')
  const answers = { chloe: 'c1', Chloé: 'c1', chl: 'c1', moraeu: 'c1', 'chloe moreau': 'c1', 'ben.w': 'c2', benw: 'c2', hidden_h: 'private', nobody: '', '(': '' }
  for (const [q, ids] of Object.entries(answers)) expect(await found(q), q).toBe(ids)
  expect([await found('bella'), await found('bella', 's'), await found('bella', 'me')]).toEqual(['blocker', 'blocker', ''])
  expect(await findMembers(reader, 'vera', { offset: 0, limit: 1 })).toEqual([{ profile_id: 'v1', handle: 'vera', name: 'Vera' }])
  expect(await findMembers(reader, 'vera', { offset: 1, limit: 1 })).toEqual([])
})

test('two people are joined by a shortest way over titles and people that are there', async () => {
  const credit = (person_id: string, title_id: string) => created('cdc.content.credits', { credit_id: `${person_id}-${title_id}`, person_id, title_id })
  const reader = await reading(sinks, catalogue, [
    ...['p1', 'p2', 'p3', 'p4'].map((person_id) => created('cdc.content.people', { person_id, name: `Person ${person_id}` })),
    ...['t1', 't2', 't3'].map((title_id) => created('cdc.content.titles',
      { title_id, kind: 'movie', name: `Title ${title_id}`, original_name: null, release_year: null, version: 1, created_at: 1 })),
    credit('p1', 't1'), credit('p2', 't1'), credit('p2', 't2'), credit('p3', 't2'), credit('p4', 't3'), credit('p3', 'gone'), credit('p4', 'gone'),
  ])
  const person = (person_id: string) => ({ kind: 'person', person_id, name: `Person ${person_id}` })
  const title = (title_id: string) => ({ kind: 'title', title_id, name: `Title ${title_id}` })
  expect(await shortestPath(reader, 'p1', 'p3')).toEqual([person('p1'), title('t1'), person('p2'), title('t2'), person('p3')])
  expect(await shortestPath(reader, 'p1', 'p1')).toEqual([person('p1')])
  expect([await shortestPath(reader, 'p1', 'p4'), await shortestPath(reader, 'p1', 'none'), await shortestPath(reader, 'none', 'none')]).toEqual([undefined, undefined, undefined])
})
