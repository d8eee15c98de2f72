/** Social's questions, put to the real views. */
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import { discoveryViews, discoveryViewsAsked, type DiscoveryViews } from './discovery-views.ts'
import { listViews, listViewsAsked, type ListViews } from './list-views.ts'
import { memberViews, memberViewsAsked, type MemberViews } from './member-views.ts'
import { reviewViews, reviewViewsAsked, type ReviewViews } from './review-views.ts'
import { searchViews, searchViewsAsked, type SearchViews } from './search-views.ts'

/** Questions to views; each may throw Unavailable. Each part of the component adds its own. */
export interface SocialViews {
  readonly members: MemberViews
  readonly lists: ListViews
  readonly discovery: DiscoveryViews
  readonly reviews: ReviewViews
  readonly search: SearchViews
}

/** The views that are asked. */
export const viewsAsked: readonly View[] = [...memberViewsAsked, ...listViewsAsked, ...reviewViewsAsked, ...discoveryViewsAsked, ...searchViewsAsked]

/** Opens no store yet. */
export function socialViews(sinks: Sinks): SocialViews {
  return {
    members: memberViews(sinks),
    lists: listViews(sinks),
    discovery: discoveryViews(sinks),
    reviews: reviewViews(sinks),
    search: searchViews(sinks),
  }
}
