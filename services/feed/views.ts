/** Feed's questions, put to the real views. */
import { CAUGHT_UP_AT } from '@cdlc/streams/processors/user/feed-fan-out.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import title, { titleCards } from '@cdlc/streams/views/content/title.ts'
import activityView, { activitiesOf } from '@cdlc/streams/views/user/activity.ts'
import feedHeadView, { feedHead } from '@cdlc/streams/views/user/feed-head.ts'
import homeFeed, { feedPage } from '@cdlc/streams/views/user/home-feed.ts'
import relationships, { outgoingOf, relationsFrom, relationsTo } from '@cdlc/streams/views/user/relationships.ts'
import socialCounts, { profileCounts } from '@cdlc/streams/views/user/social-counts.ts'
import socialProfiles, { card, cardByHandle, cards } from '@cdlc/streams/views/user/social-profiles.ts'
import { asker } from '../shared/views.ts'
import { pageOf } from './merge.ts'
import type { Asked, FeedViews, Place } from './ports.ts'

/** The views that are asked. */
export const viewsAsked: readonly View[] = [activityView, feedHeadView, homeFeed, relationships, socialCounts, socialProfiles, title]

/** More than a profile may follow, with room for those whom it blocked or muted. */
const mostRelations = 20_000
/** Half of it: the fan-out counts followers by itself, and may stop delivering while the view still counts fewer. What comes twice is shown once. */
const wideFrom = CAUGHT_UP_AT

const askedOf = ({ limit, after }: Asked): { readonly limit: number; readonly after?: Place } => ({ limit, ...(after === undefined ? {} : { after }) })

/** Opens no store yet. */
export function feedViews(sinks: Sinks): FeedViews {
  const [people, relations, counts] = [asker(sinks, socialProfiles), asker(sinks, relationships), asker(sinks, socialCounts)]
  const [heads, delivered, done, titles] = [asker(sinks, feedHeadView), asker(sinks, homeFeed), asker(sinks, activityView), asker(sinks, title)]
  return {
    card: (profile_id) => people((reader) => card(reader, profile_id)),
    cards: async (ids) => (ids.length === 0 ? [] : people((reader) => cards(reader, ids))),
    cardByHandle: (handle) => people((reader) => cardByHandle(reader, handle)),
    relationsTo: async (profile_id, ids) => (ids.length === 0 ? [] : relations((reader) => relationsTo(reader, profile_id, ids))),
    relationsFrom: async (ids, other_id) => (ids.length === 0 ? [] : relations((reader) => relationsFrom(reader, ids, other_id))),
    outgoing: (profile_id) => relations((reader) => outgoingOf(reader, profile_id, mostRelations)),
    widelyFollowed: async (ids) => {
      if (ids.length === 0) return []
      const found = await counts((reader) => profileCounts(reader, ids))
      return ids.filter((id) => (found.get(id)?.followers ?? 0) > wideFrom)
    },
    entries: async (follower_id, asked) => {
      const head = asked.after === undefined ? await heads((reader) => feedHead(reader, { follower_id, limit: asked.limit })) : undefined
      if (head !== undefined) return { activities: head.entries, ended: head.ended }
      return pageOf(await delivered((reader) => feedPage(reader, { follower_id, ...askedOf(asked) })), asked)
    },
    activities: (ids, asked) => done((reader) => activitiesOf(reader, ids, askedOf(asked))),
    titles: async (ids) => {
      const found = ids.length === 0 ? [] : await titles((reader) => titleCards(reader, ids))
      return new Map(found.flatMap((one) => (one === undefined ? [] : [[one.title_id, one.name]])))
    },
  }
}
