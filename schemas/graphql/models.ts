/** What resolvers hold of each type of the graph: rows of topics, as views keep them. The generated types of resolvers are over these. */
import type { CdcRows, Events } from '../generated/topics.ts'

export type MemberModel = Pick<CdcRows['cdc.user.social_profiles'], 'profile_id' | 'account_id' | 'name' | 'bio_id' | 'is_private' | 'created_at'> & { readonly handle: string }
export type ReviewModel = CdcRows['cdc.user.reviews']
export type CommentModel = CdcRows['cdc.user.comments']
export type ListModel = CdcRows['cdc.user.lists']
export type ListEntryModel = CdcRows['cdc.user.list_entries']
export type ViewingModel = Omit<CdcRows['cdc.user.viewings'], 'tags_sealed'>
export type ActivityModel = Omit<Events['user.activity'], 'event_id' | 'type' | 'version'>
export type NotificationModel = Omit<Events['user.notifications'], 'event_id' | 'type' | 'version'>

/** Out of the view `title`, whose dates are ISO text. */
export interface TitleModel {
  readonly title_id: string
  readonly kind: string
  readonly name: string
  readonly original_name: string | null
  readonly release_year: number | null
  readonly released_on: string | null
  readonly runtime_minutes: number | null
  readonly mpaa_rating: string | null
  readonly studio: string | null
  readonly synopsis: string | null
  readonly genres: readonly string[]
  readonly countries: readonly string[]
  readonly credits: readonly CreditModel[]
}
export interface CreditModel {
  readonly person_id: string
  readonly role: string
  readonly character_name: string
  readonly credited_as: string
}
export interface PersonModel {
  readonly person_id: string
  readonly name: string
  readonly born_on: string | null
  readonly died_on: string | null
  readonly birthplace: string | null
  readonly biography: string | null
}
export interface StatsModel {
  readonly count: number
  readonly mean_stars: number
  readonly weighted_stars: number
  readonly histogram: readonly number[]
}

export interface FeedItemModel {
  readonly activities: readonly ActivityModel[]
  readonly profiles: number
  readonly reason: { readonly score: number; readonly recency: number; readonly affinity: number; readonly weight: number } | null
}

/** What was searched for; its lists are asked for where somebody selects them. */
export interface SearchModel {
  readonly q: string
  readonly first: number
  /** Of all where it is undefined. */
  readonly types: readonly string[] | undefined
}

/** What a subscription tells of, under the name of its field. */
export type NewsModel =
  | { readonly feedActivityAdded: ActivityModel }
  | { readonly notificationAdded: NotificationModel }

/** A page of anything: what is on it, each with its cursor. */
export interface Page<T> {
  readonly edges: readonly Edge<T>[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly startCursor: string | null; readonly endCursor: string | null }
}
export interface Edge<T> {
  readonly cursor: string
  readonly node: T
}
/** A member among followers or followed, with the instant. */
export interface MemberEdgeModel extends Edge<MemberModel> {
  readonly followed_at: number | null
}
export interface MemberPage extends Page<MemberModel> {
  readonly edges: readonly MemberEdgeModel[]
}

/** What may stand where the graph has `Node`; the type's name tells which. */
export type NodeModel =
  | (MemberModel & { readonly __typename: 'Member' })
  | (TitleModel & { readonly __typename: 'Title' })
  | (PersonModel & { readonly __typename: 'Person' })
  | (ReviewModel & { readonly __typename: 'Review' })
  | (CommentModel & { readonly __typename: 'Comment' })
  | (ListModel & { readonly __typename: 'List' })
  | (ViewingModel & { readonly __typename: 'Viewing' })
