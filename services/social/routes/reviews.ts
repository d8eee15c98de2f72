/** Reviews: written, changed, removed; read by title, by author and by themselves. */
import Type from 'typebox'
import { identityOf } from '../../shared/access.ts'
import { Refused } from '../../shared/errors.ts'
import { etag, etagOfRemoval, expectedVersions, isKnown, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { cursorTo, isInstantAndId, placeOf } from '../../shared/pagination.ts'
import { Fields, Page } from '../../shared/text.ts'
import { knownTitles } from '../../shared/titles.ts'
import { findActive, viewerOf, type Viewer } from '../looking.ts'
import type { SocialPorts } from '../ports.ts'
import { changeReview, removeReview, writeReview } from '../review-commands.ts'
import { describeReviews, reviewAnswer, seeReview } from '../review-reading.ts'
import { readEdits } from '../review-store.ts'
import type { ReviewPlace, ViewedReview } from '../review-views.ts'
import { noReview } from '../review.ts'
import { MemberPath } from '../schemas-members.ts'
import { Edit, Looking, LookingThrough, NewReview, OwnPath, OwnReviewPath, Review, ReviewChanges, ReviewPath, Sorted, TitlePath, WrittenReview } from '../schemas-reviews.ts'
import { prepareToTell } from '../tell.ts'
import { openSealed } from '../texts.ts'

const tags = ['reviews']
const none = Fields({})
const write = { access: { scope: 'social:write' } } as const
/** Reviews that are looked through for the most liked. */
const looked = 200
const isEdit = (place: readonly unknown[]): place is readonly [number] => place.length === 1 && Number.isSafeInteger(place[0])
const halfStars = (stars: number | null | undefined): number | null => (stars === undefined || stars === null ? null : stars * 2)

export const reviewRoutes: Routes<SocialPorts> = (ports) => async (app) => {
  const { database, findViewing, titles, vault, views } = ports
  const tagOf = ({ review_id, version }: Pick<ViewedReview, 'review_id' | 'version'>): string => etag(review_id, version)

  app.post('/v1/members/:profile_id/reviews', {
    config: write,
    schema: { tags, summary: 'Review a title', params: OwnPath, querystring: none, headers: PostHeaders, body: NewReview, response: { 201: WrittenReview, ...problems } },
  }, async (request, reply) => {
    const { stars, viewing_id = null, ...words } = request.body
    if (!(await knownTitles(titles, [words.title_id], Date.now())).has(words.title_id)) throw new Refused({ code: 'unknown_title', message: 'no title has this id', field: 'title_id' })
    const viewing = viewing_id === null ? undefined : await findViewing(viewing_id)
    if (viewing_id !== null && (viewing?.profile_id !== request.params.profile_id || viewing.title_id !== words.title_id)) {
      throw new Refused({ code: 'unknown_viewing', message: 'the diary of this profile has no entry of this title with that id; add it first, or leave it out', field: 'viewing_id' })
    }
    await prepareToTell(ports)
    return sendAnswer(reply, await once(database, request, async (sql) => {
      const review = await writeReview(ports, sql, request.params.profile_id, { ...words, viewing_id, half_stars: halfStars(stars) })
      return { status: 201, headers: { etag: tagOf(review), location: `/v1/reviews/${review.review_id}` }, body: reviewAnswer(review) }
    }, vault.requestDigest))
  })

  app.patch('/v1/members/:profile_id/reviews/:review_id', {
    config: write,
    schema: {
      tags, summary: 'Change a review of your own; what it said before is kept', params: OwnReviewPath, querystring: none, headers: WriteHeaders, body: ReviewChanges,
      response: { 200: WrittenReview, ...problems },
    },
  }, async (request, reply) => {
    const { profile_id, review_id } = request.params
    const { stars, ...rest } = request.body
    await prepareToTell(ports)
    const change = { ...rest, ...(stars === undefined ? {} : { half_stars: halfStars(stars) }) }
    const review = await database.transact((sql) => changeReview(ports, sql, profile_id, review_id, change, expectedVersions(request.headers['if-match'], review_id)))
    return reply.header('etag', tagOf(review)).send(reviewAnswer(review))
  })

  app.delete('/v1/members/:profile_id/reviews/:review_id', {
    config: write,
    schema: {
      tags, summary: 'Remove a review of your own, with all that was said of it', params: OwnReviewPath, querystring: none, headers: WriteHeaders, response: { 204: Type.Null(), ...problems },
    },
  }, async (request, reply) => {
    const { profile_id, review_id } = request.params
    await prepareToTell(ports)
    const version = await database.transact((sql) => removeReview(ports, sql, profile_id, review_id, expectedVersions(request.headers['if-match'], review_id)))
    return reply.code(204).header('etag', etagOfRemoval(review_id, version)).send(null)
  })

  app.get('/v1/reviews/:review_id', {
    config: { access: 'public' },
    schema: { tags, summary: 'A review', params: ReviewPath, querystring: Looking, headers: ReadHeaders, response: { 200: Review, 304: Type.Null(), ...problems } },
  }, async (request, reply) => {
    const viewer = viewerOf(request.identity, request.query.as)
    const { value, from, asked } = await seeReview(ports, viewer, request.params.review_id, request.headers['read-after'])
    void reply.header('etag', tagOf(value)).header('served-from', from)
    if (isKnown(request.headers['if-none-match'], tagOf(value))) return reply.code(304).send(null)
    // its words come to the view by a topic of their own, and may be behind it
    const [answer] = await describeReviews(ports, [value], viewer, { words: asked ? 'mysql' : 'view' })
    if (answer === undefined) throw new Refused(noReview)
    return reply.send(answer)
  })

  app.get('/v1/reviews/:review_id/edits', {
    config: { access: { scope: 'social:read' } },
    schema: {
      tags, summary: 'What a review said before, oldest first: for its author and for moderators', params: ReviewPath, querystring: LookingThrough, response: { 200: Page(Edit), ...problems },
    },
  }, async (request) => {
    const { as, limit = 20, cursor } = request.query
    const { review_id } = request.params
    const viewer = viewerOf(identityOf(request), as)
    const { value } = await seeReview(ports, viewer, review_id, undefined)
    if (value.profile_id !== viewer.viewer_id && !viewer.moderates) throw new Refused(noReview)
    const place = placeOf(['edits', review_id], cursor, isEdit)
    const found = await database.read((sql) => readEdits(sql, review_id, limit + 1, place?.[0] ?? -1))
    const last = found.length > limit ? found[limit - 1] : undefined
    const items = found.slice(0, limit).map((row) => ({ edit: row.edit, body: openSealed(vault, row, row.body_sealed) ?? '', written_at: row.written_at.toISOString() }))
    return { items, next_cursor: last === undefined ? null : cursorTo(['edits', review_id], [last.edit]) }
  })

  type Ask = (limit: number, after: ReviewPlace | undefined) => Promise<readonly ViewedReview[]>
  const page = async (query: unknown, { limit = 20, cursor }: { readonly limit?: number; readonly cursor?: string }, viewer: Viewer, ask: Ask) => {
    const place = placeOf(query, cursor, isInstantAndId)
    const found = await ask(limit + 1, place === undefined ? undefined : { created_at: place[0], review_id: place[1] })
    const last = found.length > limit ? found[limit - 1] : undefined
    return { items: await describeReviews(ports, found.slice(0, limit), viewer), next_cursor: last === undefined ? null : cursorTo(query, [last.created_at, last.review_id]) }
  }
  const description = 'Those that you may see; a page may hold fewer than `limit` though others follow.'

  app.get('/v1/titles/:title_id/reviews', {
    config: { access: 'public' },
    schema: { tags, summary: 'Reviews of a title, newest or most liked first', params: TitlePath, querystring: Sorted, response: { 200: Page(Review), ...problems }, description },
  }, async (request) => {
    const { title_id } = request.params
    const { as, sort = 'new', limit = 20, ...rest } = request.query
    const viewer = viewerOf(request.identity, as)
    if (sort === 'new') return page([title_id, sort], { limit, ...rest }, viewer, (most, after) => views.reviews.ofTitle(title_id, most, after))
    const newest = await views.reviews.ofTitle(title_id, looked, undefined)
    const numbers = newest.length === 0 ? new Map<string, never>() : await views.reviews.numbers(newest.map(({ review_id }) => review_id))
    const likes = ({ review_id }: ViewedReview): number => numbers.get(review_id)?.likes ?? 0
    return { items: await describeReviews(ports, newest.toSorted((a, b) => likes(b) - likes(a)), viewer, { most: limit }), next_cursor: null }
  })

  app.get('/v1/members/:member/reviews', {
    config: { access: 'public' },
    schema: { tags, summary: "A member's reviews, newest first", params: MemberPath, querystring: LookingThrough, response: { 200: Page(Review), ...problems }, description },
  }, async (request) => {
    const { as, ...rest } = request.query
    const viewer = viewerOf(request.identity, as)
    const { card: { profile_id } } = await findActive(views.members, request.params.member, viewer)
    return page(['of', profile_id], rest, viewer, (most, after) => views.reviews.ofProfile(profile_id, most, after))
  })
}
