/** Feeds over the real stores: views are filled as their workers do, each under a name of its own, and read through the routes. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import { created, deleted, updated } from '@cdlc/streams/runtime/testing.ts'
import type { Change, View } from '@cdlc/streams/runtime/view.ts'
import { openSinks, type Sinks } from '@cdlc/streams/sinks/index.ts'
import { reading } from '@cdlc/streams/sinks/reading.ts'
import { FAN_OUT_LIMIT } from '@cdlc/streams/processors/user/feed-fan-out.ts'
import titleView from '@cdlc/streams/views/content/title.ts'
import activityView from '@cdlc/streams/views/user/activity.ts'
import feedHead from '@cdlc/streams/views/user/feed-head.ts'
import homeFeed from '@cdlc/streams/views/user/home-feed.ts'
import relationships from '@cdlc/streams/views/user/relationships.ts'
import socialCounts from '@cdlc/streams/views/user/social-counts.ts'
import socialProfiles from '@cdlc/streams/views/user/social-profiles.ts'
import type { FastifyInstance } from 'fastify'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { send } from '../real.ts'
import { createClock } from '../shared/clock.ts'
import { createService } from '../shared/http.ts'
import type { Activity } from './ports.ts'
import { feed } from './routes.ts'
import { activity, memberId, now_ms, people, titleId } from './testing.ts'
import { feedViews } from './views.ts'

const sinks = openSinks(endpointsFrom(process.env))
afterAll(() => sinks.close())

/** Of a change what a view decodes: the columns that it names. */
function decoded({ from }: View, { topic, op, before, after }: Change): Change {
  const columns = from[topic] ?? []
  const part = (row: unknown): unknown => (row === null ? null : Object.fromEntries(Object.entries(row as object).filter(([name]) => columns.includes(name))))
  return { topic, op, before: part(before), after: part(after) } as Change
}
/** The routes over views that have had these changes. */
async function feedAfter(changes: readonly Change[]): Promise<FastifyInstance> {
  const views = [activityView, feedHead, homeFeed, relationships, socialCounts, socialProfiles, titleView]
  const readers = new Map<string, unknown>()
  for (const view of views) readers.set(view.name, await reading(sinks, view as typeof homeFeed, changes.map((change) => decoded(view, change))))
  const filled = { ...sinks, reader: async ({ name }: { readonly name: string }) => readers.get(name) } as unknown as Sinks
  const app = createService({ name: 'feed', description: '', checks: {}, routes: feed({ views: feedViews(filled), clock: createClock(() => now_ms) }), verifier: people })
  onTestFinished(() => app.close())
  return app
}

const cardRow = (number: number, is_private = 0) => ({
  profile_id: memberId(number), account_id: `account-${number}`, handle: `member_${number}`, name: `Member ${number}`, bio_id: null, is_private, version: 1, created_at: 1, updated_at: 1,
})
const relationRow = (from: number, to: number, some: object = {}): CdcRows['cdc.user.relations'] =>
  ({ profile_id: memberId(from), other_id: memberId(to), follow: 'following', blocked: 0, muted: 0, followed_at: 1_000, version: 1, updated_at: 1, ...some })
const titleRow = (number: number, name: string) => ({
  title_id: titleId(number), kind: 'movie', name, original_name: null, release_year: 1995, released_on: null, runtime_minutes: 100, mpaa_rating: null, studio: null, synopsis: null, version: 1,
  updated_at: 6,
})
const recorded = (one: Activity): Change => created('user.activity', { event_id: one.activity_id, type: 'ActivityRecorded', ...one })
const delivered = (one: Activity, to = 1): Change => created('user.feed-entries', { follower_id: memberId(to), ...one })
/** More followers than are delivered to. */
const crowd = (of: number): readonly Change[] =>
  Array.from({ length: FAN_OUT_LIMIT + 1 }, (_, index) => created('user.relations-by-other', relationRow(1_000 + index, of)))

const base: readonly Change[] = [
  ...[1, 2, 3, 4].map((number) => created('cdc.user.social_profiles', cardRow(number))),
  ...[2, 3].map((number) => created('cdc.user.relations', relationRow(1, number))),
  created('cdc.content.titles', titleRow(1, 'Heat')),
]
/** 2's are delivered; 3 has a crowd, and only its last was delivered before it had. */
const ofTwo = Array.from({ length: 130 }, (_, index) => activity(index, 2, index * 1_000))
const ofThree = Array.from({ length: 130 }, (_, index) => activity(index, 3, index * 1_000 + 500))
const busy: readonly Change[] = [...base, ...ofTwo.flatMap((one) => [recorded(one), delivered(one)]), ...ofThree.map(recorded), ...ofThree.slice(-1).map((one) => delivered(one)), ...crowd(3)]

interface ActivityAnswer { readonly activity_id: string; readonly occurred_at: string; readonly title: { readonly name: string | null } | null }
interface FeedAnswer {
  readonly items: readonly { readonly profiles: number; readonly activities: readonly ActivityAnswer[] }[]
  readonly next_cursor: string | null
  readonly head: string | null
}
const read = async (app: FastifyInstance, query: string): Promise<FeedAnswer> =>
  (await send(app, 200, { url: `/v1/feeds/${memberId(1)}?${query}`, headers: { authorization: 'Bearer m1' } })).json<FeedAnswer>()
const idsOf = ({ items }: FeedAnswer): readonly string[] => items.flatMap(({ activities }) => activities)
  .toSorted((a, b) => (a.occurred_at > b.occurred_at ? -1 : 1)).map(({ activity_id }) => activity_id)

async function toTheEnd(app: FastifyInstance, query: string): Promise<readonly string[]> {
  const ids: string[] = []
  for (let page = await read(app, query); ; page = await read(app, `${query}&cursor=${page.next_cursor ?? ''}`)) {
    ids.push(...idsOf(page))
    if (page.next_cursor === null) return ids
  }
}

test('what was delivered and what is read from those with a crowd scroll by as one, once each, in order', async () => {
  const app = await feedAfter(busy)
  const expected = [...ofTwo, ...ofThree].toSorted((a, b) => b.occurred_at - a.occurred_at).map(({ activity_id }) => activity_id)
  expect(await toTheEnd(app, 'limit=37')).toEqual(expected)
  const ranked = await toTheEnd(app, 'limit=37&order=ranked')
  expect(ranked.toSorted()).toEqual(expected.toSorted())
  const { items, head } = await read(app, 'limit=4')
  expect(items.map(({ profiles, activities }) => [profiles, activities[0]?.title?.name])).toEqual([[2, null], [2, 'Heat']])
  expect((await send(app, 200, { url: `/v1/feeds/${memberId(1)}/new?since=${head ?? ''}`, headers: { authorization: 'Bearer m1' } })).json()).toEqual({ count: 0 })
})

test('who is unfollowed, muted or blocked is gone at once, whatever was delivered', async () => {
  const follows = relationRow(1, 2)
  const ways: readonly Change[] = [
    deleted('cdc.user.relations', follows), updated('cdc.user.relations', follows, { ...follows, follow: 'none', followed_at: null, version: 2 }),
    updated('cdc.user.relations', follows, { ...follows, muted: 1, version: 2 }), created('cdc.user.relations', relationRow(2, 1, { follow: 'none', followed_at: null, blocked: 1 })),
  ]
  const some = [...base, ...ofTwo.slice(0, 3).map((one) => delivered(one))]
  expect(idsOf(await read(await feedAfter(some), ''))).toHaveLength(3)
  for (const way of ways) expect(idsOf(await read(await feedAfter([...some, way]), ''))).toEqual([])
})

test('a member’s activity is found by handle, and what was withdrawn is gone', async () => {
  const [first, second, third] = ofTwo.map(recorded)
  if (first === undefined || second === undefined || third === undefined) throw new Error('there are 130')
  const withdrawn: Change = created('user.activity', { event_id: 'w', type: 'ActivityWithdrawn', ...ofTwo[1] })
  const app = await feedAfter([...base, first, second, third, withdrawn])
  for (const member of ['member_2', memberId(2)]) {
    const { items } = (await send(app, 200, { url: `/v1/feeds/by/${member}` })).json<{ items: readonly { activity_id: string }[] }>()
    expect(items.map(({ activity_id }) => activity_id)).toEqual([ofTwo[0]?.activity_id, ofTwo[2]?.activity_id])
  }
  await send(app, 404, { url: '/v1/feeds/by/nobody_else' })
})
