import { expect, test } from 'vitest'
import type { Database, Sql } from '../../shared/mysql.ts'
import { createService } from '../../shared/http.ts'
import { person } from '../../shared/testing.ts'
import type { Card, MemberViews, Notification } from '../member-views.ts'
import type { SocialPorts } from '../ports.ts'
import { cardRoutes } from './cards.ts'
import { memberListRoutes } from './member-lists.ts'
import { notificationRoutes } from './notifications.ts'
import { relationRoutes } from './relations.ts'

const [ada, bob, gone] = ['01JD0Z3V9Q4T6M2X8B7C5N1K0A', '01JD0Z3V9Q4T6M2X8B7C5N1K0B', '01JD0Z3V9Q4T6M2X8B7C5N1K0E'] as const
const card = (profile_id: string, handle: string, is_private: number): Card =>
  ({ profile_id, account_id: profile_id, handle, name: handle, bio_id: null, is_private, version: 7, created_at: 0, updated_at: 0 })
const cards = [card(ada, 'ada', 0), card(bob, 'bob', 1)]
const notice = (notification_id: string, actor_id: string | null, occurred_at: number): Notification =>
  ({ notification_id, profile_id: ada, kind: 'followed', actor_id, subject_kind: null, subject_id: null, occurred_at, version: 1 })
const follows = [[gone, 30], [bob, 20], [ada, 10]].map(([profile_id, followed_at]) => ({ profile_id: String(profile_id), other_id: ada, followed_at: Number(followed_at), version: 1 }))

const members: Partial<MemberViews> = {
  card: async (id) => cards.find(({ profile_id }) => profile_id === id),
  cardByHandle: async (handle) => cards.find((one) => one.handle === handle),
  cards: async (ids) => cards.filter(({ profile_id }) => ids.includes(profile_id)),
  relation: async () => undefined,
  relationsTo: async () => [],
  relationsFrom: async () => [],
  counts: async (ids) => new Map(ids.map((id) => [id, { followers: 2, following: 1 }])),
  followers: async ({ limit, after }) => follows.filter(({ followed_at }) => followed_at < (after?.followed_at ?? 99)).slice(0, limit),
  notifications: async ({ limit }) => [notice('moderated:1', null, 40), notice('followed:1', gone, 30), notice('followed:2', bob, 20)].slice(0, limit),
  unread: async () => ({ count: 3, read_at: null }),
}
/** MySQL that has Ada's card, whose mark is at 30 ms. */
const sql: Partial<Sql> = {
  rows: async <T>(text: string) => (text.includes('notification_marks') ? [{ read_at: new Date(30), version: 1 }] : [{ ...card(ada, 'ada', 0) }]) as unknown as readonly T[],
}
const database = { read: (work: (some: Sql) => Promise<unknown>) => work(sql as Sql), readCopy: (work: (some: Sql) => Promise<unknown>) => work(sql as Sql) } as Partial<Database> as Database
const ports = { database, views: { members } } as unknown as SocialPorts
const app = createService({
  name: 'social', description: '', checks: {}, verifier: { verify: async (token) => person(token, { scopes: ['social:read'] }) },
  routes: async (routes) => {
    for (const part of [cardRoutes, relationRoutes, memberListRoutes, notificationRoutes]) await routes.register(part(ports))
  },
})
const ask = async (url: string, token?: string) => {
  const answer = await app.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  return { status: answer.statusCode, headers: answer.headers, next_cursor: undefined, ...answer.json<{ readonly next_cursor?: unknown }>() }
}

test('a member is answered with numbers, and with no relation to nobody in particular', async () => {
  expect(await ask('/v1/members/ada')).toMatchObject({
    status: 200, profile_id: ada, handle: 'ada', name: 'ada', is_private: false, bio: null, followers: 2, following: 1, standing: 'stranger', relation: null, version: 7 })
})

test('a stranger to a private member sees the card, and not who follows', async () => {
  expect(await ask(`/v1/members/bob?as=${ada}`, ada)).toMatchObject({ status: 200, standing: 'outsider', relation: { follow: 'none', muted: false, follows_you: false } })
  expect(await ask(`/v1/members/bob/followers?as=${ada}`, ada)).toMatchObject({ status: 404, code: 'member_not_found' })
})

test('a page goes on after the last that was asked for, seen or not', async () => {
  const first = await ask('/v1/members/ada/followers?limit=1')
  expect(first).toMatchObject({ status: 200, items: [] })
  const second = await ask(`/v1/members/ada/followers?limit=1&cursor=${String(first.next_cursor)}`)
  expect(second).toMatchObject({ items: [{ handle: 'bob', since: '1970-01-01T00:00:00.020Z' }] })
  const last = await ask(`/v1/members/ada/followers?limit=1&cursor=${String(second.next_cursor)}`)
  expect(last).toMatchObject({ items: [{ handle: 'ada' }], next_cursor: null })
})

test("a cursor of one member's page is none of another's", async () => {
  const { next_cursor } = await ask('/v1/members/ada/followers?limit=1')
  expect(await ask(`/v1/members/ada/following?cursor=${String(next_cursor)}`)).toMatchObject({ status: 400, code: 'invalid_cursor' })
})

test('notifications of those who have left are left out, and those of the platform have no actor', async () => {
  expect(await ask(`/v1/members/${ada}/notifications`, ada)).toMatchObject({
    status: 200, unread: 1, read_at: '1970-01-01T00:00:00.030Z',
    items: [{ notification_id: 'moderated:1', actor: null, is_read: false }, { notification_id: 'followed:2', actor: { handle: 'bob' }, is_read: true }],
  })
})

test.each(['/v1/members/a', '/v1/members/Ada', '/v1/members/ada?limit=1', '/v1/members/ada/followers?limit=101', '/v1/members/ada?as=bob'])('%s is no question', async (url) => {
  expect((await ask(url)).status).toBe(400)
})

test('what is one’s own needs a token that goes so far', async () => {
  expect((await ask(`/v1/members/${ada}/notifications`)).status).toBe(401)
  const answer = await app.inject({ method: 'PUT', url: `/v1/members/${ada}/following/${bob}`, headers: { authorization: `Bearer ${ada}` } })
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([403, 'forbidden'])
})
