/** The service `feed`, asked by gRPC. */
import type { ActivityItem__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ActivityItem.ts'
import type { FeedServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/FeedService.ts'
import type { ReadActivityRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadActivityRequest.ts'
import type { ReadActivityResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadActivityResponse.ts'
import type { ReadFeedRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadFeedRequest.ts'
import type { ReadFeedResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadFeedResponse.ts'
import type { ActivityModel } from '@cdlc/schemas/graphql/models.ts'
import { openRpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import type { Feeds } from './ports.ts'

const feedService = contract<FeedServiceClient>('cdlc/user/v1/feed.proto', 'cdlc.user.v1.FeedService')
const kinds: ReadonlySet<string> = new Set<ActivityModel['kind']>(['rated', 'watched', 'reviewed', 'commented', 'liked', 'listed', 'followed'])
const id = (text: string): string | null => (text === '' ? null : text)

/** What stands for nothing in protobuf is null here. */
export const activityOf = ({ activity_id, profile_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, occurred_at }: ActivityItem__Output): ActivityModel => ({
  activity_id, profile_id, kind: kinds.has(kind) ? (kind as ActivityModel['kind']) : 'unknown', title_id: id(title_id), subject_kind: id(subject_kind),
  subject_id: id(subject_id), other_id: id(other_id), half_stars: half_stars === 0 ? null : half_stars, occurred_at,
})

/** Connects at the first question. */
export function openFeeds(address: string, token: () => Promise<string>): Feeds & { close(): void } {
  const rpc = openRpc(feedService, { name: 'feed', address, token })
  const again = { repeat: true }
  return {
    close: () => { rpc.close() },
    feed: async (profile_id, ranked, { limit, cursor }) => {
      const request: ReadFeedRequest = { profile_id, order: ranked ? 'FEED_ORDER_RANKED' : 'FEED_ORDER_CHRONOLOGICAL', limit, cursor }
      const { items, next_cursor } = await rpc.ask<ReadFeedRequest, ReadFeedResponse__Output>('ReadFeed', request, again)
      return { items: items.map(({ activities, profiles, reason }) => ({ activities: activities.map(activityOf), profiles, reason })), next_cursor }
    },
    activity: async (profile_id, viewer_id, { limit, cursor }) => {
      const request: ReadActivityRequest = { profile_id, viewer_id: viewer_id ?? '', limit, cursor }
      const { activities, next_cursor } = await rpc.ask<ReadActivityRequest, ReadActivityResponse__Output>('ReadActivity', request, again)
      return { items: activities.map(activityOf), next_cursor }
    },
  }
}
