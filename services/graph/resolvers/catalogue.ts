/** Titles, and the people of the screen. */
import type { Resolvers } from '@cdlc/schemas/generated/graphql.ts'
import { pageByTime, shown } from '../connection.ts'
import type { Graph } from '../context.ts'
import { globalId } from '../ids.ts'

export const catalogueResolvers: Resolvers<Graph> = {
  Title: {
    id: ({ title_id }) => globalId('Title', title_id),
    stats: async ({ title_id }, _args, { loaders }) => (await loaders.stats(title_id)) ?? null,
    viewerStars: async ({ title_id }, _args, { loaders }) => {
      const half_stars = await loaders.rating(title_id)
      return half_stars === undefined ? null : half_stars / 2
    },
    likeCount: async ({ title_id }, _args, { loaders }) => (await loaders.subjectCounts(title_id))?.likes ?? 0,
    reviews: ({ title_id }, page, graph) => pageByTime({
      of: ['reviews on', title_id],
      ask: (asked) => graph.ports.views.reviewsOfTitle(title_id, asked),
      place: ({ created_at, review_id }) => ({ at: created_at, id: review_id }),
      edge: shown(graph, 'Review'),
    }, page),
  },
  Credit: { person: async ({ person_id }, _args, { loaders }) => (await loaders.person(person_id)) ?? null },
  Person: { id: ({ person_id }) => globalId('Person', person_id) },
}
