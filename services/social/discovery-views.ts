/** What discovery asks of the social graph. */
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import title, { titleCards, type TitleCard } from '@cdlc/streams/views/content/title.ts'
import socialGraph, {
  becauseYouFollow, findMembers, mutualFollows, popularWithFriends, whoToFollow, type Favourites, type FoundMember, type MemberSearch, type PopularTitle, type Suggestion,
} from '@cdlc/streams/views/user/social-graph.ts'
import { asker } from '../shared/views.ts'

export type { Favourites, FoundMember, MemberSearch, PopularTitle, Suggestion, TitleCard }

/** Each may throw Unavailable. */
export interface DiscoveryViews {
  find(q: string, search: MemberSearch): Promise<readonly FoundMember[]>
  suggestions(profile_id: string, limit: number): Promise<readonly Suggestion[]>
  /** Whom the one follows and who follow the other. */
  between(profile_id: string, other_id: string, limit: number): Promise<readonly { readonly profile_id: string }[]>
  /** Titles that those whom one follows turn to, and one has not rated. */
  popular(profile_id: string, limit: number): Promise<readonly PopularTitle[]>
  /** Those whom one follows and who are nearest in taste, each with what they like and one has not rated. */
  favourites(profile_id: string, many: { readonly members: number; readonly titles: number }): Promise<readonly Favourites[]>
  /** In the order asked for. */
  titles(title_ids: readonly string[]): Promise<readonly (TitleCard | undefined)[]>
}

/** The views that are asked here. */
export const discoveryViewsAsked: readonly View[] = [socialGraph, title]

/** Opens no store yet. */
export function discoveryViews(sinks: Sinks): DiscoveryViews {
  const graph = asker(sinks, socialGraph)
  const titles = asker(sinks, title)
  return {
    find: (q, search) => graph((reader) => findMembers(reader, q, search)),
    suggestions: (profile_id, limit) => graph((reader) => whoToFollow(reader, profile_id, { limit })),
    between: (profile_id, other_id, limit) => graph((reader) => mutualFollows(reader, profile_id, other_id, { limit })),
    popular: (profile_id, limit) => graph((reader) => popularWithFriends(reader, profile_id, { limit })),
    favourites: (profile_id, many) => graph((reader) => becauseYouFollow(reader, profile_id, many)),
    titles: (title_ids) => (title_ids.length === 0 ? Promise.resolve([]) : titles((reader) => titleCards(reader, title_ids))),
  }
}
