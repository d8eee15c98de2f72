/** What the graph needs from outside: views by their questions, for many keys at once wherever a page needs many; feeds and prose by gRPC. */
import type {
  ActivityModel, CommentModel, FeedItemModel, ListEntryModel, ListModel, MemberModel, NotificationModel, PersonModel, ReviewModel, StatsModel, TitleModel, ViewingModel,
} from '@cdlc/schemas/graphql/models.ts'
import type { OwnerOf } from '../shared/owners.ts'
import type { Presence } from '../shared/presence.ts'
import type { Hub } from './live/hub.ts'

/** `profile_id` follows `other_id`. */
export interface FollowRow {
  readonly profile_id: string
  readonly other_id: string
  readonly followed_at: number | null
}
/** How `profile_id` stands to `other_id`. */
export interface RelationRow extends FollowRow {
  readonly follow: string
  readonly blocked: number
  readonly muted: number
}
export interface Asked<P> {
  readonly limit: number
  /** Last of the page before. */
  readonly after?: P
}
/** The last of a page by the time it was made, and by its id. */
export interface Since { readonly at: number; readonly id: string }
export interface Counts { readonly likes: number; readonly comments: number }
export interface Followers { readonly followers: number; readonly following: number }

/** Questions to views; each may throw Unavailable. Answers to several ids are in any order, without those that are not there. */
export interface GraphViews {
  members(ids: readonly string[]): Promise<readonly MemberModel[]>
  memberByHandle(handle: string): Promise<MemberModel | undefined>
  relationsTo(profile_id: string, other_ids: readonly string[]): Promise<readonly RelationRow[]>
  relationsFrom(profile_ids: readonly string[], other_id: string): Promise<readonly RelationRow[]>
  followers(profile_id: string, page: Asked<Since>): Promise<readonly FollowRow[]>
  following(profile_id: string, page: Asked<Since>): Promise<readonly FollowRow[]>
  profileCounts(ids: readonly string[]): Promise<ReadonlyMap<string, Followers>>
  subjectCounts(ids: readonly string[]): Promise<ReadonlyMap<string, Counts>>
  titles(ids: readonly string[]): Promise<readonly TitleModel[]>
  titleStats(ids: readonly string[]): Promise<ReadonlyMap<string, StatsModel>>
  ratings(profile_id: string, title_ids: readonly string[]): Promise<ReadonlyMap<string, number>>
  person(id: string): Promise<PersonModel | undefined>
  reviews(ids: readonly string[]): Promise<readonly ReviewModel[]>
  reviewsOfTitle(title_id: string, page: Asked<Since>): Promise<readonly ReviewModel[]>
  reviewsOfMember(profile_id: string, page: Asked<Since>): Promise<readonly ReviewModel[]>
  comments(ids: readonly string[]): Promise<readonly CommentModel[]>
  thread(subject_id: string, page: Asked<Since>): Promise<readonly CommentModel[]>
  lists(ids: readonly string[]): Promise<readonly ListModel[]>
  listsOfMember(profile_id: string, page: Asked<Since>): Promise<readonly ListModel[]>
  entries(list_id: string, page: Asked<{ readonly place: string; readonly title_id: string }>): Promise<readonly ListEntryModel[]>
  collaborators(list_id: string): Promise<readonly string[]>
  viewing(id: string): Promise<ViewingModel | undefined>
  /** `at` is the day since the epoch, -1 where nobody knows. */
  viewings(profile_id: string, page: Asked<Since>): Promise<readonly ViewingModel[]>
  /** Ids of what words find, best match first; of members none who is apart from the one who looks by a block. */
  searchTitles(q: string, limit: number): Promise<readonly string[]>
  searchPeople(q: string, limit: number): Promise<readonly string[]>
  searchMembers(q: string, limit: number, viewer_id: string | undefined): Promise<readonly string[]>
  searchLists(q: string, limit: number): Promise<readonly string[]>
  notifications(profile_id: string, page: Asked<Since>): Promise<readonly NotificationModel[]>
  unread(profile_id: string): Promise<{ readonly count: number; readonly read_at: number | null }>
}

/** A page of another service, by its own cursor; empty where there is no next. */
export interface Remote<T> { readonly items: readonly T[]; readonly next_cursor: string }
export interface RemotePage { readonly limit: number; readonly cursor: string }

/** The service `feed`; each may throw Unavailable, or Refused for a cursor of another feed. */
export interface Feeds {
  feed(profile_id: string, ranked: boolean, page: RemotePage): Promise<Remote<FeedItemModel>>
  activity(profile_id: string, viewer_id: string | undefined, page: RemotePage): Promise<Remote<ActivityModel>>
}

export interface GraphPorts {
  readonly views: GraphViews
  /** Whose a profile with a card is; remembered, so that who looks costs no question. */
  readonly ownerOf: OwnerOf
  readonly feeds: Feeds
  /** Bodies by text id, 200 at most; those that are gone are left out. */
  readonly texts: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly presence: Pick<Presence, 'enter' | 'online'>
  /** Where what happens is told to who listens in this process. */
  readonly hub: Hub
  /** Queries by the SHA-256 of their text, in hex. */
  readonly queries: ReadonlyMap<string, string>
  /** Only `queries` are answered, and nobody is told the schema. */
  readonly closed: boolean
}
