/** Reviews, comments and lists. */
import type { ListKind, ListVisibility, Resolvers } from '@cdlc/schemas/generated/graphql.ts'
import { pageByPlace, pageByTime, shown, type PageArgs } from '../connection.ts'
import type { Graph } from '../context.ts'
import { globalId } from '../ids.ts'

const stars = (half_stars: number | null): number | null => (half_stars === null ? null : half_stars / 2)
const prose = async ({ loaders }: Graph, text_id: string | null): Promise<string | null> => (text_id === null ? null : ((await loaders.text(text_id)) ?? null))
const member = async ({ loaders }: Graph, profile_id: string) => (await loaders.member(profile_id)) ?? null
const title = async ({ loaders }: Graph, title_id: string) => (await loaders.title(title_id)) ?? null
const likes = async ({ loaders }: Graph, subject_id: string): Promise<number> => (await loaders.subjectCounts(subject_id))?.likes ?? 0
const commented = async ({ loaders }: Graph, subject_id: string): Promise<number> => (await loaders.subjectCounts(subject_id))?.comments ?? 0

/** What was written under something, the oldest first. */
const thread = (graph: Graph, subject_id: string, page: PageArgs) => pageByTime({
  of: ['comments on', subject_id],
  ask: (asked) => graph.ports.views.thread(subject_id, asked),
  place: ({ created_at, comment_id }) => ({ at: created_at, id: comment_id }),
  edge: shown(graph, 'Comment'),
}, page)

export const writtenResolvers: Resolvers<Graph> = {
  Review: {
    id: ({ review_id }) => globalId('Review', review_id),
    author: ({ profile_id }, _args, graph) => member(graph, profile_id),
    title: ({ title_id }, _args, graph) => title(graph, title_id),
    body: ({ text_id }, _args, graph) => prose(graph, text_id),
    stars: ({ half_stars }) => stars(half_stars),
    isSpoiler: ({ spoiler }) => spoiler !== 0,
    isHidden: ({ state }) => state !== 'published',
    wasEdited: ({ edits }) => edits > 0,
    likeCount: ({ review_id }, _args, graph) => likes(graph, review_id),
    commentCount: ({ review_id }, _args, graph) => commented(graph, review_id),
    comments: ({ review_id }, page, graph) => thread(graph, review_id, page),
  },
  Comment: {
    id: ({ comment_id }) => globalId('Comment', comment_id),
    author: ({ profile_id }, _args, graph) => member(graph, profile_id),
    body: ({ text_id }, _args, graph) => prose(graph, text_id),
    parentId: ({ parent_id }) => (parent_id === null ? null : globalId('Comment', parent_id)),
    isHidden: ({ state }) => state !== 'published',
    likeCount: ({ comment_id }, _args, graph) => likes(graph, comment_id),
  },
  List: {
    id: ({ list_id }) => globalId('List', list_id),
    owner: ({ profile_id }, _args, graph) => member(graph, profile_id),
    kind: ({ kind }) => kind.toUpperCase() as ListKind,
    description: ({ description_id }, _args, graph) => prose(graph, description_id),
    visibility: ({ visibility }) => visibility.toUpperCase() as ListVisibility,
    isRanked: ({ ranked }) => ranked !== 0,
    likeCount: ({ list_id }, _args, graph) => likes(graph, list_id),
    commentCount: ({ list_id }, _args, graph) => commented(graph, list_id),
    collaborators: async ({ list_id }, _args, { loaders }) => {
      const ids = (await loaders.collaborators(list_id)) ?? []
      return (await Promise.all(ids.map((id) => loaders.member(id)))).filter((card) => card !== undefined)
    },
    entries: ({ list_id }, page, graph) => pageByPlace({
      of: ['entries of', list_id],
      ask: (asked) => graph.ports.views.entries(list_id, asked),
      place: ({ place, title_id }) => ({ place, title_id }),
      edge: shown(graph, 'ListEntry'),
    }, page),
    comments: ({ list_id }, page, graph) => thread(graph, list_id, page),
  },
  ListEntry: {
    title: ({ title_id }, _args, graph) => title(graph, title_id),
    note: ({ note_id }, _args, graph) => prose(graph, note_id),
    addedBy: ({ added_by }, _args, graph) => member(graph, added_by),
  },
  Viewing: {
    id: ({ viewing_id }) => globalId('Viewing', viewing_id),
    member: ({ profile_id }, _args, graph) => member(graph, profile_id),
    title: ({ title_id }, _args, graph) => title(graph, title_id),
    stars: ({ half_stars }) => stars(half_stars),
    isRewatch: ({ rewatch }) => rewatch !== 0,
  },
}
