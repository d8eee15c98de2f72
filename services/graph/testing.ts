/** The graph over doubles of its ports: a small world whose people stand to one another in every way, and a count of what was asked. */
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { ActivityModel, CommentModel, ListEntryModel, ListModel, MemberModel, NotificationModel, ReviewModel, TitleModel, ViewingModel } from '@cdlc/schemas/graphql/models.ts'
import { serviceFor, person } from '../shared/testing.ts'
import type { Identity } from '../shared/identity.ts'
import { graphRoutes } from './endpoint.ts'
import { createHub } from './live/hub.ts'
import type { Asked, GraphPorts, GraphViews, RelationRow, Since } from './ports.ts'

/** An id that ends in this number. */
export const ulid = (kind: string, number: number): string => `01${kind.toUpperCase().padEnd(6, '0')}${String(number).padStart(18, '0')}`
export const memberId = (number: number): string => ulid('M', number)

/** Everything that the doubles of views hold; tests put in what they need. */
export interface World {
  readonly members: MemberModel[]
  readonly relations: RelationRow[]
  readonly titles: TitleModel[]
  readonly reviews: ReviewModel[]
  readonly comments: CommentModel[]
  readonly lists: ListModel[]
  readonly collaborators: Map<string, string[]>
  readonly viewings: ViewingModel[]
  readonly activities: ActivityModel[]
  readonly notifications: NotificationModel[]
  readonly ratings: Map<string, number>
  /** Ids that each search finds. */
  readonly found: { readonly titles: string[]; readonly people: string[]; readonly members: string[]; readonly lists: string[] }
  /** Who is here: whether they hide, of each connection. */
  readonly here: Map<string, boolean[]>
  /** How often each port was asked. */
  readonly asked: Map<string, number>
}
export const emptyWorld = (): World => ({
  members: [], relations: [], titles: [], reviews: [], comments: [], lists: [], collaborators: new Map(), viewings: [], activities: [], notifications: [], ratings: new Map(),
  found: { titles: [], people: [], members: [], lists: [] }, here: new Map(), asked: new Map(),
})

export const member = (number: number, some: Partial<MemberModel> = {}): MemberModel => ({
  profile_id: memberId(number), account_id: `account-${number}`, handle: `member_${number}`, name: `Member ${number}`, bio_id: null, is_private: 0, created_at: number, ...some,
})
export const relation = (from: number, to: number, some: Partial<RelationRow> = {}): RelationRow => ({
  profile_id: memberId(from), other_id: memberId(to), follow: 'following', blocked: 0, muted: 0, followed_at: from * 1_000 + to, ...some,
})
export const title = (number: number): TitleModel => ({
  title_id: ulid('T', number), kind: 'movie', name: `Title ${number}`, original_name: null, release_year: 1995, released_on: '1995-12-15', runtime_minutes: null, mpaa_rating: null,
  studio: null, synopsis: null, genres: ['crime'], countries: ['US'], credits: [],
})
export const review = (number: number, by: number, some: Partial<ReviewModel> = {}): ReviewModel => ({
  review_id: ulid('R', number), title_id: ulid('T', 1), profile_id: memberId(by), viewing_id: null, text_id: ulid('X', number), half_stars: 9, spoiler: 0, language: 'en',
  state: 'published', edits: 0, version: 1, created_at: number * 1_000, updated_at: number * 1_000, ...some,
})
export const comment = (number: number, by: number, some: Partial<CommentModel> = {}): CommentModel => ({
  comment_id: ulid('C', number), subject_id: ulid('R', 1), subject_kind: 'review', parent_id: null, profile_id: memberId(by), text_id: ulid('Y', number), state: 'published',
  version: 1, created_at: number, updated_at: number, ...some,
})
export const list = (number: number, by: number, some: Partial<ListModel> = {}): ListModel => ({
  list_id: ulid('K', number), profile_id: memberId(by), kind: 'custom', name: `List ${number}`, description_id: null, visibility: 'public', ranked: 0, cloned_from: null, version: 1,
  created_at: number, updated_at: number, ...some,
})
const entry = (list_id: string, index: number): ListEntryModel =>
  ({ list_id, title_id: ulid('T', index + 1), place: `a${index}`, note_id: null, added_by: memberId(1), version: 1, added_at: index })
export const viewing = (number: number, by: number, some: Partial<ViewingModel> = {}): ViewingModel => ({
  viewing_id: ulid('V', number), profile_id: memberId(by), title_id: ulid('T', 1), watched_on: 20_000, half_stars: 7, liked: 1, rewatch: 0, version: 1, created_at: number,
  updated_at: number, ...some,
})
export const activity = (number: number, by: number, some: Partial<ActivityModel> = {}): ActivityModel => ({
  activity_id: `reviewed:${ulid('R', number)}`, profile_id: memberId(by), kind: 'reviewed', title_id: ulid('T', 1), subject_kind: 'review', subject_id: ulid('R', number),
  other_id: null, half_stars: 9, occurred_at: number * 1_000, ...some,
})
export const notification = (number: number, to: number, some: Partial<NotificationModel> = {}): NotificationModel => ({
  notification_id: ulid('N', number), profile_id: memberId(to), kind: 'followed', actor_id: memberId(2), subject_kind: null, subject_id: null, occurred_at: number, ...some,
})

/** A page of rows that lie newest first (or, `rising`, oldest first) by time and id. */
function paged<T>(rows: readonly T[], of: (row: T) => Since, { limit, after }: Asked<Since>, rising = false): readonly T[] {
  const order = (a: Since, b: Since): number => (a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)) * (rising ? 1 : -1)
  return rows.toSorted((a, b) => order(of(a), of(b))).filter((row) => after === undefined || order(of(row), after) > 0).slice(0, limit)
}

function viewsOf(world: World): GraphViews {
  const { members, relations, titles, reviews, comments, lists, viewings, notifications } = world
  const follows = relations.filter(({ follow }) => follow === 'following')
  const stats = { count: 1, mean_stars: 4.5, weighted_stars: 3.6, histogram: [0, 0, 0, 0, 0, 0, 0, 0, 1, 0] }
  const views: GraphViews = {
    members: async (ids) => members.filter(({ profile_id }) => ids.includes(profile_id)),
    memberByHandle: async (handle) => members.find((one) => one.handle === handle),
    relationsTo: async (from, ids) => relations.filter(({ profile_id, other_id }) => profile_id === from && ids.includes(other_id)),
    relationsFrom: async (ids, to) => relations.filter(({ profile_id, other_id }) => other_id === to && ids.includes(profile_id)),
    followers: async (id, page) => paged(follows.filter(({ other_id }) => other_id === id), (row) => ({ at: row.followed_at ?? 0, id: row.profile_id }), page),
    following: async (id, page) => paged(follows.filter(({ profile_id }) => profile_id === id), (row) => ({ at: row.followed_at ?? 0, id: row.other_id }), page),
    profileCounts: async (ids) => new Map(ids.map((id) => [id, { followers: 2, following: 1 }])),
    subjectCounts: async (ids) => new Map(ids.map((id) => [id, { likes: 3, comments: 4 }])),
    titles: async (ids) => titles.filter(({ title_id }) => ids.includes(title_id)),
    titleStats: async (ids) => new Map(ids.map((id) => [id, stats])),
    ratings: async (id, title_ids) => new Map(title_ids.flatMap((title_id) => [[title_id, world.ratings.get(`${id}.${title_id}`) ?? 0] as const]).filter(([, half_stars]) => half_stars > 0)),
    person: async (id) => ({ person_id: id, name: 'Somebody', born_on: null, died_on: null, birthplace: null, biography: null }),
    reviews: async (ids) => reviews.filter(({ review_id }) => ids.includes(review_id)),
    reviewsOfTitle: async (id, page) => paged(reviews.filter(({ title_id }) => title_id === id), (row) => ({ at: row.created_at, id: row.review_id }), page),
    reviewsOfMember: async (id, page) => paged(reviews.filter(({ profile_id }) => profile_id === id), (row) => ({ at: row.created_at, id: row.review_id }), page),
    comments: async (ids) => comments.filter(({ comment_id }) => ids.includes(comment_id)),
    thread: async (id, page) => paged(comments.filter(({ subject_id }) => subject_id === id), (row) => ({ at: row.created_at, id: row.comment_id }), page, true),
    lists: async (ids) => lists.filter(({ list_id }) => ids.includes(list_id)),
    listsOfMember: async (id, page) => paged(lists.filter(({ profile_id }) => profile_id === id), (row) => ({ at: row.created_at, id: row.list_id }), page),
    entries: async (list_id, { limit, after }) => Array.from({ length: 7 }, (_, index) => entry(list_id, index))
      .filter(({ place }) => after === undefined || place > after.place).slice(0, limit),
    collaborators: async (id) => world.collaborators.get(id) ?? [],
    viewing: async (id) => viewings.find(({ viewing_id }) => viewing_id === id),
    viewings: async (id, page) => paged(viewings.filter(({ profile_id }) => profile_id === id), (row) => ({ at: row.watched_on ?? -1, id: row.viewing_id }), page),
    searchTitles: async (_q, limit) => world.found.titles.slice(0, limit),
    searchPeople: async (_q, limit) => world.found.people.slice(0, limit),
    searchMembers: async (_q, limit) => world.found.members.slice(0, limit),
    searchLists: async (_q, limit) => world.found.lists.slice(0, limit),
    notifications: async (id, page) => paged(notifications.filter(({ profile_id }) => profile_id === id), (row) => ({ at: row.occurred_at, id: row.notification_id }), page),
    unread: async () => ({ count: 2, read_at: 0 }),
  }
  return counted(views, 'views', world)
}

/** The same, counting questions by name. */
function counted<T extends object>(port: T, prefix: string, { asked }: World): T {
  return Object.fromEntries(Object.entries(port).map(([name, question]) => [name, (...args: readonly unknown[]) => {
    asked.set(`${prefix}.${name}`, (asked.get(`${prefix}.${name}`) ?? 0) + 1)
    return (question as (...args: readonly unknown[]) => unknown)(...args)
  }])) as T
}

/** A page of a service that pages by a number of its own. */
const remote = <T>(items: readonly T[], { limit, cursor }: { readonly limit: number; readonly cursor: string }) => {
  const from = cursor === '' ? 0 : Number(cursor)
  return { items: items.slice(from, from + limit), next_cursor: from + limit < items.length ? String(from + limit) : '' }
}

export interface GraphAnswer {
  readonly status: number
  readonly data: unknown
  readonly errors: readonly { readonly message: string; readonly path?: readonly unknown[]; readonly extensions: { readonly code: string } }[]
}
export interface TestGraph {
  readonly app: FastifyInstance
  readonly world: World
  readonly ports: GraphPorts
  /** Opens a WebSocket without a port. */
  readonly connect: FastifyInstance['injectWS']
  /** Asks as the person of an account (`account-<n>`, with their profile <n>), or as nobody. */
  ask(query: string, as?: number, variables?: object): Promise<GraphAnswer>
  send(payload: object, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>
}

/** People 1 to 9; 9 moderates, and 8 uses an application that may see nothing of theirs. */
export const people: Readonly<Record<string, Identity>> = Object.fromEntries(Array.from({ length: 9 }, (_, index) => index + 1).map((number) => [
  `p${number}`, person(`account-${number}`, { scopes: number === 8 ? [] : ['social:read', 'ratings:read'], roles: number === 9 ? ['editor'] : ['viewer'] }),
]))

/** Presence that is kept in the world. */
const presenceOf = ({ here }: World): GraphPorts['presence'] => ({
  enter(profile_id, isHidden) {
    const all = here.get(profile_id) ?? []
    here.set(profile_id, all)
    all.push(isHidden)
    return () => { all.splice(all.indexOf(isHidden), 1) }
  },
  online: async (ids) => new Set(ids.filter((id) => (here.get(id) ?? []).length > 0 && !here.get(id)?.includes(true))),
})

const reason = { score: 1, recency: 1, affinity: 1, weight: 1 }

/** Opens it over a world. */
export function testGraph(world: World, some: Partial<GraphPorts> = {}): TestGraph {
  const texts = counted({ texts: async (ids: readonly string[]) => new Map(ids.map((id) => [id, `text ${id}`])) }, 'social', world)
  const feeds = counted<GraphPorts['feeds']>({
    feed: async (_profile_id, ranked, page) => remote(world.activities.map((one) => ({ activities: [one], profiles: 1, reason: ranked ? reason : null })), page),
    activity: async (profile_id, _viewer_id, page) => remote(world.activities.filter((one) => one.profile_id === profile_id), page),
  }, 'feed', world)
  const ownerOf: GraphPorts['ownerOf'] = async (id) => world.members.find(({ profile_id }) => profile_id === id)?.account_id
  const ports: GraphPorts = { views: viewsOf(world), ownerOf, feeds, texts: texts.texts, presence: presenceOf(world), hub: createHub(), queries: new Map(), closed: false, ...some }
  let inside: FastifyInstance | undefined
  const routes: typeof graphRoutes = (given) => async (scope, options) => {
    await graphRoutes(given)(scope, options)
    inside = scope as unknown as FastifyInstance
  }
  const app = serviceFor({ name: 'graph', description: '', checks: {}, routes: routes(ports) }, people)
  const send = (payload: object, headers: Readonly<Record<string, string>> = {}): Promise<LightMyRequestResponse> => app.inject({ method: 'POST', url: '/v1/graphql', payload, headers })
  return {
    app, world, send, ports,
    connect: async (...args) => {
      await app.ready()
      if (inside === undefined) throw new Error('connecting: the routes are not there')
      return inside.injectWS(...args)
    },
    ask: async (query, as, variables) => {
      const headers = as === undefined ? { authorization: 'Bearer program' } : { authorization: `Bearer p${as}`, 'acting-profile': memberId(as) }
      const answer = await send({ query, ...(variables === undefined ? {} : { variables }) }, headers)
      const body = answer.json<Partial<Omit<GraphAnswer, 'status'>>>()
      return { status: answer.statusCode, data: body.data, errors: body.errors ?? [] }
    },
  }
}
