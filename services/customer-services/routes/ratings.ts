/** Ratings: one by one, and in bulk. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { identityOf } from '../../shared/access.ts'
import { Refused } from '../../shared/errors.ts'
import { etag, etagOfRemoval, expectedVersions, isKnown, readAfter, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { freshest, shows } from '../../shared/read-your-writes.ts'
import { Fields, Ulid } from '../../shared/text.ts'
import { knownTitles } from '../../shared/titles.ts'
import type { CustomerPorts } from '../ports.ts'
import { run, runAll } from '../rating-commands.ts'
import { idOf, readHistogram, readRating, type RatingKey } from '../rating-store.ts'
import type { Rating as RatingState } from '../rating.ts'
import { Imported, NewRating, Rating, RatingPath, RatingsImport } from '../schemas.ts'

const tags = ['ratings']
const none = Fields({})

/** A rating as the API speaks of it. */
export const ratingAnswer = ({ profile_id, title_id, half_stars, rated_at, version }: RatingKey & RatingState) => ({
  profile_id,
  title_id,
  stars: half_stars / 2,
  rated_at: new Date(rated_at).toISOString(),
  version,
})

export const ratingRoutes: Routes<CustomerPorts> =
  ({ database, clock, views, activity }) =>
  async (app) => {
    const means = { clock, activity }
    const send = (reply: FastifyReply, key: RatingKey, rating: RatingState): FastifyReply =>
      reply.header('etag', etag(idOf(key), rating.version)).send(ratingAnswer({ ...key, ...rating }))

    app.put(
      '/v1/profiles/:profile_id/ratings/:title_id',
      {
        config: { access: { scope: 'ratings:write' } },
        schema: {
          tags,
          summary: 'Rate a title',
          params: RatingPath,
          querystring: none,
          headers: WriteHeaders,
          body: NewRating,
          response: { 200: Rating, 201: Rating, ...problems },
        },
      },
      async (request, reply) => {
        const { stars, rated_at } = request.body
        const key = request.params
        if (!(await knownTitles(views.titles, [key.title_id], Date.now())).has(key.title_id)) {
          throw new Refused({ code: 'title_not_found', message: 'no title has this id', field: 'path.title_id' })
        }
        const command = {
          do: 'rate' as const,
          half_stars: stars * 2,
          rated_at: rated_at === undefined ? undefined : Date.parse(rated_at),
          expected: expectedVersions(request.headers['if-match'], idOf(key)),
        }
        await activity.prepare()
        const { before, after } = await database.transact((sql) => run(means, sql, key, command, identityOf(request).kind === 'person'))
        if (after === undefined) throw new Error(`rating '${idOf(key)}': it is not there after it was put`)
        return send(reply.code(before === undefined ? 201 : 200), key, after)
      },
    )

    app.delete(
      '/v1/profiles/:profile_id/ratings/:title_id',
      {
        config: { access: { scope: 'ratings:write' } },
        schema: {
          tags,
          summary: 'Remove a rating',
          params: RatingPath,
          querystring: none,
          headers: WriteHeaders,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const key = request.params
        const command = { do: 'remove' as const, expected: expectedVersions(request.headers['if-match'], idOf(key)) }
        await activity.prepare()
        const { before } = await database.transact((sql) => run(means, sql, key, command, false))
        return reply
          .code(204)
          .header('etag', etagOfRemoval(idOf(key), before?.version ?? 0))
          .send()
      },
    )

    app.get(
      '/v1/profiles/:profile_id/ratings/:title_id',
      {
        config: { access: { scope: 'ratings:read' } },
        schema: {
          tags,
          summary: "A profile's rating of a title",
          params: RatingPath,
          querystring: none,
          headers: ReadHeaders,
          response: { 200: Rating, 304: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const key = request.params
        const asked = readAfter(request.headers['read-after']).filter((tag) => tag.id === idOf(key))
        const { value, from } = await freshest<(RatingKey & RatingState) | undefined>(
          () => views.entry(key.profile_id, key.title_id),
          asked.length === 0 ? undefined : (entry) => asked.every((tag) => shows(entry?.version, tag)),
          () => database.read((sql) => readRating(sql, key)),
        )
        if (value === undefined)
          throw new Refused({ code: 'rating_not_found', message: 'this profile has not rated this title', field: 'path.title_id' })
        const tag = etag(idOf(key), value.version)
        void reply.header('served-from', from)
        return isKnown(request.headers['if-none-match'], tag) ? reply.code(304).header('etag', tag).send() : send(reply, key, value)
      },
    )

    app.post(
      '/v1/ratings::import',
      {
        config: { access: { roles: ['service'] } },
        schema: {
          tags,
          summary: 'Rate many titles in order, in one transaction',
          querystring: none,
          headers: PostHeaders,
          body: RatingsImport,
          response: { 200: Imported, ...problems },
          description: 'A rating that is already so changes nothing. What cannot be is listed in `rejected` and does not hinder the rest.',
        },
      },
      async (request, reply) => {
        const items = request.body.ratings.map(({ stars, rated_at, ...key }) => ({
          ...key,
          half_stars: stars * 2,
          rated_at: Date.parse(rated_at),
        }))
        const titles = await knownTitles(
          views.titles,
          items.map((item) => item.title_id),
          Date.now(),
        )
        await activity.prepare()
        return sendAnswer(
          reply,
          await once(database, request, async (sql) => ({ status: 200, headers: {}, body: await runAll(means, sql, items, titles) })),
        )
      },
    )

    app.get(
      '/v1/titles/:title_id/rating-histogram',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: 'Ratings of a title by half stars, as MySQL has them',
          params: Fields({ title_id: Ulid }),
          querystring: none,
          response: { 200: Fields({ histogram: Type.Array(Type.Integer()) }), ...problems },
        },
      },
      async (request, reply) =>
        reply
          .header('served-from', 'mysql')
          .send({ histogram: [...(await database.readCopy((sql) => readHistogram(sql, request.params.title_id)))] }),
    )
  }
