/** Feeds for the programs that show them, by gRPC: the same reading as the routes. Programs have seen to who asks. */
import type { ActivityItem } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ActivityItem.ts'
import type { FeedServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/FeedService.ts'
import type { ReadActivityRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadActivityRequest.ts'
import type { ReadActivityResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadActivityResponse.ts'
import type { ReadFeedRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadFeedRequest.ts'
import type { ReadFeedResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadFeedResponse.ts'
import { Refused } from '../shared/errors.ts'
import { contract } from '../shared/grpc-contract.ts'
import type { RpcService } from '../shared/grpc-server.ts'
import { readActivity, readFeed, type Turning } from './feed.ts'
import { group } from './group.ts'
import type { Activity, FeedPorts } from './ports.ts'

const feedService = contract<FeedServiceClient>('cdlc/user/v1/feed.proto', 'cdlc.user.v1.FeedService')
const mostItems = 100

const told = ({ activity_id, profile_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, occurred_at }: Activity): ActivityItem => ({
  activity_id, profile_id, kind, title_id: title_id ?? '', subject_kind: subject_kind ?? '', subject_id: subject_id ?? '', other_id: other_id ?? '', half_stars: half_stars ?? 0, occurred_at,
})

function turningOf({ limit, cursor }: { readonly limit: number; readonly cursor: string }): Turning {
  if (limit < 1 || limit > mostItems) throw new Refused({ code: 'invalid_request', message: `must be 1 to ${mostItems}`, field: 'limit' })
  return { limit, cursor: cursor === '' ? undefined : cursor }
}

/** Nothing is `''` in protobuf. */
export const feedRpc = (ports: FeedPorts): RpcService => ({
  contract: feedService,
  access: { roles: ['service'] },
  unary: {
    ReadFeed: async ({ profile_id, order, ...page }: ReadFeedRequest__Output): Promise<ReadFeedResponse> => {
      const { shown, next_cursor, head } = await readFeed(ports, profile_id, order === 'FEED_ORDER_RANKED' ? 'ranked' : 'chronological', turningOf(page))
      const items = group(shown).map(({ activities, profiles, reason }) => ({ activities: activities.map(told), profiles, reason }))
      return { items, next_cursor: next_cursor ?? '', head: head ?? '' }
    },
    ReadActivity: async ({ profile_id, viewer_id, ...page }: ReadActivityRequest__Output): Promise<ReadActivityResponse> => {
      const turned = await readActivity(ports, profile_id, { viewer_id: viewer_id === '' ? undefined : viewer_id, moderates: false }, turningOf(page))
      return { activities: (turned?.shown ?? []).map(({ activity }) => told(activity)), next_cursor: turned?.next_cursor ?? '' }
    },
  },
})
