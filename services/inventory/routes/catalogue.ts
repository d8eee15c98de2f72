/** Many titles: listing and search, trending, genres. */
import Type from 'typebox'
import { problems, type Routes } from '../../shared/http.ts'
import { offsetOf, pageOf } from '../../shared/pagination.ts'
import { Fields, Line, Page, Paging, Slug } from '../../shared/text.ts'
import { summaryOf } from '../answers.ts'
import { list } from '../listing.ts'
import type { InventoryPorts, Window } from '../ports.ts'
import { Country, Decade, Kind, Summary, Year } from '../schemas.ts'

const tags = ['catalogue']
const Sort = Type.Unsafe<'relevance' | 'title' | 'year' | 'popularity' | 'rating'>({
  type: 'string',
  enum: ['relevance', 'title', 'year', 'popularity', 'rating'],
  description: 'default: relevance with `q`, else title. year: newest first. popularity and rating: rated titles only, unless `q` is given',
})

const Within = Type.Unsafe<Window>({
  type: 'string',
  enum: ['hour', 'day', 'week'],
  default: 'week',
  description: 'what a rating, review or like weighs half after; no title is left out for being old',
})

export const catalogueRoutes: Routes<InventoryPorts> =
  ({ views, settings }) =>
  async (app) => {
    app.get(
      '/v1/titles',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: 'List and search titles',
          querystring: Fields({
            q: Type.Optional({ ...Line(200), description: 'words, beginnings of words, small typing errors; in titles and names' }),
            kind: Type.Optional(Kind),
            genre: Type.Optional(Slug(32)),
            year: Type.Optional(Year),
            decade: Type.Optional(Decade),
            country: Type.Optional({ ...Country, description: 'of origin, by ISO 3166-1 alpha-2', examples: ['GB'] }),
            sort: Type.Optional(Sort),
            ...Paging,
          }),
          response: { 200: Page(Summary), ...problems },
        },
      },
      async (request, reply) => {
        const { limit = 20, cursor, sort = request.query.q === undefined ? 'title' : 'relevance', ...search } = request.query
        const listing = { ...search, sort }
        const offset = offsetOf(listing, cursor)
        const found = await list(views, listing, { offset, limit })
        return reply.header('served-from', 'view').send(pageOf(listing, found, { offset, limit }))
      },
    )

    app.get(
      '/v1/trending',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: 'Titles that people turn to lately',
          description: 'A rating weighs 1, a review 2, a like ½, and half of that after each `window`.',
          querystring: Fields({
            window: Type.Optional(Within),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
          }),
          response: {
            200: Fields({
              items: Type.Array(Fields({ ...Summary.properties, score: Type.Number({ description: 'one more is twice as hot' }) })),
            }),
            ...problems,
          },
        },
      },
      async (request, reply) => {
        const { window = 'week', limit = 20 } = request.query
        const hot = (await settings.showsTrending()) ? await views.trending(window, limit) : []
        const cards = await views.titles(hot.map(({ title_id }) => title_id))
        const items = hot.flatMap(({ score }, index) => (cards[index] === undefined ? [] : [{ ...summaryOf(cards[index]), score }]))
        return reply.header('served-from', 'view').send({ items })
      },
    )

    app.get(
      '/v1/genres',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: 'The vocabulary of genres',
          querystring: Fields({}),
          response: {
            200: Fields({ items: Type.Array(Fields({ genre: Type.String(), name: Type.String(), titles: Type.Integer() })) }),
            ...problems,
          },
        },
      },
      async (_request, reply) => reply.header('served-from', 'view').send({ items: [...(await views.genres())] }),
    )
  }
