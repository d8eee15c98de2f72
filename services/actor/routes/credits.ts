/** Credits: who did what in which title. */
import type { FilmographyCredit as FilmographyRow } from '@cdlc/streams/views/content/person-filmography.ts'
import Type from 'typebox'
import { newId } from '../../shared/clock.ts'
import { accepted, Refused } from '../../shared/errors.ts'
import { etag, etagOfRemoval, expectedVersions, readAfter, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { editors } from '../../shared/access.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { offsetOf, pageOf } from '../../shared/pagination.ts'
import { freshest } from '../../shared/read-your-writes.ts'
import { Fields, Page, Paging } from '../../shared/text.ts'
import { knownTitles } from '../../shared/titles.ts'
import { append, creditsOf, lockCredit, lockCreditOf } from '../credit-store.ts'
import { decide, evolve } from '../credit.ts'
import { filmographyOf } from '../filmography.ts'
import { lockPerson, readPerson } from '../person-store.ts'
import type { ActorPorts, Slice } from '../ports.ts'
import { Credit, CreditId, FilmographyCredit, NewCredit, PersonId } from '../schemas.ts'

const tags = ['credits']
const none = Fields({})
/** Most credits a read-your-writes looks through. */
const all = { offset: 0, limit: 5_000 }

export const creditRoutes: Routes<ActorPorts> =
  ({ database, clock, views }) =>
  async (app) => {
    app.post(
      '/v1/people/:person_id/credits',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Credit a person for a part in a title',
          description: 'The same credit again answers 200 with the one that is there.',
          params: PersonId,
          querystring: none,
          headers: PostHeaders,
          body: NewCredit,
          response: { 200: Credit, 201: Credit, ...problems },
        },
      },
      async (request, reply) => {
        const { person_id } = request.params
        const { title_id, role, character_name = '', billing } = request.body
        if (!(await knownTitles(views.titles, [title_id], Date.now())).has(title_id))
          throw new Refused({ code: 'unknown_title', message: 'no title has this id', field: 'title_id' })
        return sendAnswer(
          reply,
          await once(database, request, async (sql) => {
            const person = await lockPerson(sql, person_id)
            if (person === undefined)
              throw new Refused({ code: 'person_not_found', message: 'no person has this id', field: 'path.person_id' })
            const before = await lockCreditOf(sql, { title_id, person_id, role, character_name })
            const now_us = clock.micros()
            const credit_id = newId(now_us)
            const events = accepted(
              decide(before, {
                do: 'add',
                credit: {
                  credit_id,
                  title_id,
                  person_id,
                  role,
                  character_name,
                  credited_as: request.body.credited_as ?? person.name,
                  billing,
                },
                now_us,
              }),
            )
            await append(sql, credit_id, events)
            const credit = events.reduce(evolve, before)
            if (credit === undefined) throw new Error(`adding credit '${credit_id}': it is not there after it was added`)
            return { status: events.length > 0 ? 201 : 200, headers: { etag: etag(credit.credit_id, credit.version) }, body: credit }
          }),
        )
      },
    )

    app.delete(
      '/v1/credits/:credit_id',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Remove a credit',
          params: CreditId,
          querystring: none,
          headers: WriteHeaders,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { credit_id } = request.params
        const before = await database.transact(async (sql) => {
          const credit = await lockCredit(sql, credit_id)
          await append(
            sql,
            credit_id,
            accepted(
              decide(credit, { do: 'remove', expected: expectedVersions(request.headers['if-match'], credit_id), now_us: clock.micros() }),
            ),
          )
          return credit
        })
        return reply
          .code(204)
          .header('etag', etagOfRemoval(credit_id, before?.version ?? 0))
          .send()
      },
    )

    const fromMysql = async (person_id: string, { offset, limit }: Slice): Promise<readonly FilmographyRow[]> => {
      const found = await database.read((sql) => creditsOf(sql, person_id))
      const cards = await views.cards([...new Set(found.map(({ title_id }) => title_id))])
      return filmographyOf(found, new Map(cards.flatMap((card) => (card === undefined ? [] : [[card.title_id, card]])))).slice(
        offset,
        offset + limit,
      )
    }

    app.get(
      '/v1/people/:person_id/credits',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: 'What a person is credited for, newest first',
          params: PersonId,
          querystring: Fields(Paging),
          headers: ReadHeaders,
          response: { 200: Page(FilmographyCredit), ...problems },
        },
      },
      async (request, reply) => {
        const { person_id } = request.params
        const { limit = 20, cursor } = request.query
        const slice = { offset: offsetOf(person_id, cursor), limit }
        const asked = readAfter(request.headers['read-after'])
        // a credit never changes: it is there or it is gone
        const isFresh = async (): Promise<boolean> => {
          const shown = new Set((await views.credits(person_id, all)).map(({ credit_id }) => credit_id))
          return asked.every((tag) => tag.id === person_id || shown.has(tag.id) !== tag.gone)
        }
        const more = { ...slice, limit: limit + 1 }
        const { value, from } = await freshest(
          () => views.credits(person_id, more),
          asked.length === 0 ? undefined : isFresh,
          () => fromMysql(person_id, more),
        )
        const found = from === 'view' && asked.length > 0 ? await views.credits(person_id, more) : value
        if (
          found.length === 0 &&
          (await views.person(person_id)) === undefined &&
          (await database.read((sql) => readPerson(sql, person_id))) === undefined
        ) {
          throw new Refused({ code: 'person_not_found', message: 'no person has this id', field: 'path.person_id' })
        }
        return reply.header('served-from', from).send(pageOf(person_id, found, slice))
      },
    )
  }
