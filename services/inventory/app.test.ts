import type { FastifyInstance } from 'fastify'
import { expect, test } from 'vitest'
import { etag } from '../shared/etag.ts'
import { Unavailable } from '../shared/errors.ts'
import { cardOf } from '../shared/testing.ts'
import { id, inventoryOver } from '../testing.ts'
import type { InventoryViews } from './ports.ts'
import { viewsOf } from './testing.ts'

const card = cardOf(id.title, { name: 'She said "version":9, twice', version: 7, synopsis: '"version":8' })
const other = cardOf(id.person, { name: 'Other' })
const views = viewsOf({ cards: [card, other], histograms: { [id.title]: [0, 0, 0, 0, 0, 0, 0, 1, 0, 1] } })
const over = (some: Partial<InventoryViews> = {}): FastifyInstance => inventoryOver({ views: { ...views, ...some } })
const away = async (): Promise<never> => {
  throw new Unavailable('asking redis')
}

test('a card goes out as it is stored, with the tag of its version', async () => {
  const stored = JSON.stringify({ earlier: { version: 3 }, ...card, later: true })
  const answer = await over({ titleJson: async () => stored }).inject(`/v1/titles/${id.title}`)
  expect(answer.body).toBe(stored)
  expect(answer.headers).toMatchObject({
    'etag': etag(id.title, 7),
    'served-from': 'view',
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  })
})
test('who has it already is told so in few bytes', async () => {
  const answer = await over().inject({ url: `/v1/titles/${id.title}`, headers: { 'if-none-match': etag(id.title, 7) } })
  expect([answer.statusCode, answer.body, answer.headers.etag]).toEqual([304, '', etag(id.title, 7)])
})
test('a title nobody knows is a 404 that names the path', async () => {
  const answer = await over().inject(`/v1/titles/${id.credit}`)
  expect([answer.statusCode, answer.json()]).toEqual([
    404,
    expect.objectContaining({ code: 'title_not_found', errors: [{ field: 'path.title_id', message: 'no title has this id' }] }),
  ])
})
test('a view that is away is a 503 that says when to come again', async () => {
  for (const url of [
    `/v1/titles/${id.title}`,
    `/v1/titles/${id.title}/stats`,
    '/v1/titles',
    '/v1/trending',
    '/v1/genres',
    `/v1/titles/${id.title}/related`,
  ]) {
    const answer = await over({
      titleJson: away,
      titles: away,
      stats: away,
      search: away,
      trending: away,
      genres: away,
      ratedTogether: away,
    }).inject(url)
    expect([answer.statusCode, answer.headers['retry-after'], answer.json()]).toEqual([
      503,
      '1',
      expect.objectContaining({ code: 'store_unavailable' }),
    ])
  }
})
test('stats follow from the ratings; who has none has zeros, if the title is one', async () => {
  expect((await over().inject(`/v1/titles/${id.title}/stats`)).json()).toMatchObject({
    count: 2,
    mean_stars: 4.5,
    histogram: [0, 0, 0, 0, 0, 0, 0, 1, 0, 1],
  })
  expect((await over().inject(`/v1/titles/${id.person}/stats`)).json()).toMatchObject({ count: 0, mean_stars: null })
  expect((await over().inject(`/v1/titles/${id.credit}/stats`)).statusCode).toBe(404)
})
test('stats that must show a rating wait for it, and else ask its owner', async () => {
  const tag = etag(`${id.profile}.${id.title}`, 5)
  const ask = (version: number | undefined) =>
    inventoryOver({
      views: { ...views, ratingVersion: async () => version },
      ratingHistogram: async () => [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    }).inject({ url: `/v1/titles/${id.title}/stats`, headers: { 'read-after': tag } })
  expect((await ask(5)).headers['served-from']).toBe('view')
  const late = await ask(4)
  expect([late.headers['served-from'], late.json()]).toEqual(['mysql', expect.objectContaining({ count: 1, mean_stars: 0.5 })])
})
test('a list is paged by cursors bound to its query', async () => {
  const first = (await over().inject('/v1/titles?limit=1&kind=movie')).json<{ items: { title_id: string }[]; next_cursor: string }>()
  expect(first.items.map(({ title_id }) => title_id)).toEqual([id.title])
  const second = (await over().inject(`/v1/titles?limit=1&kind=movie&cursor=${first.next_cursor}`)).json()
  expect(second).toMatchObject({ items: [{ title_id: id.person }], next_cursor: null })
  expect((await over().inject(`/v1/titles?limit=1&cursor=${first.next_cursor}`)).json()).toMatchObject({ code: 'invalid_cursor' })
})
test('trending and related titles come with their names', async () => {
  expect((await over().inject('/v1/trending')).json()).toMatchObject({ items: [{ title_id: id.title, name: card.name, score: 2 }] })
  expect((await over().inject(`/v1/titles/${id.title}/related`)).json()).toMatchObject({
    items: [{ title_id: id.person, name: 'Other', shared: 2 }],
  })
})
test('trending is asked for by hour, day or week, which it is by default', async () => {
  const asked: unknown[] = []
  const app = over({ trending: async (...question) => { asked.push(question); return [] } })
  for (const query of ['', '?window=hour&limit=3', '?window=day']) expect((await app.inject(`/v1/trending${query}`)).json()).toEqual({ items: [] })
  expect(asked).toEqual([['week', 20], ['hour', 3], ['day', 20]])
  expect((await app.inject('/v1/trending?window=month')).json()).toMatchObject({ code: 'invalid_request', errors: [{ field: 'query.window' }] })
})
test('how many related titles there are, and whether there is a list of trending ones, is set while it runs', async () => {
  const asked: number[] = []
  let set = { relatedTitles: 1, showsTrending: true }
  const app = inventoryOver({
    views: { ...views, ratedTogether: (title_id, limit) => { asked.push(limit); return views.ratedTogether(title_id, limit) } },
    settings: { relatedTitles: () => set.relatedTitles, showsTrending: async () => set.showsTrending },
  })
  const trending = async (): Promise<number> => (await app.inject('/v1/trending')).json<{ items: readonly unknown[] }>().items.length
  await app.inject(`/v1/titles/${id.title}/related`)
  await app.inject(`/v1/titles/${id.title}/related?limit=7`)
  expect(await trending()).toBe(1)
  set = { relatedTitles: 3, showsTrending: false }
  await app.inject(`/v1/titles/${id.title}/related`)
  expect([asked, await trending()]).toEqual([[1, 7, 3], 0])
})
