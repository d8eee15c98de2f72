/** One title: its card, its stats, what goes with it. */
import type { TitleCard } from '@cdlc/streams/views/content/title.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { Refused, Unavailable } from '../../shared/errors.ts'
import { etag, isKnown, readAfter, ReadHeaders, type Tag } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { freshest, shows } from '../../shared/read-your-writes.ts'
import { Fields } from '../../shared/text.ts'
import { cardOf, showsTitle, statsAnswer, statsOf, summaryOf } from '../answers.ts'
import type { InventoryPorts } from '../ports.ts'
import { Card, Stats, Summary, TitleId } from '../schemas.ts'
import { readTitle } from '../title-store.ts'

const tags = ['titles']
const notFound = (): Refused => new Refused({ code: 'title_not_found', message: 'no title has this id', field: 'path.title_id' })

/** The version in a card's JSON: the last key of that name, as quotes within values are escaped. */
const versionIn = (json: string): number =>
  Number.parseInt(json.slice(json.lastIndexOf('"version":') + 10, json.lastIndexOf('"version":') + 30), 10)

function sendCard(
  request: FastifyRequest,
  reply: FastifyReply,
  title_id: string,
  version: number,
  card: string | TitleCard,
  from: string,
): FastifyReply {
  const tag = etag(title_id, version)
  void reply.headers({ 'etag': tag, 'served-from': from, 'cache-control': 'no-cache' })
  if (isKnown(request.headers['if-none-match'], tag)) return reply.code(304).send()
  return reply.type('application/json; charset=utf-8').send(card)
}

export const titleRoutes: Routes<InventoryPorts> =
  ({ database, views, settings, ratingHistogram }) =>
  async (app) => {
    const titleOf = async (title_id: string): Promise<TitleCard | undefined> => (await views.titles([title_id]))[0]
    const read = (title_id: string) => database.transact((sql) => readTitle(sql, title_id))

    /** A card is as fresh as a write when it has its version and all parts that MySQL has. */
    const isFresh =
      (asked: readonly Tag[]) =>
      async (card: TitleCard | undefined): Promise<boolean> => {
        if (!asked.every((tag) => shows(card?.version, tag))) return false
        if (card === undefined) return true
        const title = await read(card.title_id).catch((error: unknown) => {
          if (error instanceof Unavailable) return 'unknown' as const // the version alone must do
          throw error
        })
        return title === 'unknown' || (title !== undefined && showsTitle(card, title))
      }
    const fromMysql = async (title_id: string): Promise<TitleCard | undefined> => {
      const title = await read(title_id)
      if (title === undefined) return undefined
      return cardOf(title, (await titleOf(title_id).catch(() => undefined))?.credits ?? [])
    }

    app.get(
      '/v1/titles/:title_id',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: 'The whole card of a title',
          params: TitleId,
          querystring: Fields({}),
          headers: ReadHeaders,
          response: { 200: Card, 304: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { title_id } = request.params
        if (request.headers['read-after'] === undefined) {
          const json = await views.titleJson(title_id)
          if (json === undefined) throw notFound()
          return sendCard(request, reply, title_id, versionIn(json), json, 'view')
        }
        const asked = readAfter(request.headers['read-after']).filter((tag) => tag.id === title_id)
        const { value, from } = await freshest(
          () => titleOf(title_id),
          asked.length === 0 ? undefined : isFresh(asked),
          () => fromMysql(title_id),
        )
        if (value === undefined) throw notFound()
        return sendCard(request, reply, title_id, value.version, value, from)
      },
    )

    app.get(
      '/v1/titles/:title_id/stats',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: 'How a title is rated',
          params: TitleId,
          querystring: Fields({}),
          headers: ReadHeaders,
          response: { 200: Stats, ...problems },
        },
      },
      async (request, reply) => {
        const { title_id } = request.params
        const asked = readAfter(request.headers['read-after'])
          .map((tag) => ({ ...tag, ids: tag.id.split('.') }))
          .filter(({ ids }) => ids[1] === title_id)
        const fresh = async (): Promise<boolean> =>
          (await Promise.all(asked.map(async (tag) => shows(await views.ratingVersion(title_id, tag.ids[0] ?? ''), tag)))).every(Boolean)
        const view = async () => {
          const stats = await views.stats(title_id)
          return stats === undefined ? undefined : statsAnswer(stats)
        }
        // versions first, stats after them: what they show only grows
        const { value, from } = await freshest(view, asked.length === 0 ? undefined : () => fresh(), async () =>
          statsOf(title_id, await ratingHistogram(title_id)),
        )
        const stats = from === 'view' && asked.length > 0 ? await view() : value
        if ((stats === undefined || stats.count === 0) && (await titleOf(title_id)) === undefined) throw notFound()
        return reply.header('served-from', from).send(
          stats ??
            statsOf(
              title_id,
              Array.from({ length: 10 }, () => 0),
            ),
        )
      },
    )

    app.get(
      '/v1/titles/:title_id/related',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: 'Titles liked by those who like this one',
          params: TitleId,
          querystring: Fields({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'left out: as the platform is set, 20 at first' })) }),
          response: {
            200: Fields({
              items: Type.Array(
                Fields({ ...Summary.properties, score: Type.Number(), shared: Type.Integer({ description: 'fans in common' }) }),
              ),
            }),
            ...problems,
          },
        },
      },
      async (request) => {
        const { title_id } = request.params
        const [related, title] = await Promise.all([views.ratedTogether(title_id, request.query.limit ?? settings.relatedTitles()), titleOf(title_id)])
        if (title === undefined) throw notFound()
        const cards = await views.titles(related.map((one) => one.title_id))
        return {
          items: related.flatMap(({ score, shared }, index) =>
            cards[index] === undefined ? [] : [{ ...summaryOf(cards[index]), score, shared }],
          ),
        }
      },
    )
  }
