/** Where queries begin. */
import type { Resolvers } from '@cdlc/schemas/generated/graphql.ts'
import { Refused } from '../../shared/errors.ts'
import { pageByTime, pageRemote, shown } from '../connection.ts'
import type { Graph } from '../context.ts'
import { localId, readId } from '../ids.ts'
import { nodeOf } from './nodes.ts'

const handles = /^[a-z0-9_]{1,30}$/

/** The rules of `me`, `feed` and `notifications` see to it that somebody looks. */
const looking = ({ viewer }: Graph): string => {
  if (viewer.profile_id === undefined) throw new Error('answering a field of who looks: nobody in particular does, and its rule let it pass')
  return viewer.profile_id
}

export const queryResolvers: Resolvers<Graph> = {
  Query: {
    node: async (_, { id: given }, graph) => {
      const { type, id } = readId(given)
      return nodeOf(graph, type, id)
    },
    me: async (_, _args, graph) => (await graph.loaders.member(looking(graph))) ?? null,
    member: async (_, { id, handle }, { ports, loaders }) => {
      if (typeof id === 'string' && typeof handle !== 'string') return (await loaders.member(localId('Member', id))) ?? null
      if (typeof handle !== 'string' || typeof id === 'string') throw new Refused({ code: 'invalid_request', message: "give one of 'id' and 'handle'", field: 'id' })
      const name = handle.toLowerCase()
      return handles.test(name) ? ((await ports.views.memberByHandle(name)) ?? null) : null
    },
    title: async (_, { id }, { loaders }) => (await loaders.title(localId('Title', id))) ?? null,
    person: async (_, { id }, { loaders }) => (await loaders.person(localId('Person', id))) ?? null,
    review: async (_, { id }, { loaders }) => (await loaders.review(localId('Review', id))) ?? null,
    list: async (_, { id }, { loaders }) => (await loaders.list(localId('List', id))) ?? null,
    feed: (_, { order, ...page }, graph) => {
      const profile_id = looking(graph)
      return pageRemote(['feed', profile_id, order], (remote) => graph.ports.feeds.feed(profile_id, order === 'RANKED', remote), page, async () => true)
    },
    notifications: (_, page, graph) => {
      const profile_id = looking(graph)
      return pageByTime({
        of: ['notifications', profile_id],
        ask: (asked) => graph.ports.views.notifications(profile_id, asked),
        place: ({ occurred_at, notification_id }) => ({ at: occurred_at, id: notification_id }),
        edge: shown(graph, 'Notification'),
      }, page)
    },
  },
  NotificationConnection: {
    unreadCount: async (_, _args, graph) => (await graph.ports.views.unread(looking(graph))).count,
    readAt: async (_, _args, graph) => {
      const { read_at } = await graph.ports.views.unread(looking(graph))
      return read_at === null ? null : new Date(read_at).toISOString()
    },
  },
}
