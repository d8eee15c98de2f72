import type { FastifyInstance } from 'fastify'
import { afterAll, describe, expect, test } from 'vitest'
import { away } from '../testing.ts'
import { activity, doing, feedOver, memberId, now_ms, relation, smallWorld, titleId } from './testing.ts'

const world = smallWorld()
doing(world, activity(1, 2, 0))
doing(world, activity(1, 3, 1_000, { half_stars: 9 }))
doing(world, activity(7, 2, 2_000, { activity_id: 'liked:r.2', kind: 'liked', half_stars: null, subject_kind: 'review', subject_id: 'r', other_id: memberId(4) }))
const app = feedOver(world)
afterAll(() => app.close())

const get = (url: string, token?: string, from: FastifyInstance = app) => from.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
const own = `/v1/feeds/${memberId(1)}`
const personOf = (number: number) => ({ profile_id: memberId(number), handle: `member_${number}`, name: `Member ${number}` })

test('a feed has the cards of people, the names of titles, and in one item what several did', async () => {
  const answer = await get(own, 'm1')
  expect(answer.statusCode, answer.body).toBe(200)
  const { items, next_cursor, head } = answer.json<{ items: readonly object[]; next_cursor: null; head: string }>()
  expect([next_cursor, head.length > 0]).toEqual([null, true])
  const rated = { kind: 'rated', title: { title_id: titleId(1), name: 'Heat' }, subject_kind: null, subject_id: null, other: null }
  expect(items).toEqual([
    {
      kind: 'rated', profiles: 2, reason: null,
      activities: [
        { ...rated, activity_id: activity(1, 2, 0).activity_id, profile: personOf(2), stars: 4, occurred_at: new Date(now_ms).toISOString() },
        { ...rated, activity_id: activity(1, 3, 0).activity_id, profile: personOf(3), stars: 4.5, occurred_at: new Date(now_ms - 1_000).toISOString() },
      ],
    },
    {
      kind: 'liked', profiles: 1, reason: null,
      activities: [{
        activity_id: 'liked:r.2', profile: personOf(2), kind: 'liked', title: { title_id: titleId(7), name: null }, subject_kind: 'review', subject_id: 'r', other: personOf(4), stars: null,
        occurred_at: new Date(now_ms - 2_000).toISOString(),
      }],
    },
  ])
})

test('a page holds as many activities as were asked for, and its cursor leads to the next', async () => {
  const first = (await get(`${own}?limit=2`, 'm1')).json<{ items: readonly { activities: readonly object[] }[]; next_cursor: string }>()
  expect(first.items.map(({ activities }) => activities.length)).toEqual([2])
  const second = (await get(`${own}?limit=2&cursor=${first.next_cursor}`, 'm1')).json<{ items: readonly object[]; next_cursor: null; head: null }>()
  expect([second.items.length, second.next_cursor, second.head]).toEqual([1, null, null])
})

test('a ranked feed tells of each item why it is there', async () => {
  const { items } = (await get(`${own}?order=ranked`, 'm1')).json<{ items: readonly { kind: string; reason: object }[] }>()
  expect(items.map(({ kind, reason }) => [kind, Object.keys(reason)])).toEqual([['rated', ['score', 'recency', 'affinity', 'weight']], ['liked', ['score', 'recency', 'affinity', 'weight']]])
})

test('what is new is asked by the head of what was read', async () => {
  const { head } = (await get(own, 'm1')).json<{ head: string }>()
  expect((await get(`${own}/new?since=${head}`, 'm1')).json()).toEqual({ count: 0 })
  expect((await get(`${own}/new?since=nonsense`, 'm1')).json()).toMatchObject({ code: 'invalid_cursor' })
  expect((await get(`${own}/new`, 'm1')).statusCode).toBe(400)
})

test('a member is found by id and by handle', async () => {
  for (const member of [memberId(2), 'member_2']) {
    const answer = await get(`/v1/feeds/by/${member}`)
    expect([answer.statusCode, answer.json<{ items: readonly { kind: string }[] }>().items.map(({ kind }) => kind)]).toEqual([200, ['rated', 'liked']])
  }
})

test('who is missing, hidden or has blocked one is not there, and nothing tells which', async () => {
  const hidden = smallWorld()
  hidden.cards.splice(1, 1, { ...hidden.cards[1] ?? { profile_id: '', account_id: '', handle: '', name: '' }, is_private: 1 })
  hidden.relations.push(relation(4, 5, { follow: 'none', blocked: 1 }))
  const other = feedOver(hidden)
  const answers = await Promise.all([memberId(2), memberId(4), memberId(99), 'nobody'].map((one) => get(`/v1/feeds/by/${one}?as=${memberId(5)}`, 'm5', other)))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404, 404])
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  // moderators see what is hidden, in an application that may see what friends share
  expect((await Promise.all(['editor', 'unscoped_editor'].map((token) => get(`/v1/feeds/by/${memberId(2)}`, token, other)))).map(({ statusCode }) => statusCode)).toEqual([200, 404])
  await other.close()
})

describe('whose feed it is', () => {
  test.each([
    ['the owner reads it', 'm1', 200], ['a program does', 'program', 200], ['a stranger finds none', 'm2', 404], ['an application that was not allowed to is told so', 'unscoped', 403],
    ['nobody in particular must sign in', undefined, 401], ['a moderator is a stranger too', 'editor', 404],
  ] as const)('%s', async (_who, token, expected) => {
    for (const url of [own, `${own}/new?since=${(await get(own, 'm1')).json<{ head: string }>().head}`]) {
      const answer = await get(url, token)
      expect(answer.statusCode, answer.body).toBe(expected)
    }
  })

  test('somebody else’s and a missing one are the same', async () => {
    const [theirs, missing] = await Promise.all([get(`/v1/feeds/${memberId(2)}`, 'm1'), get(`/v1/feeds/${memberId(99)}`, 'm1')])
    expect([theirs.statusCode, theirs.body]).toEqual([404, missing.body])
  })

  test('one looks as a profile of one’s own alone, with leave', async () => {
    const by = `/v1/feeds/by/${memberId(2)}?as=${memberId(1)}`
    expect((await Promise.all(['m1', 'm2', 'unscoped', 'program'].map((token) => get(by, token)))).map(({ statusCode }) => statusCode)).toEqual([200, 404, 403, 200])
    expect((await get(by)).statusCode).toBe(401)
  })
})

test('its description says which leave an application needs', async () => {
  const { paths } = (await get('/openapi.json')).json<{ paths: Readonly<Record<string, { get: { security?: unknown } }>> }>()
  expect(Object.entries(paths).filter(([path]) => path.startsWith('/v1/')).map(([path, { get: { security } }]) => [path, security])).toEqual([
    ['/v1/feeds/{profile_id}', [{ oauth: ['social:read'] }]], ['/v1/feeds/{profile_id}/new', [{ oauth: ['social:read'] }]], ['/v1/feeds/by/{member}', undefined],
  ])
})

test('while a view is away the answer is to come again', async () => {
  const broken = feedOver(world, { entries: away })
  const answer = await get(own, 'm1', broken)
  expect([answer.statusCode, answer.headers['retry-after'] !== undefined, answer.json()]).toEqual([503, true, expect.objectContaining({ code: 'store_unavailable' })])
  await broken.close()
})
