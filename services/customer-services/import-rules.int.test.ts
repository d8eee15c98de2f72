/** What an import does where something stands in its way: other opinions, no card, a file that is none, somebody else. Over the real MySQL. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { away } from '../testing.ts'
import { portsOf } from './app.ts'
import { erase } from './erasure.ts'
import type { Film } from './interchange/rows.ts'
import { zipOf } from './interchange/testing-files.ts'
import { mostImports } from './import-commands.ts'
import type { CustomerPorts } from './ports.ts'
import { alien, heat, missing, noCredentials, realCustomers, titles, type Customers } from './testing.ts'
import { clockAhead, importerOf, openSocialDouble, states, views, work, type SocialDouble } from './testing-import.ts'
import { searchMysql } from './testing-search.ts'

let customers: Customers
let ports: CustomerPorts
let social: SocialDouble
const others = { diary: async () => [], entry: async () => undefined, viewing: async () => undefined, viewings: async () => [], viewingsOf: async () => [] }
/** The catalogue, which may be away, or have none of the films yet. */
const catalogue = { away: false, grown: true }
beforeAll(async () => {
  social = openSocialDouble()
  const clock = clockAhead()
  const seen = { ...others, ...views, candidates: async (films: readonly Film[]) => (catalogue.away ? away() : catalogue.grown ? views.candidates(films) : films.map(() => [])) }
  customers = await realCustomers({ social, clock, views: seen })
  ports = { ...portsOf(customers.platform), social, clock, views: seen, credentials: noCredentials }
})
beforeEach(() => {
  Object.assign(catalogue, { away: false, grown: true })
  social.made.clear()
})
afterAll(() => customers.close())
const film = 'Date,Name,Year,Letterboxd URI'
const ratings = (...rows: readonly string[]): Buffer => Buffer.from(`${film},Rating\n${rows.join('\n')}\n`)
const importer = () => importerOf(customers, social)
type Importer = Awaited<ReturnType<typeof importer>>
async function apply(ada: Importer, told: Awaited<ReturnType<Importer['bring']>>) {
  await ada.ask(told, 'POST', '/application', 202)
  await work(ports, told.import_id)
  return states(await ada.get(told))
}

describe('where something else is there', () => {
  test('the newer of two ratings stays, unless the person says which', async () => {
    const ada = await importer()
    await customers.put(ada.profile_id, heat, { stars: 3, rated_at: '2021-01-01T00:00:00Z' })
    await customers.put(ada.profile_id, alien, { stars: 3, rated_at: '2019-01-01T00:00:00Z' })
    await customers.put(ada.profile_id, titles[3] ?? '', { stars: 4, rated_at: '2019-01-01T00:00:00Z' })
    const told = await ada.bring(ratings('2020-01-01,Heat,1995,x,5', '2020-01-01,Alien,1979,x,5', '2020-01-01,Tampopo,1985,x,4', '2020-01-01,Cats,2019,x,0.5'), 'text/csv')
    expect(states(told)).toEqual({ conflict: 2, present: 1, matched: 1 })
    expect(await apply(ada, told)).toEqual({ skipped: 1, applied: 2, present: 1 })
    const byTitle = async () => new Map((await customers.ratingsOf(ada.profile_id)).map(({ title_id, half_stars }) => [title_id, half_stars]))
    expect(await byTitle()).toEqual(new Map([[heat, 6], [alien, 10], [titles[3], 8], [titles[4], 1]]))
    const [skipped] = (await ada.rows(told, '?state=skipped')).items
    expect(await ada.decide(told, skipped?.row_number ?? -1, { resolution: 'take' })).toMatchObject({ state: 'conflict', resolution: 'take' })
    expect(await apply(ada, told)).toEqual({ applied: 3, present: 1 })
    expect((await byTitle()).get(heat)).toBe(10)
  })
  test('a viewing of the same day stays as it is, unless the one that is brought is to take its place', async () => {
    const ada = await importer()
    const seen = { title_id: heat, watched_on: '2020-01-01', stars: 2, liked: true }
    const diary = Buffer.from(`${film},Rating,Rewatch,Tags,Watched Date\n2020-01-02,Heat,1995,x,5,,,2020-01-01\n2020-01-03,Heat,1995,y,5,Yes,,2020-01-03\n`)
    await customers.app.inject({ method: 'POST', url: `/v1/profiles/${ada.profile_id}/viewings`, payload: seen })
    const told = await ada.bring(diary, 'text/csv')
    expect(states(told)).toEqual({ conflict: 1, matched: 1 })
    const days = () => customers.rows<{ half_stars: number }>('SELECT half_stars, liked FROM viewings WHERE profile_id = ? ORDER BY watched_on', ada.profile_id)
    expect(await apply(ada, told)).toEqual({ skipped: 1, applied: 1 })
    expect(await days()).toMatchObject([{ half_stars: 4, liked: 1 }, { half_stars: 10 }])
    await ada.decide(told, 0, { resolution: 'take' })
    expect(await apply(ada, told)).toEqual({ applied: 2 })
    expect(await days()).toMatchObject([{ half_stars: 10, liked: 0 }, { half_stars: 10 }])
  })
  test('a viewing of a day that nobody knows leaves the rating as it is, and gives one where there is none', async () => {
    const ada = await importer()
    await customers.put(ada.profile_id, heat, { stars: 1, rated_at: '2019-01-01T00:00:00Z' })
    const told = await ada.bring(Buffer.from(`${film},Rating,Rewatch,Tags,Watched Date\n2020-01-02,Heat,1995,x,5,,,\n2020-01-02,Alien,1979,y,4,,,\n`), 'text/csv')
    expect(await apply(ada, told)).toEqual({ applied: 2 })
    expect(await customers.ratingsOf(ada.profile_id)).toMatchObject([{ title_id: heat, half_stars: 2 }, { title_id: alien, half_stars: 8 }])
  })
  test('two attempts at once, of which one was taken for dead, make each thing once', async () => {
    const ada = await importer()
    const days = Array.from({ length: 28 }, (_, index) => `2020-02-${String(index + 1).padStart(2, '0')}`)
    const told = await ada.bring(Buffer.from(`${film},Rating,Rewatch,Tags,Watched Date\n${days.map((day) => `${day},Heat,1995,x${day},5,,,${day}`).join('\n')}\n`), 'text/csv')
    await ada.ask(told, 'POST', '/application', 202)
    await Promise.all([work(ports, told.import_id), work(ports, told.import_id)])
    expect(states(await ada.get(told))).toEqual({ applied: days.length })
    expect(await customers.rows('SELECT 1 FROM viewings WHERE profile_id = ?', ada.profile_id)).toHaveLength(days.length)
  })
})

test('whoever has no card has the rest applied, and what needs one once there is one', async () => {
  const ada = await importer()
  social.hasCard = false
  const files = { 'ratings.csv': ratings('2020-01-01,Heat,1995,x,5'), 'watchlist.csv': `${film}\n2020-01-01,Alien,1979,x\n`, 'likes/films.csv': `${film}\n2020-01-01,Cats,2019,x\n` }
  const told = await ada.bring(await zipOf(files))
  expect(await apply(ada, told)).toEqual({ applied: 1, needs_card: 2 })
  expect((await ada.rows(told, '?state=needs_card')).items).toMatchObject([{ outcome: 'social_profile_needed', why: 'choose a handle first' }, {}])
  social.hasCard = true
  expect(await apply(ada, told)).toEqual({ applied: 3 })
  expect([...social.made.keys()].toSorted()).toEqual([`like ${titles[4]}`, `watchlist ${alien}`])
})

test('what is not matched while the request lasts is matched by the job, and may be matched anew once the catalogue has grown', async () => {
  catalogue.grown = false
  const ada = await importer()
  const told = await ada.bring(ratings('2020-01-01,Heat,1995,x,5', '2020-01-01,Cats,2019,x,1'), 'text/csv')
  expect(states(told)).toEqual({ unmatched: 2 })
  await ada.decide(told, 1, { title_id: alien })
  catalogue.grown = true
  await ada.ask(told, 'POST', '/matching', 202)
  expect(await ada.get(told)).toMatchObject({ state: 'matching', counts: [{ state: 'matched', rows: 1 }, { state: 'waiting', rows: 1 }] })
  expect((await ada.decide(told, 0, { resolution: 'skip' }, 409)).code).toBe('import_busy')
  await work(ports, told.import_id)
  expect((await ada.rows(told)).items).toMatchObject([{ state: 'matched', title: { title_id: heat }, matched: 'exact' }, { title: { title_id: alien }, matched: 'hand' }])
  catalogue.away = true
  const late = await ada.bring(ratings('2020-01-01,Heat,1995,x,5'), 'text/csv')
  expect([late.state, states(late)]).toEqual(['matching', { waiting: 1 }])
  catalogue.away = false
  await work(ports, late.import_id)
  expect([(await ada.get(late)).state, states(await ada.get(late))]).toEqual(['ready', { matched: 1 }])
})

describe('what is no import', () => {
  test('is refused, with what to do about it', async () => {
    const ada = await importer()
    expect(await ada.bring(Buffer.from('PK nothing'), 'application/zip', 400)).toMatchObject({ code: 'import_unreadable' })
    expect(await ada.bring(Buffer.from('{}'), 'application/json', 415)).toMatchObject({ code: 'unsupported_media_type' })
    expect(await ada.bring(Buffer.alloc(20 * 1_048_576 + 1), 'text/csv', 413)).toMatchObject({ code: 'body_too_large' })
    const told = await ada.bring(ratings('2020-01-01,Heat,1995,x,5.3', '2020-01-01,Alien,1979,x,5'), 'text/csv')
    const [problem] = (await ada.rows(told, '?state=problem')).items
    expect(problem).toMatchObject({ kind: 'kept', columns: { Name: 'Heat', Rating: '5.3' }, message: expect.stringContaining('5.3') })
    expect(await ada.decide(told, problem?.row_number ?? -1, { resolution: 'take' }, 409)).toMatchObject({ code: 'import_row_fixed' })
    const alienRow = (await ada.rows(told, '?state=matched')).items[0]?.row_number ?? -1
    expect(await ada.decide(told, alienRow, { title_id: missing }, 422)).toMatchObject({ code: 'unknown_title' })
    expect(await ada.decide(told, 99, { resolution: 'take' }, 404)).toMatchObject({ code: 'import_row_not_found' })
    for (let more = 1; more < mostImports; more++) await ada.bring(ratings(), 'text/csv')
    expect(await ada.bring(ratings(), 'text/csv', 409)).toMatchObject({ code: 'too_many_imports' })
    await ada.ask(told, 'DELETE', '', 204)
    await ada.ask(told, 'DELETE', '', 404)
    await ada.bring(ratings(), 'text/csv')
  })
  test('is not told from what is somebody else’s', async () => {
    const [ada, bob] = [await importer(), await importer()]
    const told = await ada.bring(ratings('2020-01-01,Heat,1995,x,5'), 'text/csv')
    const theirs = { ...told, import_id: told.import_id }
    await bob.ask(theirs, 'POST', '/application', 404)
    expect((await customers.as(bob.account_id, 404, { url: `${ada.url}/${told.import_id}` })).json()).toMatchObject({ code: 'profile_not_found' })
    await bob.decide(theirs, 0, { resolution: 'take' }, 404)
    expect(states(await ada.get(told))).toEqual({ matched: 1 })
  })
  test('comes of a key that was used: the first is answered again', async () => {
    const ada = await importer()
    const bring = async (stars: number, expected: number) => (await customers.as(ada.account_id, expected, {
      method: 'POST', url: ada.url, payload: ratings(`2020-01-01,Heat,1995,x,${stars}`), headers: { 'content-type': 'text/csv', 'idempotency-key': ada.profile_id },
    })).json<{ import_id: string }>()
    const first = await bring(5, 201)
    expect(await bring(5, 201)).toEqual(first)
    expect(await bring(4, 422)).toMatchObject({ code: 'idempotency_key_reused' })
  })
})

test('nothing of an import is readable in MySQL, nor there when its profile or account is gone', async () => {
  const ada = await importer()
  const word = `Zauberberg ${ada.profile_id}`
  const told = await ada.bring(ratings(`2020-01-01,${word},1995,x,5`, '2020-01-01,Heat,1995,x,5'), 'text/csv')
  expect(await searchMysql(customers.platform, [word])).toEqual([])
  await apply(ada, told)
  // a job that is done is no import's once there is another
  await apply(ada, told)
  const other = await customers.addProfile('Kim', ada.account_id)
  await customers.app.inject({ method: 'POST', url: `/v1/profiles/${other}/imports`, payload: ratings('2020-01-01,Heat,1995,x,5'), headers: { 'content-type': 'text/csv' } })
  expect(await customers.rows('SELECT 1 FROM imports WHERE account_id = ?', ada.account_id)).toHaveLength(2)
  await customers.as(ada.account_id, 204, { method: 'DELETE', url: `/v1/profiles/${other}` })
  expect(await customers.rows('SELECT 1 FROM imports WHERE account_id = ?', ada.account_id)).toHaveLength(1)
  await erase(ports)({ job_id: missing, account_id: ada.account_id, kind: 'erasure', attempt: 1 }, new AbortController().signal)
  expect(await searchMysql(customers.platform, [ada.account_id, ada.profile_id, told.import_id])).toEqual([])
})
