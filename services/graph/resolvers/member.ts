/** A member, and what they do. Fields without a resolver are the row's columns of that name. */
import type { Follow, Resolvers } from '@cdlc/schemas/generated/graphql.ts'
import type { MemberEdgeModel, MemberModel } from '@cdlc/schemas/graphql/models.ts'
import { isListed, shows } from '../access.ts'
import { pageByTime, pageRemote, shown, type PageArgs } from '../connection.ts'
import type { Graph } from '../context.ts'
import { globalId } from '../ids.ts'
import type { Asked, FollowRow, Since } from '../ports.ts'

const follows: Readonly<Record<string, Follow>> = { requested: 'REQUESTED', following: 'FOLLOWING' }

/** Members at one end of what follows what, the newest first. */
function related(graph: Graph, of: readonly [string, string], end: 'profile_id' | 'other_id', ask: (page: Asked<Since>) => Promise<readonly FollowRow[]>, args: PageArgs) {
  return pageByTime<FollowRow, MemberModel, MemberEdgeModel>({
    of, ask,
    place: (row) => ({ at: row.followed_at ?? 0, id: row[end] }),
    edge: async (row, cursor) => {
      const node = await graph.loaders.member(row[end])
      return node !== undefined && (await shows(graph, 'Member', node)) ? { node, cursor, followed_at: row.followed_at } : undefined
    },
  }, args)
}

export const memberResolvers: Resolvers<Graph> = {
  Member: {
    id: ({ profile_id }) => globalId('Member', profile_id),
    joinedAt: ({ created_at }) => new Date(created_at).toISOString(),
    bio: async ({ bio_id }, _args, { loaders }) => (bio_id === null ? null : ((await loaders.text(bio_id)) ?? null)),
    followerCount: async ({ profile_id }, _args, { loaders }) => (await loaders.profileCounts(profile_id))?.followers ?? 0,
    followingCount: async ({ profile_id }, _args, { loaders }) => (await loaders.profileCounts(profile_id))?.following ?? 0,
    isOnline: async ({ profile_id }, _args, { loaders }) => (await loaders.online(profile_id)) === true,
    viewerStanding: async ({ profile_id }, _args, { loaders, viewer }) => {
      if (viewer.profile_id === profile_id) return null
      const [ours, theirs] = await Promise.all([loaders.ours(profile_id), loaders.theirs(profile_id)])
      return { follow: follows[ours?.follow ?? ''] ?? 'NONE', followsViewer: theirs?.follow === 'following', isMuted: ours?.muted === true }
    },
    followers: ({ profile_id }, page, graph) => related(graph, ['followers', profile_id], 'profile_id', (asked) => graph.ports.views.followers(profile_id, asked), page),
    following: ({ profile_id }, page, graph) => related(graph, ['following', profile_id], 'other_id', (asked) => graph.ports.views.following(profile_id, asked), page),
    reviews: ({ profile_id }, page, graph) => pageByTime({
      of: ['reviews of', profile_id],
      ask: (asked) => graph.ports.views.reviewsOfMember(profile_id, asked),
      place: ({ created_at, review_id }) => ({ at: created_at, id: review_id }),
      edge: shown(graph, 'Review'),
    }, page),
    lists: ({ profile_id }, page, graph) => pageByTime({
      of: ['lists of', profile_id],
      ask: (asked) => graph.ports.views.listsOfMember(profile_id, asked),
      place: ({ created_at, list_id }) => ({ at: created_at, id: list_id }),
      edge: async (node, cursor) => ((await isListed(graph, node)) ? { node, cursor } : undefined),
    }, page),
    diary: ({ profile_id }, page, graph) => pageByTime({
      of: ['diary of', profile_id],
      ask: (asked) => graph.ports.views.viewings(profile_id, asked),
      place: ({ watched_on, viewing_id }) => ({ at: watched_on ?? -1, id: viewing_id }),
      edge: shown(graph, 'Viewing'),
    }, page),
    activity: ({ profile_id }, page, graph) => pageRemote(
      ['activity of', profile_id, graph.viewer.profile_id],
      (remote) => graph.ports.feeds.activity(profile_id, graph.viewer.profile_id, remote),
      page,
      (item) => shows(graph, 'Activity', item),
    ),
  },
}
