import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fresh, realPlatform, send } from '../real.ts'
import { newId } from '../shared/clock.ts'
import { serviceFor } from '../shared/testing.ts'
import type { Platform } from '../shared/platform.ts'
import { cardOf } from '../shared/testing.ts'
import { actor } from './app.ts'

let platform: Platform
let app: FastifyInstance
const heat = newId(1_600_000_000_000_000)
const dune = newId(1_600_000_001_000_000)
const missing = newId(1_500_000_000_000_000)
const cards = [cardOf(heat, { name: 'Heat', release_year: 1995 }), cardOf(dune, { name: 'Dune', release_year: 2021 })]
beforeAll(async () => {
  platform = await realPlatform()
  const views = {
    titles: async (ids: readonly string[]) => new Set(ids.filter((id) => id !== missing)),
    cards: async (ids: readonly string[]) => ids.map((id) => cards.find((card) => card.title_id === id)),
    person: async () => undefined,
    credits: async () => [],
    path: async () => undefined,
    search: async () => [],
  }
  app = serviceFor({
    name: 'actor',
    description: '',
    checks: {},
    routes: actor({ database: platform.database('content'), clock: platform.clock, views }),
  })
})
afterAll(async () => {
  await app.close()
  await platform.close()
})

const add = async (body: object = {}): Promise<LightMyRequestResponse> =>
  send(app, [200, 201], { method: 'POST', url: '/v1/people', payload: { name: 'Al Pacino', ...body } })
const idOf = (answer: LightMyRequestResponse): string => answer.json<{ person_id: string }>().person_id
const credit = (person_id: string, body: object, expected: number | readonly number[] = 201) =>
  send(app, expected, {
    method: 'POST',
    url: `/v1/people/${person_id}/credits`,
    payload: { title_id: heat, role: 'cast', billing: 1, ...body },
  })

test('a person is added, revised and removed; a read after the write shows it at once', async () => {
  const added = await add({ born_on: '1940-04-25', birthplace: 'New York' })
  const url = `/v1/people/${idOf(added)}`
  const revised = await send(app, 200, { method: 'PATCH', url, payload: { birthplace: null, biography: 'An actor.\nOf New York.' } })
  const read = await send(app, 200, { url, headers: { 'read-after': String(revised.headers.etag) } })
  expect(read.json()).toEqual(revised.json())
  expect(read.json()).toMatchObject({ born_on: '1940-04-25', birthplace: null })
  expect(read.headers).toMatchObject({ 'served-from': 'mysql', 'etag': revised.headers.etag })
  expect((await send(app, 422, { method: 'PATCH', url, payload: { died_on: '1900-01-01' } })).json()).toMatchObject({
    errors: [{ field: 'died_on' }],
  })
  await send(app, 412, { method: 'DELETE', url, headers: { 'if-match': String(added.headers.etag) } })
  const gone = await send(app, 204, { method: 'DELETE', url })
  await send(app, 404, { url, headers: { 'read-after': String(gone.headers.etag) } })
})

test('a person from one source is added once, however many try at once', async () => {
  const source_ref = `test:${fresh()}`
  const answers = await Promise.all(Array.from({ length: 10 }, () => add({ source_ref })))
  expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1)
  expect(new Set(answers.map(idOf)).size).toBe(1)
})

test("a credit is given once, bears the person's name unless told otherwise, and keeps its person", async () => {
  const person_id = idOf(await add())
  const first = await credit(person_id, { character_name: 'Vincent Hanna' })
  expect(first.json()).toMatchObject({ title_id: heat, person_id, credited_as: 'Al Pacino', character_name: 'Vincent Hanna' })
  expect((await credit(person_id, { character_name: 'Vincent Hanna' }, 200)).json()).toEqual(first.json())
  expect((await credit(person_id, { character_name: 'Vincent Hanna', billing: 2 }, 409)).json()).toMatchObject({ code: 'credit_exists' })
  expect((await credit(person_id, { title_id: missing }, 422)).json()).toMatchObject({
    code: 'unknown_title',
    errors: [{ field: 'title_id' }],
  })
  expect((await credit(missing, {}, 404)).json()).toMatchObject({ code: 'person_not_found', errors: [{ field: 'path.person_id' }] })
  expect((await send(app, 409, { method: 'DELETE', url: `/v1/people/${person_id}` })).json()).toMatchObject({ code: 'person_has_credits' })
  const url = `/v1/credits/${first.json<{ credit_id: string }>().credit_id}`
  await send(app, 204, { method: 'DELETE', url, headers: { 'if-match': String(first.headers.etag) } })
  await send(app, 404, { method: 'DELETE', url })
  await send(app, 204, { method: 'DELETE', url: `/v1/people/${person_id}` })
})

test("credits read after a write come in the view's order, in pages, without titles that are not there", async () => {
  const person_id = idOf(await add())
  const written = [
    await credit(person_id, { billing: 2, role: 'producer' }),
    await credit(person_id, {}),
    await credit(person_id, { title_id: dune, billing: 9 }),
    await credit(person_id, { title_id: newId(1) }),
  ]
  const headers = { 'read-after': written.map((answer) => String(answer.headers.etag)).join(', ') }
  const first = (await send(app, 200, { url: `/v1/people/${person_id}/credits?limit=2`, headers })).json<{
    items: object[]
    next_cursor: string
  }>()
  expect(first.items).toMatchObject([
    { name: 'Dune', kind: 'movie', release_year: 2021 },
    { name: 'Heat', role: 'cast' },
  ])
  const second = (await send(app, 200, { url: `/v1/people/${person_id}/credits?limit=2&cursor=${first.next_cursor}`, headers })).json()
  expect(second).toMatchObject({ items: [{ name: 'Heat', role: 'producer' }], next_cursor: null })
})

test('through the real views a read after a write shows it, whoever answers', async () => {
  const real = serviceFor((await import('./app.ts')).open(platform))
  const added = await send(real, 201, { method: 'POST', url: '/v1/people', payload: { name: 'Agnès Varda', born_on: '1928-05-30' } })
  const url = `/v1/people/${idOf(added)}`
  expect((await send(real, 200, { url, headers: { 'read-after': String(added.headers.etag) } })).json()).toEqual(added.json())
  await real.close()
})
