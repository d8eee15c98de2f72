/** Comments on reviews and lists. */
import Type from 'typebox'
import { etag } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { cursorTo, isInstantAndId, placeOf } from '../../shared/pagination.ts'
import { Fields, Page } from '../../shared/text.ts'
import { addComment, changeComment, removeComment } from '../comment-commands.ts'
import { seeList } from '../list-reading.ts'
import { viewerOf, type Viewer } from '../looking.ts'
import type { SocialPorts } from '../ports.ts'
import { commentAnswer, describeComments, seeReview } from '../review-reading.ts'
import { Comment, CommentChanges, ListPath, LookingThrough, NewComment, OwnCommentPath, OwnPath, ReviewPath, WrittenComment } from '../schemas-reviews.ts'
import { prepareToTell } from '../tell.ts'

const tags = ['comments']
const none = Fields({})
const write = { access: { scope: 'social:write' } } as const

export const commentRoutes: Routes<SocialPorts> = (ports) => async (app) => {
  const { database, vault, views } = ports

  app.post('/v1/members/:profile_id/comments', {
    config: write,
    schema: {
      tags, summary: 'Comment on a review or a list, or answer a comment', params: OwnPath, querystring: none, headers: PostHeaders, body: NewComment, response: { 201: WrittenComment, ...problems },
    },
  }, async (request, reply) => {
    await prepareToTell(ports)
    return sendAnswer(reply, await once(database, request, async (sql) => {
      const comment = await addComment(ports, sql, request.params.profile_id, { ...request.body, parent_id: request.body.parent_id ?? null })
      return { status: 201, headers: { etag: etag(comment.comment_id, comment.version) }, body: commentAnswer(comment) }
    }, vault.requestDigest))
  })

  app.patch('/v1/members/:profile_id/comments/:comment_id', {
    config: write,
    schema: { tags, summary: 'Put other words in a comment of your own', params: OwnCommentPath, querystring: none, body: CommentChanges, response: { 200: WrittenComment, ...problems } },
  }, async (request, reply) => {
    const { profile_id, comment_id } = request.params
    const comment = await database.transact((sql) => changeComment(ports, sql, profile_id, comment_id, request.body.body))
    return reply.header('etag', etag(comment_id, comment.version)).send(commentAnswer(comment))
  })

  app.delete('/v1/members/:profile_id/comments/:comment_id', {
    config: write,
    schema: { tags, summary: 'Remove a comment and the answers to it: your own, or one on what is yours', params: OwnCommentPath, querystring: none, response: { 204: Type.Null(), ...problems } },
  }, async (request, reply) => {
    const { profile_id, comment_id } = request.params
    await prepareToTell(ports)
    await database.transact((sql) => removeComment(ports, sql, profile_id, comment_id))
    return reply.code(204).send(null)
  })

  const threadOf = async (subject_id: string, { limit = 20, cursor }: { readonly limit?: number; readonly cursor?: string }, viewer: Viewer) => {
    const place = placeOf(subject_id, cursor, isInstantAndId)
    const found = await views.reviews.thread(subject_id, limit + 1, place === undefined ? undefined : { created_at: place[0], comment_id: place[1] })
    const last = found.length > limit ? found[limit - 1] : undefined
    return { items: await describeComments(ports, found.slice(0, limit), viewer), next_cursor: last === undefined ? null : cursorTo(subject_id, [last.created_at, last.comment_id]) }
  }
  const description = 'Oldest first, answers among them; those of people who have blocked you, or whom you have blocked, are left out.'

  app.get('/v1/reviews/:review_id/comments', {
    config: { access: 'public' },
    schema: { tags, summary: 'Comments on a review', params: ReviewPath, querystring: LookingThrough, response: { 200: Page(Comment), ...problems }, description },
  }, async (request) => {
    const { as, ...page } = request.query
    const viewer = viewerOf(request.identity, as)
    await seeReview(ports, viewer, request.params.review_id, undefined)
    return threadOf(request.params.review_id, page, viewer)
  })

  app.get('/v1/lists/:list_id/comments', {
    config: { access: 'public' },
    schema: { tags, summary: 'Comments on a list', params: ListPath, querystring: LookingThrough, response: { 200: Page(Comment), ...problems }, description },
  }, async (request) => {
    const { as, ...page } = request.query
    const viewer = viewerOf(request.identity, as)
    await seeList(ports, viewer, request.params.list_id, undefined)
    return threadOf(request.params.list_id, page, viewer)
  })
}
