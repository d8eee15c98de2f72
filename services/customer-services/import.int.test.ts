/** Imports over the real MySQL, with doubles of the catalogue and of social: from the file to what it makes, and out again. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { portsOf } from './app.ts'
import { readUpload } from './interchange/read.ts'
import { letterboxdExport, saidBy, zipOf } from './interchange/testing-files.ts'
import type { CustomerPorts } from './ports.ts'
import { alien, heat, realCustomers, titles, type Customers } from './testing.ts'
import { clockAhead, importerOf, openSocialDouble, states, views, work, type SocialDouble } from './testing-import.ts'

let customers: Customers
let ports: CustomerPorts
let social: SocialDouble
beforeAll(async () => {
  social = openSocialDouble()
  const clock = clockAhead()
  const seen = { ...views, diary: async () => [], entry: async () => undefined, viewing: async () => undefined, viewings: async () => [], viewingsOf: async () => [] }
  customers = await realCustomers({ social, clock, views: seen })
  ports = { ...portsOf(customers.platform), social, clock, views: seen }
})
beforeEach(() => {
  social.made.clear()
})
afterAll(() => customers.close())

/** A diary with a film that the catalogue does not have, besides what is in any export. */
const files = { ...letterboxdExport, 'diary.csv': `${letterboxdExport['diary.csv'] ?? ''}2020-05-01,Nobody Knows This,2001,https://boxd.it/dAAD,3,,,2020-05-01\n` }
const unordered = (values: readonly unknown[]): readonly string[] => values.map((value) => JSON.stringify(value)).toSorted()

describe('an export of Letterboxd’s', () => {
  test('is shown, matched by hand where it has to be, applied once though it is killed twice, and goes out as it came in', async () => {
    const ada = await importerOf(customers, social)
    const zip = await zipOf(files)
    const shown = await ada.bring(zip)
    const { rows } = await readUpload(zip)
    expect(shown).toMatchObject({ state: 'ready', rows: rows.length })
    const [unmatched, ...others] = (await ada.rows(shown, '?state=unmatched')).items
    expect([unmatched?.columns['Name'], others]).toEqual(['Nobody Knows This', []])
    expect(await ada.decide(shown, unmatched?.row_number ?? -1, { title_id: titles[4] })).toMatchObject({ state: 'matched', title: { name: 'Cats' }, matched: 'hand' })
    expect(await ada.stored()).toEqual([[], [], []])

    await ada.ask(shown, 'POST', '/application', 202)
    await ada.ask(shown, 'DELETE', '', 409)
    // the first attempt dies after three writes at home, the second after social has made the first call's items and before it is marked
    const dying = new AbortController()
    let writes = 0
    const activity = { ...ports.activity, write: async (...args: Parameters<typeof ports.activity.write>) => { await ports.activity.write(...args); if (++writes === 3) dying.abort() } }
    await expect(work({ ...ports, activity }, shown.import_id, dying.signal)).rejects.toThrow('abort')
    const half = states(await ada.get(shown))
    expect([half['applied'], (half['matched'] ?? 0) > 0]).toEqual([3, true])
    social.after = () => { throw new Error('killed') }
    await expect(work(ports, shown.import_id)).rejects.toThrow('killed')
    social.after = () => {}
    await work(ports, shown.import_id)
    const done = await ada.get(shown)
    expect([done.state, Object.keys(states(done)).toSorted()]).toEqual(['applied', ['applied', 'kept', 'present']])
    const [ratings, viewings, made] = await ada.stored()
    expect(ratings).toMatchObject([
      { title_id: heat, half_stars: 10, rated_at: new Date('2020-01-02') }, { title_id: alien, half_stars: 1, rated_at: new Date('2021-10-31') }, { title_id: titles[4], half_stars: 6 },
    ])
    expect([viewings?.length, made?.length]).toEqual([rows.filter(({ kind }) => kind === 'viewing').length, rows.filter(({ kind }) => !['viewing', 'rating', 'kept'].includes(kind)).length])
    expect(await customers.rows('SELECT 1 FROM outbox WHERE event_key = ?', ada.profile_id)).toEqual([])

    const out = await customers.as(ada.account_id, 200, { url: `/v1/profiles/${ada.profile_id}/exports/letterboxd` })
    const again = await readUpload(out.rawPayload)
    const named = (said: readonly unknown[]) => unordered(said).map((word) => word.replaceAll('"Cats","year":2019', '"Nobody Knows This","year":2001')).toSorted()
    // the viewing that was matched by hand has rated its title besides
    const rating = { kind: 'rating', film: { name: 'Nobody Knows This', year: 2001 }, half_stars: 6, rated_on: '2020-05-01' }
    expect(named(saidBy(again.rows))).toEqual(unordered([...saidBy(rows), rating]))

    const before = await ada.stored()
    const twice = await ada.bring(zip)
    expect(Object.keys(states(twice)).toSorted()).toEqual(['kept', 'present'])
    await ada.ask(twice, 'POST', '/application', 202)
    await work(ports, twice.import_id)
    expect(await ada.stored()).toEqual(before)
    await ada.ask(twice, 'DELETE', '', 204)
    expect(await ada.stored()).toEqual(before)
  })
})

test('ratings and a watchlist of IMDb’s go out as they came in', async () => {
  const ada = await importerOf(customers, social)
  const head = 'Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors\n'
  const list = 'Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors,Your Rating,Date Rated\n'
  const ratings = Buffer.from(`${head}tt0113277,9,2020-01-02,Heat,Heat,https://www.imdb.com/title/tt0113277/,Movie,8.3,170,1995,Crime,1,1995-12-15,Michael Mann\n`)
  const watchlist = Buffer.from(`${list}1,tt0092048,2021-02-03,2021-02-03,,Tampopo,Tampopo,https://www.imdb.com/title/tt0092048/,Movie,7.9,114,1985,Comedy,1,1985-11-23,Juzo Itami,,\n`)
  for (const [file, query] of [[ratings, '?name=ratings.csv'], [watchlist, '?name=WATCHLIST.csv']] as const) {
    const told = await ada.bring(file, 'text/csv', 201, query)
    expect(states(told)).toEqual({ matched: 1 })
    await ada.ask(told, 'POST', '/application', 202)
    await work(ports, told.import_id)
    expect(states(await ada.get(told))).toEqual({ applied: 1 })
  }
  for (const [file, path, name] of [[ratings, 'imdb-ratings', 'ratings.csv'], [watchlist, 'imdb-watchlist', 'WATCHLIST.csv']] as const) {
    const out = await customers.as(ada.account_id, 200, { url: `/v1/profiles/${ada.profile_id}/exports/${path}` })
    expect(saidBy((await readUpload(out.rawPayload, name)).rows)).toEqual(saidBy((await readUpload(file, name)).rows))
  }
})
