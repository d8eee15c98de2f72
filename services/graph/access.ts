/**
 * Who sees what. A *door* belongs to a type: it is asked of every object that any field answers, so that no way leads around it. A *rule* belongs to a field:
 * it is asked before the field is. Every type and field is in these tables, or the process does not start.
 */
import type { ActivityModel, CommentModel, ListModel, MemberModel, NodeModel, NotificationModel, ReviewModel, ViewingModel } from '@cdlc/schemas/graphql/models.ts'
import type { Scope } from '../shared/identity.ts'
import { standingTo as standingFrom } from '../shared/standing.ts'
import { listsList, seesActivity, seesCard, seesList, seesPresence, seesWritten, type Standing } from '../shared/visibility.ts'
import type { Graph } from './context.ts'

/** How the one who looks stands to a profile; undefined where that has no card: it shows nothing to anybody. */
export function standingTo(graph: Graph, owner_id: string): Promise<Standing | undefined> {
  const { standings } = graph.loaders
  const known = standings.get(owner_id) ?? askStanding(graph, owner_id)
  standings.set(owner_id, known)
  return known
}
async function askStanding({ loaders, viewer }: Graph, owner_id: string): Promise<Standing | undefined> {
  const [card, ours, theirs] = await Promise.all([loaders.member(owner_id), loaders.ours(owner_id), loaders.theirs(owner_id)])
  return card === undefined ? undefined : standingFrom({ viewer_id: viewer.profile_id, moderates: viewer.moderates }, card, ours, theirs)
}

const may = async (graph: Graph, owner_id: string, sees: (standing: Standing) => boolean): Promise<boolean> => {
  const standing = await standingTo(graph, owner_id)
  return standing !== undefined && sees(standing)
}
async function isNear(graph: Graph, profile_id: string): Promise<boolean> {
  const [standing, ours, theirs] = await Promise.all([standingTo(graph, profile_id), graph.loaders.ours(profile_id), graph.loaders.theirs(profile_id)])
  return standing !== undefined && seesPresence(standing, ours, theirs)
}
const collaborates = async ({ loaders, viewer }: Graph, list_id: string): Promise<boolean> =>
  viewer.profile_id !== undefined && (await loaders.collaborators(list_id))?.includes(viewer.profile_id) === true

const review = (graph: Graph, { profile_id, state }: ReviewModel): Promise<boolean> => may(graph, profile_id, (standing) => seesWritten(standing, state))
const list = async (graph: Graph, { list_id, profile_id, visibility }: ListModel): Promise<boolean> => {
  const keeps = await collaborates(graph, list_id)
  return may(graph, profile_id, (standing) => seesList(standing, visibility, keeps))
}
/** What is written under something is seen with that alone. */
async function comment(graph: Graph, { profile_id, state, subject_kind, subject_id }: CommentModel): Promise<boolean> {
  if (!(await may(graph, profile_id, (standing) => seesWritten(standing, state)))) return false
  if (subject_kind === 'review') {
    const under = await graph.loaders.review(subject_id)
    return under !== undefined && review(graph, under)
  }
  const under = await graph.loaders.list(subject_id)
  return under !== undefined && list(graph, under)
}

type Door<T> = ((graph: Graph, value: T) => Promise<boolean>) | 'public' | 'with its parent'

/** Of each object type. `public`: nobody's in particular. `with its parent`: reached through a field or an object that is guarded. */
export const doors = {
  Query: 'public', Subscription: 'public', PageInfo: 'public', Title: 'public', Credit: 'public', TitleStats: 'public', Person: 'public',
  Member: (graph: Graph, { profile_id }: MemberModel) => may(graph, profile_id, seesCard),
  Review: review,
  Comment: comment,
  List: list,
  Viewing: (graph: Graph, { profile_id }: ViewingModel) => may(graph, profile_id, seesActivity),
  Activity: (graph: Graph, { profile_id, kind }: ActivityModel) => (kind === 'unknown' ? Promise.resolve(false) : may(graph, profile_id, seesActivity)),
  Notification: async ({ viewer }: Graph, { profile_id, kind }: NotificationModel) => kind !== 'unknown' && profile_id === viewer.profile_id,
  ViewerStanding: 'with its parent', ListEntry: 'with its parent', FeedItem: 'with its parent', FeedReason: 'with its parent',
  SearchResult: 'with its parent',
  MemberConnection: 'with its parent', ReviewConnection: 'with its parent', CommentConnection: 'with its parent', ListConnection: 'with its parent',
  ListEntryConnection: 'with its parent', ViewingConnection: 'with its parent', ActivityConnection: 'with its parent', FeedConnection: 'with its parent',
  NotificationConnection: 'with its parent',
  MemberEdge: 'with its parent', ReviewEdge: 'with its parent', CommentEdge: 'with its parent', ListEdge: 'with its parent', ListEntryEdge: 'with its parent',
  ViewingEdge: 'with its parent', ActivityEdge: 'with its parent', FeedEdge: 'with its parent', NotificationEdge: 'with its parent',
} as const satisfies Readonly<Record<string, Door<never>>>

/** Whether an object of a type is shown. */
export function shows(graph: Graph, type: string, value: unknown): Promise<boolean> {
  const name = type === 'Node' ? (value as NodeModel).__typename : type
  const door: Door<never> | undefined = doors[name as keyof typeof doors]
  if (door === undefined) return Promise.resolve(false)
  return typeof door === 'string' ? Promise.resolve(true) : door(graph, value as never)
}

/** A list among its owner's lists. */
export async function isListed(graph: Graph, { list_id, profile_id, visibility }: ListModel): Promise<boolean> {
  const keeps = await collaborates(graph, list_id)
  return may(graph, profile_id, (standing) => listsList(standing, visibility, keeps))
}

/** What was done, in the feed of who looks: of one whom they follow and have not muted, concerning nobody who does not show it to them. */
export async function isFed(graph: Graph, activity: ActivityModel): Promise<boolean> {
  const { profile_id, kind, other_id } = activity
  const ours = await graph.loaders.ours(profile_id)
  if (ours?.follow !== 'following' || ours.blocked || ours.muted || !(await shows(graph, 'Activity', activity))) return false
  return other_id === null || may(graph, other_id, kind === 'followed' ? seesCard : seesActivity)
}

/** What who looks is to be told of now: nothing of one who was blocked, or has blocked them, since it was written. */
export async function isTold(graph: Graph, notification: NotificationModel): Promise<boolean> {
  const { actor_id } = notification
  return (await shows(graph, 'Notification', notification)) && (actor_id === null || may(graph, actor_id, seesCard))
}

/**
 * `open`: shown with the object. `activity`: of a member, what they do. `presence`: whether they are here. `own`: of who looks; of nobody in particular there is none.
 * With a scope: and the application may see it.
 */
export type Rule = 'open' | 'activity' | 'presence' | 'own' | { readonly own: Scope }

/** Fields of each type that are not open; the names of those that are stand in `open`. */
export const rules: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  Query: { me: 'own', feed: 'own', notifications: 'own' },
  Subscription: { feedActivityAdded: 'own', notificationAdded: 'own' },
  Member: { isOnline: 'presence', viewerStanding: 'own', followers: 'activity', following: 'activity', reviews: 'activity', lists: 'activity', diary: 'activity', activity: 'activity' },
  Title: { viewerStars: { own: 'ratings:read' } },
}
const page = ['edges', 'pageInfo']
const edge = ['cursor', 'node']

/** Fields that whoever sees the object sees. */
export const open: Readonly<Record<string, readonly string[]>> = {
  Query: ['node', 'member', 'title', 'person', 'review', 'list', 'search'],
  SearchResult: ['titles', 'people', 'members', 'lists'],
  PageInfo: ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'],
  Member: ['id', 'profileId', 'handle', 'name', 'isPrivate', 'joinedAt', 'bio', 'followerCount', 'followingCount'],
  ViewerStanding: ['follow', 'followsViewer', 'isMuted'],
  Title: [
    'id', 'titleId', 'kind', 'name', 'originalName', 'releaseYear', 'releasedOn', 'runtimeMinutes', 'mpaaRating', 'studio', 'synopsis', 'genres', 'countries', 'credits', 'stats',
    'likeCount', 'reviews',
  ],
  Credit: ['personId', 'role', 'characterName', 'creditedAs', 'person'],
  TitleStats: ['count', 'meanStars', 'weightedStars', 'histogram'],
  Person: ['id', 'personId', 'name', 'bornOn', 'diedOn', 'birthplace', 'biography'],
  Review: [
    'id', 'reviewId', 'author', 'title', 'body', 'stars', 'isSpoiler', 'language', 'isHidden', 'wasEdited', 'createdAt', 'updatedAt', 'likeCount', 'commentCount', 'comments',
  ],
  Comment: ['id', 'commentId', 'author', 'body', 'parentId', 'isHidden', 'createdAt', 'likeCount'],
  List: [
    'id', 'listId', 'owner', 'kind', 'name', 'description', 'visibility', 'isRanked', 'createdAt', 'updatedAt', 'likeCount', 'commentCount', 'collaborators', 'entries',
    'comments',
  ],
  ListEntry: ['titleId', 'title', 'note', 'addedBy', 'addedAt'],
  Viewing: ['id', 'viewingId', 'member', 'title', 'watchedOn', 'stars', 'liked', 'isRewatch'],
  Activity: ['activityId', 'kind', 'actor', 'title', 'subject', 'other', 'stars', 'occurredAt'],
  FeedItem: ['activities', 'memberCount', 'reason'],
  FeedReason: ['score', 'recency', 'affinity', 'weight'],
  Notification: ['notificationId', 'kind', 'actor', 'subject', 'occurredAt'],
  NotificationConnection: [...page, 'unreadCount', 'readAt'],
  MemberEdge: [...edge, 'followedAt'],
  MemberConnection: page, ReviewConnection: page, CommentConnection: page, ListConnection: page, ListEntryConnection: page, ViewingConnection: page, ActivityConnection: page, FeedConnection: page,
  ReviewEdge: edge, CommentEdge: edge, ListEdge: edge, ListEntryEdge: edge, ViewingEdge: edge, ActivityEdge: edge, FeedEdge: edge, NotificationEdge: edge,
}

/** The rule of a field; undefined where it has none. */
export const ruleOf = (type: string, field: string): Rule | undefined => rules[type]?.[field] ?? (open[type]?.includes(field) === true ? 'open' : undefined)

/** Whether a field is to be asked of this object. */
export async function admits(graph: Graph, rule: Rule, parent: unknown): Promise<boolean> {
  if (rule === 'open') return true
  if (rule === 'activity') return may(graph, (parent as MemberModel).profile_id, seesActivity)
  if (rule === 'presence') return isNear(graph, (parent as MemberModel).profile_id)
  return graph.viewer.profile_id !== undefined && (rule === 'own' || graph.viewer.may(rule.own))
}
