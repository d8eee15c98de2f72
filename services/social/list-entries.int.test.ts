/** Titles in lists, over the real MySQL: their order, their number, and who changes them at once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { placeAnew } from './entry-store.ts'
import { longest } from './place.ts'
import { alien, heat, missing, realSocial, titles, type Joined, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

const make = async (who: Joined, ranked = true): Promise<string> =>
  (await social.as(who, 201, { method: 'POST', url: `/v1/members/${who.profile_id}/lists`, payload: { name: 'Heists', visibility: 'public', ranked } })).json<{ list_id: string }>().list_id
const put = (who: Joined, path: string, payload?: object, expected: number | readonly number[] = [200, 201], headers = {}) =>
  social.as(who, expected, { method: 'PUT', url: `/v1/members/${who.profile_id}/${path}`, headers, ...(payload === undefined ? {} : { payload }) })
const append = (who: Joined, list_id: string, title_ids: readonly string[], expected = 200) =>
  social.as(who, expected, { method: 'POST', url: `/v1/members/${who.profile_id}/lists/${list_id}/entries`, payload: { entries: title_ids.map((title_id) => ({ title_id })) } })
interface Entries { readonly items: readonly { readonly title_id: string; readonly position: number | null }[]; readonly next_cursor: string | null }
const entries = async (list_id: string, limit = 100): Promise<Entries['items']> => {
  const found: Entries['items'][number][] = []
  for (let cursor = ''; ;) {
    const { items, next_cursor } = (await social.as(undefined, 200, { url: `/v1/lists/${list_id}/entries?limit=${limit}${cursor}` })).json<Entries>()
    found.push(...items)
    if (next_cursor === null) return found
    cursor = `&cursor=${next_cursor}`
  }
}
const order = async (list_id: string): Promise<readonly string[]> => (await entries(list_id)).map(({ title_id }) => title_id)
const [a = '', b = '', c = '', d = ''] = titles

describe('titles of a list', () => {
  test('stand where they are put, and a ranked list counts them across pages', async () => {
    const ada = await social.join('ada')
    const list_id = await make(ada)
    expect((await append(ada, list_id, [a, b, a, c])).json()).toEqual({ added: 3, unchanged: 1 })
    await put(ada, `lists/${list_id}/entries/${d}`, { after: a })
    await put(ada, `lists/${list_id}/entries/${c}`, { before: a })
    await put(ada, `lists/${list_id}/entries/${b}`, { after: null })
    expect(await order(list_id)).toEqual([b, c, a, d])
    expect((await entries(list_id, 3)).map(({ position }) => position)).toEqual([1, 2, 3, 4])
    expect((await entries(await make(ada, false))).map(({ position }) => position)).toEqual([])
  })
  test('are not put twice, and the same again changes nothing', async () => {
    const ada = await social.join('ada')
    const list_id = await make(ada)
    const first = await put(ada, `lists/${list_id}/entries/${heat}`, {}, 201)
    expect((await put(ada, `lists/${list_id}/entries/${heat}`, {}, 200)).headers.etag).toBe(first.headers.etag)
    expect((await append(ada, list_id, [heat])).json()).toEqual({ added: 0, unchanged: 1 })
    await put(ada, `lists/${list_id}/entries/${heat}`, { note: 'again' }, 200, { 'if-match': String(first.headers.etag) })
    await put(ada, `lists/${list_id}/entries/${heat}`, { note: 'once more' }, 412, { 'if-match': String(first.headers.etag) })
  })
  test('must exist, and what they are put next to must be in the list', async () => {
    const ada = await social.join('ada')
    const list_id = await make(ada)
    await put(ada, `lists/${list_id}/entries/${missing}`, {}, 404)
    await append(ada, list_id, [heat, missing], 422)
    await put(ada, `lists/${list_id}/entries/${heat}`, { after: alien }, 404)
    await put(ada, `lists/${list_id}/entries/${heat}`, { after: alien, before: alien }, 400)
    expect(await order(list_id)).toEqual([])
  })
  test('keep their order when the list is placed anew', async () => {
    const ada = await social.join('ada')
    const list_id = await make(ada)
    await append(ada, list_id, titles)
    for (let index = 0; index < 3; index++) await social.database.transact((sql) => placeAnew(sql, list_id, social.ports.clock.micros()))
    expect(await order(list_id)).toEqual(titles)
  })
  test('that are put between the same two again and again keep short places', async () => {
    const ada = await social.join('ada')
    const list_id = await make(ada)
    await append(ada, list_id, [a, b, c, d])
    for (let index = 0; index < 320; index++) await put(ada, `lists/${list_id}/entries/${[c, d][index % 2]}`, { after: a })
    expect(await order(list_id)).toEqual([a, d, c, b])
    const places = await social.rows<{ readonly place: string }>('SELECT place FROM list_entries WHERE list_id = ?', list_id)
    expect(Math.max(...places.map(({ place }) => place.length))).toBeLessThanOrEqual(longest)
  })
  test('that are put first by many at once are all there, in places of their own', async () => {
    const ada = await social.join('ada')
    const list_id = await make(ada)
    await Promise.all(titles.slice(0, 10).map((title_id) => put(ada, `lists/${list_id}/entries/${title_id}`, { after: null }, 201)))
    expect(new Set(await order(list_id))).toEqual(new Set(titles.slice(0, 10)))
  })
  test('are read as MySQL has them by who names their own write', async () => {
    const ada = await social.join('ada')
    const list_id = await make(ada)
    const { headers } = await put(ada, `lists/${list_id}/entries/${heat}`, {})
    const answer = await social.as(ada, 200, { url: `/v1/lists/${list_id}/entries`, headers: { 'read-after': String(headers.etag) } })
    expect([answer.headers['served-from'], answer.json<Entries>().items.length]).toEqual(['mysql', 1])
  })
})

describe('a watchlist', () => {
  test('is there from the first title on, the newest on top, and is neither renamed nor removed', async () => {
    const ada = await social.join('ada')
    const url = `/v1/members/${ada.handle}/watchlist`
    expect((await social.as(undefined, 200, { url })).json()).toEqual({ items: [], next_cursor: null })
    await put(ada, `watchlist/${heat}`, undefined, 201)
    await put(ada, `watchlist/${alien}`, undefined, 201)
    await put(ada, `watchlist/${heat}`, undefined, 200)
    expect((await social.as(undefined, 200, { url })).json<Entries>().items.map(({ title_id }) => title_id)).toEqual([alien, heat])
    const [list] = await social.rows<{ readonly list_id: string }>('SELECT list_id FROM lists WHERE profile_id = ?', ada.profile_id)
    const own = `/v1/members/${ada.profile_id}/lists/${list?.list_id ?? ''}`
    await social.as(ada, 409, { method: 'PATCH', url: own, payload: { name: 'Later' } })
    await social.as(ada, 409, { method: 'DELETE', url: own })
    await social.as(ada, 204, { method: 'DELETE', url: `/v1/members/${ada.profile_id}/watchlist/${heat}` })
    await social.as(ada, 404, { method: 'DELETE', url: `/v1/members/${ada.profile_id}/watchlist/${heat}` })
  })
  test('is made once, by however many first titles at once', async () => {
    const ada = await social.join('ada')
    await Promise.all(titles.slice(0, 8).map((title_id) => put(ada, `watchlist/${title_id}`, undefined, 201)))
    expect(await social.rows('SELECT list_id FROM lists WHERE profile_id = ?', ada.profile_id)).toHaveLength(1)
  })
})

describe('favourites', () => {
  test('are four at most, in their order, and what is said last holds', async () => {
    const ada = await social.join('ada')
    const said = async () => (await social.as(undefined, 200, { url: `/v1/members/${ada.handle}/favourites` })).json<{ title_ids: string[] }>().title_ids
    expect(await said()).toEqual([])
    for (const title_ids of [[a, b, c, d], [d, a], [], [heat, alien]]) {
      await put(ada, 'favourites', { title_ids }, 200)
      expect(await said()).toEqual(title_ids)
    }
    expect((await put(ada, 'favourites', { title_ids: titles.slice(0, 5) }, 422)).json()).toMatchObject({ code: 'too_many_favourites' })
    await put(ada, 'favourites', { title_ids: [missing] }, 422)
    await put(ada, 'favourites', { title_ids: [heat, heat] }, 400)
    expect(await said()).toEqual([heat, alien])
  })
  test('of a private member are shown to whom they have let in alone', async () => {
    const [ada, bob] = [await social.join('ada', { is_private: true }), await social.join('bob')]
    await put(ada, 'favourites', { title_ids: [heat] }, 200)
    const seen = async (who: Joined) => (await social.as(who, 200, { url: `/v1/members/${ada.handle}/favourites?as=${who.profile_id}` })).json()
    expect([await seen(ada), await seen(bob)]).toEqual([{ title_ids: [heat] }, { title_ids: [] }])
  })
})
