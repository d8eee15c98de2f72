/** Feeds as programs read them, over the wire. */
import type { FeedServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/FeedService.ts'
import type { ReadActivityResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadActivityResponse.ts'
import type { ReadFeedRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadFeedRequest.ts'
import type { ReadFeedResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadFeedResponse.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRpc, type Rpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import { startRpc, type RpcServer } from '../shared/grpc-server.ts'
import { feedRpc } from './rpc.ts'
import { activity, doing, memberId, now_ms, people, portsOver, relation, smallWorld, titleId } from './testing.ts'

const feeds = contract<FeedServiceClient>('cdlc/user/v1/feed.proto', 'cdlc.user.v1.FeedService')
const faults: unknown[] = []
const world = smallWorld()
world.relations.push(relation(2, 5, { follow: 'none', blocked: 1 }))
doing(world, activity(1, 2, 0))
doing(world, activity(1, 3, 1_000))
doing(world, activity(2, 2, 2_000, { activity_id: 'followed:2.4', kind: 'followed', title_id: null, half_stars: null, other_id: memberId(4) }))
let server: RpcServer
let rpc: Rpc<FeedServiceClient>
const clientOf = (token: string): Rpc<FeedServiceClient> =>
  openRpc(feeds, { name: 'feed', address: `127.0.0.1:${server.port}`, token: async () => token, timeout_ms: 60_000 })

beforeAll(async () => {
  server = await startRpc({ host: '127.0.0.1', port: 0, services: [feedRpc(portsOver(world))], verifier: people, checks: {}, log: (error) => faults.push(error) })
  rpc = clientOf('program')
})
afterAll(async () => {
  rpc.close()
  await server.close()
  expect(faults).toEqual([])
})

const read = (some: ReadFeedRequest): Promise<ReadFeedResponse__Output> => rpc.ask<ReadFeedRequest, ReadFeedResponse__Output>('ReadFeed', { profile_id: memberId(1), limit: 20, ...some })
const by = (some: object): Promise<ReadActivityResponse__Output> => rpc.ask('ReadActivity', { profile_id: memberId(2), limit: 20, ...some })
const none = { subject_kind: '', subject_id: '', other_id: '' }
const rated = (by_number: number, ago: number) =>
  ({ ...none, activity_id: activity(1, by_number, 0).activity_id, profile_id: memberId(by_number), kind: 'rated', title_id: titleId(1), half_stars: 8, occurred_at: now_ms - ago })
const followed = { ...none, activity_id: 'followed:2.4', profile_id: memberId(2), kind: 'followed', title_id: '', other_id: memberId(4), half_stars: 0, occurred_at: now_ms - 2_000 }

test('a feed comes as items, with ids alone, empty for nothing', async () => {
  const { items, next_cursor, head } = await read({ order: 'FEED_ORDER_CHRONOLOGICAL' })
  expect(items).toEqual([{ activities: [rated(2, 0), rated(3, 1_000)], profiles: 2, reason: null }, { activities: [followed], profiles: 1, reason: null }])
  expect([next_cursor, head.length > 0]).toEqual(['', true])
  expect((await read({ profile_id: memberId(6) })).items).toEqual([])
})

test('a ranked feed comes with reasons, and either goes on at its cursor', async () => {
  for (const order of ['FEED_ORDER_CHRONOLOGICAL', 'FEED_ORDER_RANKED'] as const) {
    const first = await read({ order, limit: 2 })
    expect(first.items.map(({ reason }) => reason?.weight)).toEqual([order === 'FEED_ORDER_RANKED' ? 1 : undefined])
    const second = await read({ order, limit: 2, cursor: first.next_cursor })
    expect([second.items.map(({ activities }) => activities), second.next_cursor, second.head]).toEqual([[[followed]], '', ''])
  }
})

test('what is no page and no cursor of this feed is refused', async () => {
  for (const limit of [0, -1, 101]) {
    await expect(read({ limit })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(by({ limit })).rejects.toMatchObject({ code: 'invalid_request' })
  }
  const { next_cursor: cursor } = await read({ order: 'FEED_ORDER_RANKED', limit: 1 })
  await expect(read({ order: 'FEED_ORDER_CHRONOLOGICAL', cursor })).rejects.toMatchObject({ code: 'invalid_cursor' })
})

test('what one has done comes to whoever may see it, and is empty to who may not', async () => {
  const seen = [rated(2, 0), followed]
  expect(await by({})).toEqual({ activities: seen, next_cursor: '' })
  const first = await by({ viewer_id: memberId(1), limit: 1 })
  expect([first.activities, (await by({ viewer_id: memberId(1), limit: 1, cursor: first.next_cursor })).activities]).toEqual([seen.slice(0, 1), seen.slice(1)])
  expect(await by({ viewer_id: memberId(5) })).toEqual({ activities: [], next_cursor: '' })
  expect(await by({ profile_id: memberId(99) })).toEqual({ activities: [], next_cursor: '' })
})

test('a person may not ask', async () => {
  const stranger = clientOf('m1')
  await expect(stranger.ask('ReadFeed', { profile_id: memberId(1), limit: 1 })).rejects.toThrow('forbidden')
  await expect(stranger.ask('ReadActivity', { profile_id: memberId(1), limit: 1 })).rejects.toThrow('forbidden')
  stranger.close()
})
