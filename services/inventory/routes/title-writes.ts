/** Writes to a title and its parts: each is one transaction, and answers with the title's new ETag. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { newId } from '../../shared/clock.ts'
import { etag, etagOfRemoval, expectedVersions, WriteHeaders } from '../../shared/etag.ts'
import { editors } from '../../shared/access.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { Fields } from '../../shared/text.ts'
import { titleAnswer } from '../answers.ts'
import type { InventoryPorts } from '../ports.ts'
import { EpisodePath, NewEpisode, NewSeason, NewTitle, SeasonPath, Title, TitleChanges, TitleId } from '../schemas.ts'
import { run, type Outcome, type TitleRequest } from '../title-commands.ts'

const tags = ['titles']
const none = Fields({})

export const titleWrites: Routes<InventoryPorts> =
  ({ database, clock, outbox }) =>
  async (app) => {
    const command = async (title_id: string, ifMatch: string | undefined, request: TitleRequest): Promise<Outcome> => {
      await outbox.prepare()
      return database.transact((sql) =>
        run({ clock, outbox }, sql, title_id, { ...request, expected: expectedVersions(ifMatch, title_id) }),
      )
    }
    const sendTitle = (reply: FastifyReply, { after }: Outcome): FastifyReply =>
      after === undefined ? reply.code(204).send() : reply.header('etag', etag(after.title_id, after.version)).send(titleAnswer(after))

    app.post(
      '/v1/titles',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Add a title',
          description: 'A `source_ref` that is already there answers 200 with its title, unchanged.',
          body: NewTitle,
          querystring: none,
          headers: PostHeaders,
          response: { 200: Title, 201: Title, ...problems },
        },
      },
      async (request, reply) => {
        await outbox.prepare()
        const { source_ref = null, genres = [], countries = [], kind, name, ...optional } = request.body
        const empty = {
          original_name: null,
          release_year: null,
          released_on: null,
          runtime_minutes: null,
          mpaa_rating: null,
          studio: null,
          synopsis: null,
        }
        return sendAnswer(
          reply,
          await once(database, request, async (sql) => {
            const title_id = newId(clock.micros())
            const { after, changed } = await run({ clock, outbox }, sql, title_id, {
              do: 'add',
              title: { ...empty, ...optional, kind, name, title_id, source_ref, genres, countries },
            })
            if (after === undefined) throw new Error(`adding title '${title_id}': it is not there after it was added`)
            return {
              status: changed ? 201 : 200,
              headers: { etag: etag(after.title_id, after.version), location: `/v1/titles/${after.title_id}` },
              body: titleAnswer(after),
            }
          }),
        )
      },
    )

    app.patch(
      '/v1/titles/:title_id',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Change fields of a title',
          params: TitleId,
          querystring: none,
          body: TitleChanges,
          headers: WriteHeaders,
          response: { 200: Title, ...problems },
        },
      },
      async (request, reply) =>
        sendTitle(reply, await command(request.params.title_id, request.headers['if-match'], { do: 'revise', changes: request.body })),
    )

    app.delete(
      '/v1/titles/:title_id',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Remove a title with its seasons and episodes',
          params: TitleId,
          querystring: none,
          headers: WriteHeaders,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { title_id } = request.params
        const { before } = await command(title_id, request.headers['if-match'], { do: 'remove' })
        return reply
          .code(204)
          .header('etag', etagOfRemoval(title_id, before?.version ?? 0))
          .send()
      },
    )

    app.put(
      '/v1/titles/:title_id/seasons/:season_number',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Add or change a season',
          params: SeasonPath,
          querystring: none,
          body: NewSeason,
          headers: WriteHeaders,
          response: { 200: Title, ...problems },
        },
      },
      async (request, reply) => {
        const { title_id, season_number } = request.params
        const { name = null, released_on = null } = request.body
        return sendTitle(
          reply,
          await command(title_id, request.headers['if-match'], { do: 'put_season', season_number, season: { name, released_on } }),
        )
      },
    )

    app.delete(
      '/v1/titles/:title_id/seasons/:season_number',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Remove a season with its episodes',
          params: SeasonPath,
          querystring: none,
          headers: WriteHeaders,
          response: { 200: Title, ...problems },
        },
      },
      async (request, reply) => {
        const { title_id, season_number } = request.params
        return sendTitle(reply, await command(title_id, request.headers['if-match'], { do: 'remove_season', season_number }))
      },
    )

    app.put(
      '/v1/titles/:title_id/seasons/:season_number/episodes/:episode_number',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Add or change an episode',
          params: EpisodePath,
          querystring: none,
          body: NewEpisode,
          headers: WriteHeaders,
          response: { 200: Title, ...problems },
        },
      },
      async (request, reply) => {
        const { title_id, season_number, episode_number } = request.params
        const { name, runtime_minutes = null, aired_on = null } = request.body
        return sendTitle(
          reply,
          await command(title_id, request.headers['if-match'], {
            do: 'put_episode',
            season_number,
            episode: { episode_number, name, runtime_minutes, aired_on },
          }),
        )
      },
    )

    app.delete(
      '/v1/titles/:title_id/seasons/:season_number/episodes/:episode_number',
      {
        config: { access: editors },
        schema: {
          tags,
          summary: 'Remove an episode',
          params: EpisodePath,
          querystring: none,
          headers: WriteHeaders,
          response: { 200: Title, ...problems },
        },
      },
      async (request, reply) => {
        const { title_id, season_number, episode_number } = request.params
        return sendTitle(
          reply,
          await command(title_id, request.headers['if-match'], { do: 'remove_episode', season_number, episode_number }),
        )
      },
    )
  }
