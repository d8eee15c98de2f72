import { schemaOf } from '@cdlc/schemas/avro.ts'
import type { Events } from '@cdlc/schemas/generated/topics.ts'
import { drive, created } from '@cdlc/streams/runtime/testing.ts'
import type { Change } from '@cdlc/streams/runtime/view.ts'
import titleView, { type TitleCard } from '@cdlc/streams/views/content/title.ts'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh, realPlatform, send } from '../real.ts'
import { parseTags } from '../shared/etag.ts'
import { serviceFor } from '../shared/testing.ts'
import { openOutbox } from '../shared/outbox.ts'
import type { Platform } from '../shared/platform.ts'
import { inventory } from './app.ts'
import { usualSettings, viewsOf } from './testing.ts'

let platform: Platform
/** Over views that have seen nothing yet. */
let app: FastifyInstance
beforeAll(async () => {
  platform = await realPlatform()
  app = serviceFor({
    name: 'inventory',
    description: '',
    checks: {},
    routes: inventory({
      database: platform.database('content'),
      clock: platform.clock,
      outbox: openOutbox(platform.codec, 'content.title-events'),
      views: viewsOf(), settings: usualSettings,
      ratingHistogram: async () => [],
    }),
  })
})
afterAll(async () => {
  await app.close()
  await platform.close()
})

type Body = TitleCard & { readonly source_ref: string | null }
const add = async (body: object, expected: number | readonly number[] = 201): Promise<LightMyRequestResponse> =>
  send(app, expected, { method: 'POST', url: '/v1/titles', payload: { kind: 'movie', name: 'Heat', ...body } })
const versionOf = ({ headers }: LightMyRequestResponse): number => parseTags(String(headers.etag))[0]?.version ?? 0
const rows = <T>(text: string, title_id: string): Promise<readonly T[]> =>
  platform.database('content').read((sql) => sql.rows<T>(text, [title_id]))
async function events(title_id: string): Promise<readonly Events['content.title-events'][]> {
  const payloads = await rows<{ payload: Buffer }>('SELECT payload FROM outbox WHERE event_key = ? ORDER BY outbox_id', title_id)
  const reader = platform.codec.reader<Events['content.title-events']>(schemaOf('content.title-events'))
  await reader.prepare(payloads.map(({ payload }) => payload))
  return payloads.map(({ payload }) => reader.decode(payload))
}

describe('a title', () => {
  test("is added, changed and removed, each with one event in the registry's format", async () => {
    const added = await add({ genres: ['crime', 'drama'], countries: ['US', 'FR'], release_year: 1995 })
    const { title_id, version } = added.json<Body>()
    const url = `/v1/titles/${title_id}`
    expect(added.headers).toMatchObject({ location: url, etag: `"${title_id}.${version}"` })
    const changed = await send(app, 200, { method: 'PATCH', url, payload: { name: 'Heat!', genres: ['crime', 'thriller'], countries: ['FR', 'GB'] } })
    expect(changed.json()).toMatchObject({ name: 'Heat!', genres: ['crime', 'thriller'], countries: ['FR', 'GB'], release_year: 1995 })
    expect(await rows('SELECT country FROM title_countries WHERE title_id = ? ORDER BY country', title_id)).toEqual([{ country: 'FR' }, { country: 'GB' }])
    await send(app, 200, { method: 'PATCH', url, payload: { name: 'Heat!' } }) // changes nothing, so tells nothing
    const removed = await send(app, 204, { method: 'DELETE', url })
    expect(removed.headers.etag).toBe(`"${title_id}.${versionOf(changed)}.gone"`)
    await send(app, 404, { method: 'DELETE', url })
    const told = await events(title_id)
    expect(told.map(({ type, name, kind }) => [type, name, kind])).toEqual([
      ['TitleAdded', 'Heat', 'movie'],
      ['TitleRevised', 'Heat!', 'movie'],
      ['TitleRemoved', 'Heat!', 'movie'],
    ])
    expect(told.map((event) => event.version)).toEqual([version, versionOf(changed), expect.any(Number)])
    expect(told[2]?.version).toBeGreaterThan(versionOf(changed))
    for (const table of ['titles', 'title_genres', 'title_countries']) expect(await rows(`SELECT 1 FROM ${table} WHERE title_id = ?`, title_id)).toEqual([])
  })

  test('from one source is added once, however many try at once', async () => {
    const source_ref = `test:${fresh()}`
    const answers = await Promise.all(Array.from({ length: 10 }, () => add({ source_ref }, [200, 201])))
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1)
    const ids = new Set(answers.map((answer) => answer.json<Body>().title_id))
    expect(ids.size).toBe(1)
    expect(await events([...ids][0] ?? '')).toHaveLength(1)
  })

  test('changed by many at once has a version for each change, and the last one holds', async () => {
    const { title_id } = (await add({})).json<Body>()
    const url = `/v1/titles/${title_id}`
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => send(app, 200, { method: 'PATCH', url, payload: { studio: `Studio ${index}` } })),
    )
    const last = answers.toSorted((x, y) => versionOf(y) - versionOf(x))[0]
    expect(new Set(answers.map(versionOf)).size).toBe(20)
    expect(await rows('SELECT studio, version FROM titles WHERE title_id = ?', title_id)).toEqual([
      { studio: last?.json<Body>().studio, version: last === undefined ? 0 : versionOf(last) },
    ])
  })

  test('is not overwritten by who has not seen its last version', async () => {
    const added = await add({})
    const url = `/v1/titles/${added.json<Body>().title_id}`
    const etag = String(added.headers.etag)
    const race = await Promise.all(
      ['A', 'B', 'C'].map((studio) => send(app, [200, 412], { method: 'PATCH', url, payload: { studio }, headers: { 'if-match': etag } })),
    )
    expect(race.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 412, 412])
    expect((await send(app, 412, { method: 'DELETE', url, headers: { 'if-match': etag } })).json()).toMatchObject({ code: 'version_mismatch' })
    await send(app, 204, {
      method: 'DELETE',
      url,
      headers: { 'if-match': `"x", ${String(race.find(({ statusCode }) => statusCode === 200)?.headers.etag)}` },
    })
  })

  test('with a genre or country nobody knows is refused, by its place', async () => {
    expect((await add({ countries: ['FR', 'UK'] }, 422)).json()).toMatchObject({ code: 'unknown_country', errors: [{ field: 'countries.1' }] })
    await add({ countries: ['fr'] }, 400)
    expect((await add({ genres: ['drama', 'dramma'] }, 422)).json()).toMatchObject({ code: 'unknown_genre', errors: [{ field: 'genres.1' }] })
  })
})

describe('an Idempotency-Key', () => {
  const post = (key: string, body: object, expected: number | readonly number[]) =>
    send(app, expected, { method: 'POST', url: '/v1/titles', payload: { kind: 'movie', ...body }, headers: { 'idempotency-key': key } })

  test('repeats the first answer to the same request, and refuses another', async () => {
    const key = fresh()
    const first = await post(key, { name: 'Once' }, 201)
    const again = await post(key, { name: 'Once' }, 201)
    expect([again.body, again.headers.etag, again.headers.location, again.headers['idempotency-replayed']]).toEqual([
      first.body,
      first.headers.etag,
      first.headers.location,
      'true',
    ])
    expect((await post(key, { name: 'Twice' }, 422)).json()).toMatchObject({ code: 'idempotency_key_reused' })
    expect(await events(first.json<Body>().title_id)).toHaveLength(1)
  })
  test('used by many at once has one effect', async () => {
    const key = fresh()
    const name = `Many ${key}`
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(key, { name }, [201, 409])))
    for (const answer of answers) if (answer.statusCode === 409) expect(answer.json()).toMatchObject({ code: 'idempotency_key_in_flight' })
    expect(await rows('SELECT COUNT(*) AS titles FROM titles WHERE name = ?', name)).toEqual([{ titles: 1 }])
    expect((await post(key, { name }, 201)).headers['idempotency-replayed']).toBe('true')
  })
  test('that another request holds is in flight', async () => {
    const key = fresh()
    const rolledBack = new Error('rolled back')
    const held = platform.database('content').transact(async (sql) => {
      await sql.run(
        'INSERT INTO idempotency_keys (scope, idempotency_key, request_sha256, status, headers, body, created_at) ' +
          'VALUES (?, ?, ?, 0, ?, ?, ?)',
        ['POST /v1/titles', key, Buffer.alloc(32), '{}', '', new Date()],
      )
      expect((await post(key, { name: 'Early' }, 409)).json()).toMatchObject({ code: 'idempotency_key_in_flight' })
      throw rolledBack
    })
    await expect(held).rejects.toBe(rolledBack)
    await post(key, { name: 'Early' }, 201)
  })
  test('of a refused request may be used again', async () => {
    const key = fresh()
    await post(key, { name: 'X', genres: ['dramma'] }, 422)
    await post(key, { name: 'X', genres: ['drama'] }, 201)
  })
})

/** What Debezium makes of a title's rows. */
async function changesOf(title_id: string): Promise<readonly Change[]> {
  const days = (day: unknown): number | null => (typeof day === 'string' ? Date.parse(day) / 86_400_000 : null)
  const found = async (table: string) => rows<Record<string, unknown>>(`SELECT * FROM ${table} WHERE title_id = ?`, title_id)
  const encoded = (row: Record<string, unknown>) => ({
    ...row,
    ...('released_on' in row ? { released_on: days(row['released_on']) } : {}),
    ...('aired_on' in row ? { aired_on: days(row['aired_on']) } : {}),
    ...(row['updated_at'] instanceof Date ? { updated_at: row['updated_at'].getTime() } : {}),
  })
  const tables = ['titles', 'title_genres', 'title_countries', 'seasons', 'episodes']
  return (
    await Promise.all(tables.map(async (table) => (await found(table)).map((row) => created(`cdc.content.${table}`, encoded(row)))))
  ).flat()
}

describe('a read after a write', () => {
  test('is answered from MySQL, with the card the view would show, when the view does not have it in time', async () => {
    const { title_id } = (
      await add({
        kind: 'series',
        name: 'The Simpsons',
        genres: ['comedy', 'animation'],
        countries: ['US', 'KR'],
        released_on: '1989-12-17',
        synopsis: 'A family.\nOf five.',
      })
    ).json<Body>()
    const url = `/v1/titles/${title_id}`
    await send(app, 200, { method: 'PUT', url: `${url}/seasons/2`, payload: { name: 'Two' } })
    await send(app, 200, { method: 'PUT', url: `${url}/seasons/1`, payload: { released_on: '1989-12-17' } })
    await send(app, 200, { method: 'PUT', url: `${url}/seasons/1/episodes/2`, payload: { name: 'Bart the Genius', runtime_minutes: 22 } })
    const written = await send(app, 200, {
      method: 'PUT',
      url: `${url}/seasons/1/episodes/1`,
      payload: { name: 'Roasting', aired_on: '1989-12-17' },
    })
    const answer = await send(app, 200, { url, headers: { 'read-after': String(written.headers.etag) } })
    const [card] = drive(titleView)
      .apply(...(await changesOf(title_id)))
      .rows('card')
    expect(answer.json()).toEqual(card)
    expect(answer.headers).toMatchObject({ 'served-from': 'mysql', 'etag': written.headers.etag })
    const gone = await send(app, 204, { method: 'DELETE', url })
    await send(app, 404, { url, headers: { 'read-after': String(gone.headers.etag) } })
  })

  test('waits for the parts too, which reach the view by ways of their own', async () => {
    const added = await add({ genres: ['crime'] })
    const { source_ref: _, ...title } = added.json<Body>()
    const whole = { ...title, credits: [] }
    let asked = 0
    const views = { ...viewsOf(), titles: async () => [asked++ < 3 ? { ...whole, genres: [] } : whole] }
    const patient = serviceFor({
      name: 'inventory',
      description: '',
      checks: {},
      routes: inventory({
        database: platform.database('content'),
        clock: platform.clock,
        outbox: { prepare: async () => {}, write: async () => {} },
        views, settings: usualSettings,
        ratingHistogram: async () => [],
      }),
    })
    const answer = await send(patient, 200, { url: `/v1/titles/${title.title_id}`, headers: { 'read-after': String(added.headers.etag) } })
    expect([answer.headers['served-from'], answer.json<Body>().genres]).toEqual(['view', ['crime']])
    await patient.close()
  })

  test('through the real views shows the write, whoever answers', async () => {
    const { open } = await import('./app.ts')
    const real = serviceFor(open(platform))
    const added = await send(real, 201, { method: 'POST', url: '/v1/titles', payload: { kind: 'movie', name: 'Real', genres: ['war'] } })
    const url = `/v1/titles/${added.json<Body>().title_id}`
    const patched = await send(real, 200, { method: 'PATCH', url, payload: { genres: ['drama', 'war'] } })
    const answer = await send(real, 200, { url, headers: { 'read-after': String(patched.headers.etag) } })
    expect(answer.json()).toMatchObject({ name: 'Real', genres: ['drama', 'war'], version: versionOf(patched) })
    await send(real, 304, { url, headers: { 'read-after': String(patched.headers.etag), 'if-none-match': String(answer.headers.etag) } })
    await real.close()
  })
})
