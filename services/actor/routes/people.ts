/** People: read from the filmography view, written to MySQL. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { newId } from '../../shared/clock.ts'
import { accepted, Refused } from '../../shared/errors.ts'
import { etag, etagOfRemoval, expectedVersions, isKnown, readAfter, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { editors } from '../../shared/access.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { offsetOf, pageOf } from '../../shared/pagination.ts'
import { freshest, shows } from '../../shared/read-your-writes.ts'
import { Fields, Line, Page, Paging, Ulid } from '../../shared/text.ts'
import { countCredits } from '../credit-store.ts'
import { append, lockPerson, lockPersonFrom, readPerson } from '../person-store.ts'
import { decide, evolve, type Person as PersonState, type PersonFields } from '../person.ts'
import type { ActorPorts } from '../ports.ts'
import { NewPerson, Person, PersonChanges, PersonId } from '../schemas.ts'

const tags = ['people']
const none = Fields({})

type Shown = PersonFields & Pick<PersonState, 'person_id' | 'version' | 'updated_at'>
const personAnswer = ({ person_id, name, born_on, died_on, birthplace, biography, version, updated_at }: Shown) => ({
  person_id,
  name,
  born_on,
  died_on,
  birthplace,
  biography,
  version,
  updated_at: new Date(updated_at).toISOString(),
})

export const peopleRoutes: Routes<ActorPorts> =
  ({ database, clock, views }) =>
  async (app) => {
    const send = (reply: FastifyReply, person: Shown): FastifyReply =>
      reply.header('etag', etag(person.person_id, person.version)).send(personAnswer(person))
    /** Answers the person before and after. */
    const change = (
      person_id: string,
      ifMatch: string | undefined,
      request: { readonly do: 'remove' } | { readonly do: 'revise'; readonly changes: Partial<PersonFields> },
    ) =>
      database.transact(async (sql) => {
        const before = await lockPerson(sql, person_id)
        clock.saw(before?.version ?? 0)
        const given = { now_us: clock.micros(), expected: expectedVersions(ifMatch, person_id) }
        const events = accepted(
          decide(
            before,
            request.do === 'remove' ? { ...request, ...given, credits: await countCredits(sql, person_id) } : { ...request, ...given },
          ),
        )
        await append(sql, person_id, events)
        return { before, after: events.reduce(evolve, before) }
      })

    app.post(
      '/v1/people',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Add a person',
          description: 'A `source_ref` that is already there answers 200 with its person, unchanged.',
          querystring: none,
          headers: PostHeaders,
          body: NewPerson,
          response: { 200: Person, 201: Person, ...problems },
        },
      },
      async (request, reply) =>
        sendAnswer(
          reply,
          await once(database, request, async (sql) => {
            const { name, born_on = null, died_on = null, birthplace = null, biography = null, source_ref = null } = request.body
            const before = source_ref === null ? undefined : await lockPersonFrom(sql, source_ref)
            const now_us = clock.micros()
            const person_id = newId(now_us)
            const events = accepted(
              decide(before, { do: 'add', person: { person_id, name, born_on, died_on, birthplace, biography, source_ref }, now_us }),
            )
            await append(sql, person_id, events)
            const person = events.reduce(evolve, before)
            if (person === undefined) throw new Error(`adding person '${person_id}': they are not there after they were added`)
            return {
              status: events.length > 0 ? 201 : 200,
              headers: { etag: etag(person.person_id, person.version), location: `/v1/people/${person.person_id}` },
              body: personAnswer(person),
            }
          }),
        ),
    )

    app.get(
      '/v1/people',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: 'Find people by name',
          querystring: Fields({ q: { ...Line(200), description: 'words, beginnings of words, small typing errors' }, ...Paging }),
          response: { 200: Page(Fields({ person_id: Ulid, name: Type.String() })), ...problems },
        },
      },
      async (request, reply) => {
        const { q, limit = 20, cursor } = request.query
        const offset = offsetOf(q, cursor)
        return reply.header('served-from', 'view').send(pageOf(q, await views.search(q, { offset, limit: limit + 1 }), { offset, limit }))
      },
    )

    app.get(
      '/v1/people/:person_id',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: 'A person',
          params: PersonId,
          querystring: none,
          headers: ReadHeaders,
          response: { 200: Person, 304: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { person_id } = request.params
        const asked = readAfter(request.headers['read-after']).filter((tag) => tag.id === person_id)
        const { value, from } = await freshest<Shown | undefined>(
          () => views.person(person_id),
          asked.length === 0 ? undefined : (person) => asked.every((tag) => shows(person?.version, tag)),
          () => database.read((sql) => readPerson(sql, person_id)),
        )
        if (value === undefined) throw new Refused({ code: 'person_not_found', message: 'no person has this id', field: 'path.person_id' })
        const tag = etag(person_id, value.version)
        void reply.header('served-from', from)
        return isKnown(request.headers['if-none-match'], tag) ? reply.code(304).header('etag', tag).send() : send(reply, value)
      },
    )

    app.patch(
      '/v1/people/:person_id',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Change fields of a person',
          params: PersonId,
          querystring: none,
          headers: WriteHeaders,
          body: PersonChanges,
          response: { 200: Person, ...problems },
        },
      },
      async (request, reply) => {
        const { person_id } = request.params
        const { after } = await change(person_id, request.headers['if-match'], { do: 'revise', changes: request.body })
        if (after === undefined) throw new Error(`changing person '${person_id}': they are not there after they were changed`)
        return send(reply, after)
      },
    )

    app.delete(
      '/v1/people/:person_id',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Remove a person without credits',
          params: PersonId,
          querystring: none,
          headers: WriteHeaders,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { person_id } = request.params
        const { before } = await change(person_id, request.headers['if-match'], { do: 'remove' })
        return reply
          .code(204)
          .header('etag', etagOfRemoval(person_id, before?.version ?? 0))
          .send()
      },
    )
  }
