/** What discovery asks of the social graph. */
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import socialGraph, { findMembers, mutualFollows, whoToFollow, type FoundMember, type MemberSearch, type Suggestion } from '@cdlc/streams/views/user/social-graph.ts'
import { asker } from '../shared/views.ts'

export type { FoundMember, MemberSearch, Suggestion }

/** Each may throw Unavailable. */
export interface DiscoveryViews {
  find(q: string, search: MemberSearch): Promise<readonly FoundMember[]>
  suggestions(profile_id: string, limit: number): Promise<readonly Suggestion[]>
  /** Whom the one follows and who follow the other. */
  between(profile_id: string, other_id: string, limit: number): Promise<readonly { readonly profile_id: string }[]>
}

/** The views that are asked here. */
export const discoveryViewsAsked: readonly View[] = [socialGraph]

/** Opens no store yet. */
export function discoveryViews(sinks: Sinks): DiscoveryViews {
  const graph = asker(sinks, socialGraph)
  return {
    find: (q, search) => graph((reader) => findMembers(reader, q, search)),
    suggestions: (profile_id, limit) => graph((reader) => whoToFollow(reader, profile_id, { limit })),
    between: (profile_id, other_id, limit) => graph((reader) => mutualFollows(reader, profile_id, other_id, { limit })),
  }
}
