/** What members did, and what they are told of. */
import type { ActivityKind, NotificationKind, Resolvers } from '@cdlc/schemas/generated/graphql.ts'
import type { Graph } from '../context.ts'
import { subjectOf } from './nodes.ts'

const member = async ({ loaders }: Graph, profile_id: string | null) => (profile_id === null ? null : ((await loaders.member(profile_id)) ?? null))

export const eventResolvers: Resolvers<Graph> = {
  Activity: {
    kind: ({ kind }) => kind.toUpperCase() as ActivityKind,
    actor: ({ profile_id }, _args, graph) => member(graph, profile_id),
    title: async ({ title_id }, _args, { loaders }) => (title_id === null ? null : ((await loaders.title(title_id)) ?? null)),
    subject: (activity, _args, graph) => subjectOf(graph, activity),
    other: ({ other_id }, _args, graph) => member(graph, other_id),
    stars: ({ half_stars }) => (half_stars === null ? null : half_stars / 2),
  },
  FeedItem: { memberCount: ({ profiles }) => profiles },
  Notification: {
    kind: ({ kind }) => kind.toUpperCase() as NotificationKind,
    actor: ({ actor_id }, _args, graph) => member(graph, actor_id),
    subject: (notification, _args, graph) => subjectOf(graph, notification),
  },
}
