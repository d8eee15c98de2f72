/** The film diary: each time that a profile saw a title. */
import { NO_DAY, type Viewing as ViewedRow } from '@cdlc/streams/views/user/viewings.ts'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { identityOf } from '../../shared/access.ts'
import { Refused } from '../../shared/errors.ts'
import { etag, etagOfRemoval, expectedVersions, isKnown, readAfter, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { cursorTo, placeOf } from '../../shared/pagination.ts'
import type { Keyed, Vault } from '../../shared/personal-data.ts'
import { freshest, shows } from '../../shared/read-your-writes.ts'
import { Fields, Page, Paging, Ulid } from '../../shared/text.ts'
import { knownTitles } from '../../shared/titles.ts'
import { counted } from '../day.ts'
import { noProfile } from '../ownership.ts'
import type { CustomerPorts, ViewingPlace } from '../ports.ts'
import { readProfileKey } from '../profile-store.ts'
import { AddedViewing, NewViewing, ProfileId, Viewing, ViewingChanges, ViewingPath } from '../schemas.ts'
import { viewingAnswer, viewingTold } from '../viewing-answer.ts'
import { addViewing, removeViewing, reviseViewing } from '../viewing-commands.ts'
import { openTags, readViewing } from '../viewing-store.ts'
import type { Viewing as ViewingState } from '../viewing.ts'

const tags = ['viewings']
const none = Fields({})

const opened = (vault: Vault, key: Keyed, { liked, rewatch, tags_sealed, ...row }: ViewedRow): ViewingState => ({
  ...row,
  liked: liked === 1,
  rewatch: rewatch === 1,
  tags: openTags(vault, key, row.viewing_id, tags_sealed === null ? null : Buffer.from(tags_sealed, 'base64')),
})

const halfStars = (stars: number | null): number | null => (stars === null ? null : stars * 2)
const isPlace = (place: readonly unknown[]): place is readonly [number, string] =>
  place.length === 2 && Number.isInteger(place[0]) && Math.abs(place[0] as number) <= 1e6 && typeof place[1] === 'string' && /^[0-9A-Z]{26}$/.test(place[1])
const placeIn = ({ watched_on, viewing_id }: ViewedRow): ViewingPlace => ({ day: watched_on ?? NO_DAY, viewing_id })
/** Newest day first, as the view orders a diary. */
const order = (a: ViewingPlace, b: ViewingPlace): number => b.day - a.day || (a.viewing_id < b.viewing_id ? 1 : a.viewing_id > b.viewing_id ? -1 : 0)

export const viewingRoutes: Routes<CustomerPorts> =
  (ports) =>
  async (app) => {
    const { database, vault, views, activity } = ports
    const send = (reply: FastifyReply, viewing: ViewingState): FastifyReply =>
      reply.header('etag', etag(viewing.viewing_id, viewing.version)).send(viewingAnswer(viewing))
    async function keyOf(profile_id: string): Promise<Keyed> {
      const key = await database.read((sql) => readProfileKey(sql, profile_id))
      if (key === undefined) throw noProfile()
      return key
    }
    /** The view has little of one title and no order in it; a diary it has page by page. */
    async function pageAfter(profile_id: string, title_id: string | undefined, limit: number, start: ViewingPlace | undefined): Promise<readonly ViewedRow[]> {
      if (title_id === undefined) return views.viewings(profile_id, limit, start)
      const found = (await views.viewingsOf(profile_id, title_id)).toSorted((a, b) => order(placeIn(a), placeIn(b)))
      return found.filter((viewing) => start === undefined || order(start, placeIn(viewing)) < 0).slice(0, limit)
    }

    app.post('/v1/profiles/:profile_id/viewings', {
      config: { access: { scope: 'ratings:write' } },
      schema: {
        tags, summary: 'Enter a viewing', params: ProfileId, querystring: none, headers: PostHeaders, body: NewViewing, response: { 201: AddedViewing, ...problems },
        description: 'Its stars become the rating of the title, unless a later viewing has stars or the title was rated on a later day. The answer holds no tags.',
      },
    }, async (request, reply) => {
      const { profile_id } = request.params
      const { title_id, watched_on = null, stars = null, liked, rewatch, tags: words = [] } = request.body
      if (!(await knownTitles(views.titles, [title_id], Date.now())).has(title_id)) throw new Refused({ code: 'unknown_title', message: 'no title has this id', field: 'title_id' })
      const fields = { title_id, watched_on: counted(watched_on), half_stars: halfStars(stars), liked, rewatch, tags: words }
      await activity.prepare()
      const answer = await once(database, request, async (sql) => {
        const viewing = await addViewing(ports, sql, profile_id, fields, identityOf(request).kind === 'person')
        const { viewing_id, version } = viewing
        return { status: 201, headers: { etag: etag(viewing_id, version), location: `/v1/profiles/${profile_id}/viewings/${viewing_id}` }, body: viewingTold(viewing) }
      }, vault.requestDigest)
      return sendAnswer(reply, answer)
    })

    app.patch('/v1/profiles/:profile_id/viewings/:viewing_id', {
      config: { access: { scope: 'ratings:write' } },
      schema: {
        tags, summary: 'Change a viewing', params: ViewingPath, querystring: none, headers: WriteHeaders, body: ViewingChanges, response: { 200: Viewing, ...problems },
        description: 'Other stars, or another day, become the rating of the title as those of a new viewing would.',
      },
    }, async (request, reply) => {
      const { stars, watched_on, ...others } = request.body
      const changes = { ...others, ...(stars === undefined ? {} : { half_stars: halfStars(stars) }), ...(watched_on === undefined ? {} : { watched_on: counted(watched_on) }) }
      const whose = { ...request.params, expected: expectedVersions(request.headers['if-match'], request.params.viewing_id) }
      await activity.prepare()
      return send(reply, await database.transact((sql) => reviseViewing(ports, sql, whose, changes, identityOf(request).kind === 'person')))
    })

    app.delete('/v1/profiles/:profile_id/viewings/:viewing_id', {
      config: { access: { scope: 'ratings:write' } },
      schema: {
        tags, summary: 'Remove a viewing', params: ViewingPath, querystring: none, headers: WriteHeaders, response: { 204: Type.Null(), ...problems },
        description: 'The rating that its stars gave the title stays.',
      },
    }, async (request, reply) => {
      const { viewing_id } = request.params
      const whose = { ...request.params, expected: expectedVersions(request.headers['if-match'], viewing_id) }
      await activity.prepare()
      const before = await database.transact((sql) => removeViewing(ports, sql, whose))
      return reply.code(204).header('etag', etagOfRemoval(viewing_id, before.version)).send()
    })

    app.get('/v1/profiles/:profile_id/viewings/:viewing_id', {
      config: { access: { scope: 'ratings:read' } },
      schema: { tags, summary: 'A viewing', params: ViewingPath, querystring: none, headers: ReadHeaders, response: { 200: Viewing, 304: Type.Null(), ...problems } },
    }, async (request, reply) => {
      const { profile_id, viewing_id } = request.params
      const asked = readAfter(request.headers['read-after']).filter(({ id }) => id === viewing_id)
      const key = await keyOf(profile_id)
      const { value, from } = await freshest<ViewingState | undefined>(
        async () => {
          const row = await views.viewing(viewing_id)
          return row === undefined || row.profile_id !== profile_id ? undefined : opened(vault, key, row)
        },
        asked.length === 0 ? undefined : (viewing) => asked.every((tag) => shows(viewing?.version, tag)),
        () => database.read((sql) => readViewing(sql, vault, key, profile_id, viewing_id)),
      )
      if (value === undefined) throw new Refused({ code: 'viewing_not_found', message: 'this profile has no such viewing', field: 'path.viewing_id' })
      const tag = etag(viewing_id, value.version)
      void reply.header('served-from', from)
      return isKnown(request.headers['if-none-match'], tag) ? reply.code(304).header('etag', tag).send() : send(reply, value)
    })

    app.get('/v1/profiles/:profile_id/viewings', {
      config: { access: { scope: 'ratings:read' } },
      schema: {
        tags, summary: "A profile's viewings, newest day first", params: ProfileId,
        querystring: Fields({ ...Paging, title_id: Type.Optional({ ...Ulid, description: 'those of one title, 100 at most' }) }),
        response: { 200: Page(Viewing), ...problems },
      },
    }, async (request, reply) => {
      const { profile_id } = request.params
      const { limit = 20, cursor, title_id } = request.query
      const query = ['viewings', profile_id, title_id ?? '']
      const place = placeOf(query, cursor, isPlace)
      const start = place === undefined ? undefined : { day: place[0], viewing_id: place[1] }
      const [key, found] = await Promise.all([keyOf(profile_id), pageAfter(profile_id, title_id, limit + 1, start)])
      const page = found.slice(0, limit)
      const last = page.at(-1)
      const next_cursor = found.length > limit && last !== undefined ? cursorTo(query, [last.watched_on ?? NO_DAY, last.viewing_id]) : null
      return reply.header('served-from', 'view').send({ items: page.map((row) => viewingAnswer(opened(vault, key, row))), next_cursor })
    })
  }
